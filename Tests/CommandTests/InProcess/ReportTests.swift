import Adapters
import Foundation
import Keyturn
import SimulatedTenant
import Testing

/// `report` in all of its formats, over a real database.
@Suite struct ReportTests {
  private static let formats = ["html", "json", "csv", "ics"]

  @Test(arguments: formats)
  func `prints, or writes the same into a file`(format: String) async throws {
    let stage = try await Stage()
    await stage.adopt()
    try await stage.rotate()
    let file = stage.folder.appending(path: "report").path
    let printed = await stage.run("report", "--format", format).ended(0).printed
    let written = await stage.run("report", "--format", format, "--output", file).ended(0)
    #expect(written.everything.isEmpty)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == printed)
    #expect(printed.contains(Stage.name) && printed.utf8.last == 0x0A)
    let attributes = try FileManager.default.attributesOfItem(atPath: file)
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o644)
    let value = await stage.storedValue()
    #expect(!printed.contains(stage.seeded.value) && !printed.contains(value))
  }

  @Test func `json has all that status, plan and history have`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    try await stage.rotate()
    await stage.run("check")
    let report = try await stage.run("report", "--format", "json").ended(0).json()
    #expect(
      Set(report.keys) == [
        "as_of", "state", "findings", "connections", "tenants", "plan", "runs", "routes",
      ])
    let connection = try #require((report["connections"] as? [[String: Any]])?.first)
    let state = try await stage.state()
    #expect(Set(state.keys).subtracting(["settling"]).isSubset(of: Set(connection.keys)))
    for key in ["name", "state", "version", "client_id"] {
      #expect("\(connection[key] ?? "")" == "\(state[key] ?? "-")")
    }
    let history = try #require(connection["history"] as? [[String: Any]])
    let events = try await stage.run("history", Stage.name, "--json").ended(0).json()["events"]
    #expect(history.count == (events as? [Any])?.count)
    #expect(history.allSatisfy { Set($0.keys).isSuperset(of: ["seq", "at", "action", "hash"]) })
    #expect(connection["snooze"] is NSNull)
    let plan = try #require(report["plan"] as? [String: Any])
    let planned = try await stage.run("plan", "--json").ended(0).json()
    #expect((plan["events"] as? [Any])?.count == (planned["events"] as? [Any])?.count)
    let runs = try #require(report["runs"] as? [String: Any])
    #expect(runs["newest"] is [String: Any])
  }

  @Test(arguments: formats)
  func `a record that can't be opened is told, and ends nothing`(format: String) async throws {
    let stage = try await Stage()
    await stage.adopt()
    _ = try await Programs.run([
      "sqlite3", stage.database, "UPDATE record SET sealed = zeroblob(40)",
    ]).ended(0)
    let report = await stage.run("report", "--format", format).ended(0)
    if format != "ics" { #expect(report.printed.contains("he record is damaged")) }
  }

  @Test(arguments: ["/nowhere/report.html", "/dev/null", "/"])
  func `says where it can't write`(path: String) async throws {
    let stage = try await Stage()
    let telling = await stage.run("report", "--format", "csv", "--output", path).ended(73)
    telling.saying(path == "/nowhere/report.html" ? "can't be written" : "is no file").saying(
      "hint: ")
    #expect(telling.printed.isEmpty)
  }

  @Test(arguments: [["report"], ["report", "--format", "pdf"]])
  func `wants a format that there is`(arguments: [String]) async throws {
    let stage = try await Stage()
    await stage.run(arguments).ended(64)
  }
}
