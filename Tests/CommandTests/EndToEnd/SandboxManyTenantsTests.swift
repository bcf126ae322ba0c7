import Foundation
import Testing

/// The real program shows many tenants of the real sandbox on one screen, and in every report.
@Suite(.inTurn, .needs(.program("promtool")), .timeLimit(.minutes(30)))
struct SandboxManyTenantsTests {
  @Test func `of forty tenants the ones that matter are on a terminal of 24 by 80`() async throws {
    let options = ["--settle", "none", "--tenants", "40", "--applications", "30"]
    try await RunningSandbox.run(options) { sandbox in
      let installed = try await sandbox.install()
      try await installed.run("status").ended(0).printing("40 tenants: 40 unknown")
        .printing("nothing is known yet; keyturn check reads all of their applications")
      // Nobody has recorded the secret of the connection.
      try await installed.run("check").ended(3)
      let screen = try await installed.onTerminal(["status", "--no-color"], columns: 80, []).ended(
        0)
      let lines = screen.output.replacing("\r\n", with: "\n").split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count <= 24 && lines.allSatisfy { $0.count <= 80 }, "\(screen.output)")
      screen.showing("LAST END    LEFT  APPLICATION").showing("40 tenants: ")
        .showing("keyturn status --all")
      let whole = try await installed.run("status").ended(0)
      let document = try await installed.run("status", "--json").ended(0).json()
      let tenants = try #require(document["tenants"] as? [[String: Any]])
      #expect(tenants.count == 40)
      for tenant in tenants {
        let name = try #require(tenant["name"] as? String)
        #expect(whole.lines.contains { $0.hasPrefix("\(name) ") })
        #expect(tenant["read_at"] is String)
      }
      let metrics = try await installed.run("report", "--format", "prometheus").ended(0).printed
      #expect(metrics.matches(of: /\nkeyturn_tenant_applications\{/).count == 40)
      let verdict = try await Programs.run(["promtool", "check", "metrics"], input: metrics)
      #expect(verdict.status == 0 && verdict.everything.isEmpty, "\(verdict.everything)")
      let page = try await installed.run("report", "--format", "html").ended(0).printed
      #expect(page.contains("Observed tenants") && page.contains("Of 1,2"))
      let ends = tenants.compactMap { $0["findings"] as? [[String: Any]] }.joined()
        .filter { ["expiring", "expired"].contains($0["code"] as? String ?? "") }
      let rows = try await installed.run("report", "--format", "csv").ended(0).printed
        .components(separatedBy: "\r\n")
      #expect(!ends.isEmpty && rows.count { $0.hasPrefix(",") } == ends.count)
    }
  }
}
