import Foundation
import SimulatedTenant
import TestSupport
import Testing

/// A tenant that is observed as a whole, with applications that nobody recorded.
@Suite struct WholeTenantTests {
  private static let own = "Magentrix D365 OAuth 2"
  private static let day = 86_400.0

  /// A stage with a forgotten application of five days, one that has a younger secret, and one whose
  /// name a spreadsheet would take for a formula.
  private func stage(observes: Bool = true) async throws -> (Stage, forgotten: IssuedSecret) {
    let stage = try await Stage(graph: true)
    if observes {
      try stage.reconfigure(
        "graph: { sign_in: connection }", "graph: { sign_in: connection, observe: all }")
    }
    let now = stage.clock.now
    func secret(_ days: Double) -> ApplicationRegistration.Secret {
      .init(
        displayName: "key", startsAt: now - 400 * Self.day, expiresAt: now + days * Self.day)
    }
    let forgotten = try stage.tenant.withTenant { tenant in
      tenant.register(.init(displayName: "Renewed App", secrets: [secret(4), secret(300)]))
      tenant.register(.init(displayName: "=cmd|' /C calc'!A0, \"x\"", secrets: [secret(200)]))
      tenant.register(.init(displayName: "No Secret"))
      return try #require(
        tenant.register(.init(displayName: "Forgotten CRM", secrets: [secret(5)])).secrets.first)
    }
    await stage.adopt()
    return (stage, forgotten)
  }

  private func clientID(_ name: String, _ stage: Stage) throws -> String {
    try #require(
      stage.tenant.withTenant { tenant in
        tenant.applications.first { $0.displayName == name }?.appID
      })
  }

  @Test func `a night sees what nobody recorded, mildly`() async throws {
    let (stage, _) = try await stage()
    let night = await stage.run("check").ended(1)
    let id = try clientID("Forgotten CRM", stage)
    night.printing(
      "WARNING: Forgotten CRM (\(id)) in contoso has no younger client secret than the one that"
        + " expires in 5 days, on 2026-11-27\n  if it is in use, put it under keyturn's care:"
        + " keyturn connect \(id); or renew it at https://")
    #expect(!night.printed.contains("Renewed App"))
    #expect(night.said.isEmpty)
    let json = try await stage.run("check", "--json").ended(1).json()
    let findings = try #require(json["findings"] as? [[String: Any]])
    let counts = try #require(findings.first { $0["code"] as? String == "observed" })
    #expect(counts["severity"] as? String == "ok")
    #expect(counts["tenant"] as? String == "contoso")
    #expect(
      counts["message"] as? String
        == "contoso: of 5 applications 2 lose their last client secret within 90d")
  }

  @Test func `a night's output stays short however many applications end`() async throws {
    let (stage, _) = try await stage()
    let now = stage.clock.now
    stage.tenant.withTenant { tenant in
      for number in 1...60 {
        tenant.register(
          .init(
            displayName: "App \(number)",
            secrets: [
              .init(
                displayName: "k", startsAt: now - 86_400, expiresAt: now + Double(number) * 3_600)
            ]))
      }
    }
    await stage.run("check").ended(1)
    stage.pass(days: 1)
    let night = await stage.run("check").ended(1)
    // The last line is the summary, which begins with the worst.
    #expect(night.lines.dropLast().count { $0.hasPrefix("WARNING: App ") } <= 10)
    night.printing("more about applications that are no connections: keyturn apps --expiring 30d")
    // A document has them all: ten of each night, and the counts.
    let findings = try await stage.run("check", "--json").ended(1).json()["findings"]
    #expect(try #require(findings as? [[String: Any]]).count > 20)
  }

  @Test func `the status has what matters of a tenant on the same screen`() async throws {
    let (stage, _) = try await stage()
    await stage.run("status").ended(0).printing("contoso: nothing is known yet")
    await stage.run("check").ended(1)
    await stage.run("status").ended(0).printing("WARNING: Forgotten CRM (")
      .printing("contoso: of 5 applications 2 lose")
    let document = try await stage.run("status", "--json").ended(0).json()
    let tenants = try #require(document["tenants"] as? [[String: Any]])
    #expect(tenants.first?["state"] as? String == "warning")
  }

  @Test func `a terminal sees how the reading goes, and what an interruption leaves`() async throws
  {
    let (stage, _) = try await stage()
    let night = await stage.run("check", answers: [], colors: true).ended(1)
    night.saying("contoso: 5 applications")
    #expect(night.notes.contains { $0?.contains("former picture stands") ?? false })
  }

  @Test func `applications are listed, found and filtered`() async throws {
    let (stage, _) = try await stage()
    await stage.run("apps").ended(0).printing("contoso: not read yet")
    await stage.run("apps", "--refresh").ended(0).printing("Forgotten CRM")
      .printing("contoso: 5 applications, as of 2026-11-22T02:10:00Z")
    let listed = await stage.run("apps", "--expiring", "30d").ended(0)
    #expect(listed.lines.count == 4)
    #expect(listed.lines[1].contains("Forgotten CRM"))
    #expect(listed.lines[1].hasPrefix("2026-11-27  5     1 of 1  contoso"))
    #expect(listed.lines[2].hasSuffix("\(Self.own) [\(Stage.name)]"))
    let found = try await stage.run("apps", "--search", "forgotten", "--json").ended(0).json()
    #expect(found["total"] as? Int == 1)
    await stage.run("apps", "--expired").ended(0).printing("no application is like that")
    await stage.run("apps", "--orphans").ended(0).printing("no application is like that")
    await stage.run("apps", "--tenant", "contosso").ended(64).saying("there are: contoso")
  }

  @Test func `a cell is no formula`() async throws {
    let (stage, _) = try await stage()
    await stage.run("check").ended(1)
    let csv = await stage.run("apps", "--csv", "--search", "cmd").ended(0)
    #expect(csv.lines.count == 2)
    #expect(csv.lines[1].hasPrefix(#"contoso,"'=cmd|' /C calc'!A0, ""x""","#))
  }

  @Test func `what a rotation made and the store holds is no orphan, and a lost one is`()
    async throws
  {
    let (stage, _) = try await stage()
    await stage.run("rotate", Stage.name, "--automatic", "--yes").ended(0)
    await stage.run("apps", "--refresh", "--orphans").ended(0)
      .printing("no application is like that")
    // One with the same installation's marker, of which no record knows.
    let made = stage.tenant.withTenant { tenant in
      tenant.applications.first { $0.displayName == Self.own }?.secrets.last?.displayName
    }
    let lost = try #require(made?.dropLast(6)).appending("abcdef")
    try stage.tenant.withTenant { tenant in
      _ = try tenant.createSecretInPortal(appID: stage.clientID, displayName: lost)
    }
    await stage.run("apps", "--refresh", "--orphans").ended(0).printing(Self.own)
  }

  @Test func `without an observed tenant there is nothing to list`() async throws {
    let (stage, _) = try await stage(observes: false)
    await stage.run("apps").ended(64).saying("write observe: all below graph: of a tenant")
  }

  @Test func `an application becomes a connection`() async throws {
    let (stage, secret) = try await stage()
    await stage.run("connect", "Forgotten CRM").ended(64).saying("no application")
    await stage.run("check").ended(1)
    let id = try clientID("Forgotten CRM", stage)
    let proposed = await stage.run("connect", id, "--secret-stdin", input: secret.value).ended(0)
    proposed.printing("  forgotten-crm:\n    tenant: contoso\n    client_id: \(id)\n")
      .printing(
        "keyturn record forgotten-crm --key-id \(secret.keyID) --expires 2026-11-27T02:10:00Z"
      )
      .neverShowing(secret.value)
    // The lines are what the configuration takes.
    let lines = proposed.printed.split(separator: "\n").filter { $0.hasPrefix("  ") }
      .joined(separator: "\n").replacing("ORGANIZATION", with: "contoso")
    try stage.reconfigure("connections:\n", "connections:\n\(lines)\n")
    await stage.run("status").printing("forgotten-crm")
    await stage.run("connect", id).ended(0)
      .saying("is the connection forgotten-crm already").saying("It is one of these:")
  }

  @Test func `a value that is none of the application's secrets is refused`() async throws {
    let (stage, _) = try await stage()
    await stage.run("check").ended(1)
    await stage.run(
      "connect", "Forgotten CRM",
      answers: [
        .line(at: "Do you have the value", "yes"), .hidden(at: "Value", "zzz8Q~something-else"),
      ]
    ).ended(65).saying("none of its client secrets begins like this value")
      .neverShowing("zzz8Q~something-else")
    await stage.run("connect", "e").ended(64).saying("may be several")
    await stage.run("connect", "Forgotten CRM", "--name", "a b").ended(64)
  }

  @Test func `a tenant that can't be read is unknown, and the rest of the night goes on`()
    async throws
  {
    let (stage, _) = try await stage()
    await stage.run("check").ended(1)
    stage.pass(days: 1)
    stage.fail { faults in
      faults.graphThrottle = .init(count: 10_000, retryAfter: 200)
    }
    let night = await stage.run("check").ended(3)
    night.printing("UNKNOWN: contoso: not all applications could be read: reading the tenant's")
      .printing("what is known is of 2026-11-22T02:10:00Z").printing("Forgotten CRM (")
    // Whoever looks sees that as well, until somebody has it read.
    let view = await stage.run("status").ended(0)
    view.printing("UNKNOWN: contoso: not all applications could be read")
      .printing("WARNING: Forgotten CRM (").printing("contoso: of 5 applications 2 lose")
    let report = try await stage.run("report", "--format", "json").ended(0).json()
    let tenant = try #require((report["tenants"] as? [[String: Any]])?.first)
    #expect(report["state"] as? String == "unknown" && tenant["state"] as? String == "unknown")
    #expect(tenant["read_at"] as? String == "2026-11-22T02:10:00Z")
    #expect((tenant["unreadable_since"] as? String)?.hasPrefix("2026-11-23T") == true)
    stage.fail { $0 = Faults() }
    await stage.run("apps", "--refresh").ended(0)
    let again = await stage.run("status").ended(0).printing("WARNING: Forgotten CRM (")
    #expect(!again.printed.contains("UNKNOWN"))
  }
}
