import SimulatedTenant
import TestSupport
import Foundation
import Testing

@testable import KeyturnCommand

/// `init` and `record`.
@Suite struct SetUpTests {
  private static let name = Stage.name

  private func mode(of path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? Int) & 0o777
  }

  @Test func `init makes what is missing, keeps what is there, and says which`() async throws {
    let stage = try await Stage()
    let again = await stage.run("init").ended(0)
    #expect(
      again.lines == [
        "  configuration: \(stage.configuration) (kept)", "  store key: \(stage.key) (kept)",
        "  database: \(stage.database) (kept)",
        "17 3 * * *  admin  keyturn check --config \(stage.configuration)",
      ])
    again.saying("Back up the store key apart from the database")
    let other = stage.folder.appending(path: "new/keyturn.yaml").path
    let home = stage.folder.path
    let made = await stage.run("init", "--config", other).ended(0)
    #expect(
      made.lines.prefix(3) == [
        "+ configuration: \(other) (new)", "+ store key: \(home)/.config/keyturn/store.key (new)",
        "+ database: \(home)/.local/state/keyturn/keyturn.db (new)",
      ])
    #expect(try mode(of: "\(home)/.config/keyturn/store.key") == 0o600)
    #expect(try mode(of: "\(home)/.local/state/keyturn/keyturn.db") == 0o600)
    #expect(try mode(of: "\(home)/.local/state/keyturn") == 0o700)
    await stage.run("check", "--config", other).ended(3).printing(
      "UNKNOWN: no connection is configured")
  }

  @Test func `init makes no new key beside an old database`() async throws {
    let stage = try await Stage()
    try FileManager.default.removeItem(atPath: stage.key)
    await stage.run("init").ended(78).saying("is missing, but its database exists")
      .saying("restore the key from its backup")
    #expect(!FileManager.default.fileExists(atPath: stage.key))
  }

  @Test func `init says where it can't write`() async throws {
    let stage = try await Stage()
    // A file stands where a folder is wanted.
    await stage.run("init", "--config", stage.configuration + "/keyturn.yaml").ended(73)
      .saying("can't be made").saying("name another place with --config")
  }

  @Test func `record asks for what it is not given`() async throws {
    let stage = try await Stage()
    await stage.run(
      "record", Self.name,
      answers: [
        .line(at: "When does it end (column Expires)", "next year"),
        .line(at: "When does it end", "2026-12-15"), .line(at: "Do you have its value?", "yes"),
        .hidden(at: "Value", "'\(stage.seeded.value)'"), .hidden(at: "Value", stage.seeded.value),
        .line(at: "Secret ID", stage.seeded.keyID),
      ]
    ).ended(0).neverShowing(stage.seeded.value).saying("it has quotes around it")
      .printing("\(Self.name): current \(stage.seeded.keyID), expires 2026-12-15, record version 1")
      .printing("next: 2026-12-15, rotate before: keyturn rotate \(Self.name)")
    let current = try #require(try await stage.state()["current"] as? [String: Any])
    #expect(current["source"] as? String == "recorded")
    #expect(current["expires_at"] as? String == "2026-12-15T23:59:59Z")
  }

  @Test func `a lifetime alone is recorded without a call`() async throws {
    let stage = try await Stage()
    await stage.run(
      "record", Self.name, "--created", "2024-12-16", answers: [.line(at: "value?", "no")]
    ).ended(0)
    let current = try #require(try await stage.state()["current"] as? [String: Any])
    // The portal's 24 months are 730 days.
    #expect((current["expires_at"] as? String)?.hasPrefix("2026-12-16T00:00:00") == true)
    #expect(current["starts_at"] as? String == "2024-12-16T00:00:00Z")
    #expect(current["source"] as? String == "assumed" && current["hint"] is NSNull)
    #expect(stage.tenant.requests.isEmpty)
    await stage.run("record", Self.name, "--expires", "2026-12-15", "--key-id", stage.seeded.keyID)
      .ended(0)
    await stage.run(
      "record", Self.name, "--key-id", stage.seeded.keyID, "--secret-stdin",
      input: stage.seeded.value
    ).ended(0).printing("expires 2026-12-15")
    await #expect(stage.storedValue() == stage.seeded.value)
  }

  @Test func `a value that the tenant refuses is not recorded`() async throws {
    let stage = try await Stage(settings: ["validation: { timeout: 30s }"])
    await stage.adopt()
    let wrong = String(stage.seeded.value.reversed())
    await stage.run(
      "record", Self.name, "--expires", "2027-01-01", "--secret-stdin", input: wrong
    ).ended(65).saying("AADSTS7000215").neverShowing(wrong)
    await #expect(stage.storedValue() == stage.seeded.value)
  }
}
