import Foundation
import SimulatedTenant
import TestSupport
import Testing

/// The reports of a real installation, in the hands of programs that are not ours.
@Suite(
  .needs(
    .pythonPackage("icalendar"), .pythonPackage("playwright"), .pythonPackage("PIL"),
    .program("chromium")),
  .inTurn, .timeLimit(.minutes(30)))
struct ReportReaderTests {
  /// Runs a script of Tests/Support with the Python that has the readers.
  private func script(_ name: String, _ arguments: String...) async throws -> Telling {
    let python = try #require(Requirement.python)
    return try await Programs.run(
      ["\(python)/bin/python3", Programs.script(name)] + arguments,
      environment: ["HOME": "/nonexistent"], seconds: 300)
  }

  /// Wants every check of a script to have gone well, and at least so many.
  private func judge(_ telling: Telling, atLeast count: Int) {
    let wrong = telling.lines.filter { $0.hasPrefix("WRONG") }
    #expect(wrong.isEmpty && telling.status == 0, "\(telling.everything)")
    #expect(telling.lines.count { $0.hasPrefix("ok ") } >= count)
  }

  @Test(.needs(.program("faketime")))
  func `a table, a calendar and a page of every state are read as they are meant`() async throws {
    try await Programs.withFolder { folder in
      let place = folder.appending(path: "installation").path
      try await script("report-installation.py", Programs.keyturn, Programs.sandbox, place).ended(0)
      let options = ["--config", "\(place)/keyturn.yaml", "--format"]
      for format in ["json", "csv", "ics", "html"] {
        try await Programs.run(
          ["faketime", "-f", "+0", Programs.keyturn, "report"] + options
            + [format, "--output", "\(folder.path)/report.\(format)"]
        ).ended(0)
      }
      try await Programs.run(
        ["faketime", "-f", "+10d", Programs.keyturn, "report"] + options
          + ["ics", "--output", "\(folder.path)/newer.ics"]
      ).ended(0)
      let files = ["json", "csv", "ics"].map { "\(folder.path)/report.\($0)" }
      judge(
        try await script(
          "report-readers.py", files[0], files[1], files[2], "\(folder.path)/newer.ics"),
        atLeast: 11)
      judge(
        try await script(
          "report-browser.py", "--picture", "\(folder.path)/small.png",
          "\(folder.path)/report.html", "\(folder.path)/pictures"),
        atLeast: 24)
    }
  }

  @Test func `a page whose texts want to be markup does nothing in a browser`() async throws {
    let stage = try await Stage(
      connection: [
        #"owner: "\"\u0301 onmouseover=\"\u0301alert(1) <script>alert(2)</script> '><img src=x onerror=alert(3)> \u05d0\u05d1""#,
        "consumer: manual",
      ], graph: true)
    try stage.reconfigure(
      "graph: { sign_in: connection }", "graph: { sign_in: connection, observe: all }")
    let now = stage.clock.now
    stage.tenant.withTenant { tenant in
      for number in 0..<20 {
        tenant.register(
          .init(
            displayName:
              "\"\u{301} onclick=\"alert(4) <script>alert(5)</script> \u{5d0}\u{5d1} \(number)",
            secrets: [
              .init(
                displayName: "k", startsAt: now - 86_400,
                expiresAt: now + Double(number - 3) * 86_400)
            ]))
      }
    }
    await stage.adopt()
    await stage.run("check").ended(1)
    try await stage.rotate()
    let page = stage.folder.appending(path: "report.html").path
    await stage.run("report", "--format", "html", "--output", page).ended(0)
    judge(
      try await script("report-browser.py", page, stage.folder.appending(path: "pictures").path),
      atLeast: 20)
  }
}
