import Foundation
import Testing

@testable import Keyturn

/// The last line of a night, which monitoring reads.
@Suite struct CheckReportTests {
  private func report(_ findings: [Finding], connections: Int, seconds: Double = 0) -> CheckReport {
    CheckReport(
      startedAt: .night(0), finishedAt: .night(seconds / 86_400), connections: connections,
      findings: findings, actions: [])
  }

  private static func finding(
    _ severity: Severity, _ message: String, of connection: String? = "magentrix-d365"
  ) -> Finding {
    Finding(
      connection: connection, code: .expiring, severity: severity, message: message, remedy: "")
  }

  @Test(arguments: [
    ([Finding](), 12, "OK: 12 secrets, none due | due=0;;;0;12 duration=0s"),
    ([], 1, "OK: 1 secret, none due | due=0;;;0;1 duration=0s"),
    ([], 0, "OK: 0 secrets, none due | due=0;;;0;0 duration=0s"),
    (
      [finding(.warning, "expires in 23 days")], 12,
      "WARNING: 1 of 12 secrets due: magentrix-d365 expires in 23 days"
        + " | due=1;;;0;12 duration=0s"
    ),
    (
      [finding(.critical, "expired"), finding(.warning, "b"), finding(.warning, "c", of: "two")],
      2, "CRITICAL: 2 of 2 secrets due: magentrix-d365 expired | due=2;;;0;2 duration=0s"
    ),
    (
      [finding(.warning, "no good night since 2026-11-20", of: nil)], 3,
      "WARNING: no good night since 2026-11-20 | due=0;;;0;3 duration=0s"
    ),
    (
      [finding(.ok, "lives too long")], 1,
      "OK: 1 secret, none due | due=0;;;0;1 duration=0s"
    ),
  ])
  func `the summary is one line with performance data`(
    findings: [Finding], connections: Int, summary: String
  ) {
    #expect(report(findings, connections: connections).summary == summary)
  }

  @Test func `a bar in a name or a message does not end the text`() {
    let finding = Self.finding(.warning, "a | b || c", of: "x|y")
    let summary = report([finding], connections: 1).summary
    #expect(
      summary == "WARNING: 1 of 1 secret due: x/y a / b // c | due=1;;;0;1 duration=0s")
    #expect(summary.count { $0 == "|" } == 1)
  }

  @Test(arguments: [(0.4, "0s"), (0.6, "1s"), (61, "61s")])
  func `the duration is in whole seconds`(seconds: Double, text: String) {
    #expect(report([], connections: 1, seconds: seconds).summary.hasSuffix("duration=\(text)"))
  }

  private static let statuses: [([Severity], Int32)] = [
    ([], 0), ([.ok], 0), ([.warning, .ok], 1), ([.warning, .critical], 2),
    ([.unknown, .warning], 3), ([.unknown, .critical, .warning], 2),
  ]

  @Test(arguments: statuses)
  func `the exit status is that of the worst finding`(severities: [Severity], status: Int32) {
    let findings = severities.map { Self.finding($0, "") }
    #expect(report(findings, connections: 9).severity.exitStatus == status)
  }

  @Test func `a night lists the worst first, then by connection`() async throws {
    let scene = try Scene()
    let days = ["d": 5.0, "c": 50, "b": 50, "a": 4]
    let connections = try days.keys.sorted().map { try Connection.sample(name: $0) }
    for connection in connections {
      scene.store.put(
        .sample(value: nil, endsIn: try #require(days[connection.name])), of: connection)
    }
    let unrecorded = try Connection.sample(name: "z")
    let report = try await scene.check(connections + [unrecorded]).run()
    #expect(report.findings.compactMap(\.connection) == ["a", "d", "z", "b", "c"])
    #expect(report.summary.hasPrefix("CRITICAL: 5 of 5 secrets due: a expires in 4 days"))
  }
}
