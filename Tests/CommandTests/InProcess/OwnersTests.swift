import Foundation
import SimulatedTenant
import TestSupport
import Testing

/// Owners and sign-ins of an observed tenant, at the terminal.
@Suite struct OwnersTests {
  private static let day = 86_400.0

  /// A stage with an application that two people own, one that nobody does, and one that nobody uses.
  private func stage(includes: String = "") async throws -> Stage {
    let stage = try await Stage(graph: true)
    try stage.reconfigure(
      "graph: { sign_in: connection }", "graph: { sign_in: connection, observe: all\(includes) }")
    let now = stage.clock.now
    stage.tenant.withTenant { tenant in
      for (name, days, owners, idle) in [
        ("Owned CRM", 5.0, ["Ann", "Zoe"], 3.0), ("Orphaned portal", 6, [], 200),
        ("Old batch", 400, ["Ann"], nil),
      ] as [(String, Double, [String], Double?)] {
        var registration = ApplicationRegistration(
          displayName: name,
          secrets: [
            .init(
              displayName: "key", startsAt: now - 300 * Self.day, expiresAt: now + days * Self.day)
          ])
        registration.userOwners = owners.map {
          DirectoryUser(
            objectID: UUID().uuidString, displayName: $0,
            principalName: "\($0.lowercased())@contoso.com")
        }
        let application = tenant.register(registration)
        try? tenant.changeApplication(appID: application.appID) {
          $0.lastSignInAt = idle.map { now - $0 * Self.day }
        }
      }
      try? tenant.changeApplication(appID: stage.clientID) {
        $0.appRoles.formUnion(["User.ReadBasic.All", "AuditLog.Read.All"])
      }
    }
    await stage.adopt()
    return stage
  }

  private func names(_ telling: Telling) throws -> [String] {
    try #require(try telling.json()["applications"] as? [[String: Any]])
      .compactMap { $0["display_name"] as? String }
  }

  @Test func `applications that nobody owns are listed, and owners are read for that`()
    async throws
  {
    let stage = try await stage()
    await stage.run("apps", "--refresh").ended(0)
    let listed = await stage.run("apps", "--unowned").ended(0)
    #expect(listed.lines.count == 3)
    #expect(listed.lines[0].hasPrefix("ENDS        DAYS  LIVING  OWNER   TENANT"))
    #expect(listed.lines[1].hasSuffix("Orphaned portal") && listed.lines[1].contains("nobody"))
    let batches = stage.tenant.requests.count { $0.path.hasSuffix("$batch") }
    #expect(batches == 1)
    // What is known is not read again; the list shows it.
    let all = await stage.run("apps", "--expiring", "30d").ended(0)
    #expect(all.lines[1].contains("ann@contoso.com +1"))
    await stage.run("apps", "--unowned", "--expiring", "5d").ended(0)
      .printing("no application is like that")
    #expect(stage.tenant.requests.count { $0.path.hasSuffix("$batch") } == 1)
    // A week later it may be another.
    stage.pass(days: 7)
    await stage.run("apps", "--unowned").ended(0)
    #expect(stage.tenant.requests.count { $0.path.hasSuffix("$batch") } == 2)
  }

  @Test func `documents and tables have the owners`() async throws {
    let stage = try await stage()
    await stage.run("apps", "--refresh").ended(0)
    let before = try await stage.run("apps", "--json").ended(0).json()
    #expect(before["owners_unknown"] is NSNull)
    let unread = try #require((before["applications"] as? [[String: Any]])?.first)
    #expect(unread["owners"] is NSNull && unread["owners_read_at"] is NSNull)
    let document = try await stage.run("apps", "--unowned", "--json").ended(0).json()
    #expect(document["owners_unknown"] as? Int == 0 && document["total"] as? Int == 1)
    let found = try await stage.run("apps", "--search", "Owned", "--json").ended(0).json()
    let application = try #require((found["applications"] as? [[String: Any]])?.first)
    let owners = try #require(application["owners"] as? [[String: Any]])
    #expect(owners.map { $0["mail"] as? String } == ["ann@contoso.com", "zoe@contoso.com"])
    #expect(owners.map { $0["kind"] as? String } == ["user", "user"])
    #expect(owners[0]["user_principal_name"] as? String == "ann@contoso.com")
    #expect(owners[0]["display_name"] as? String == "Ann")
    #expect(application["owners_read_at"] as? String == "2026-11-22T02:10:00Z")
    let csv = await stage.run("apps", "--csv", "--search", "Owned").ended(0)
    #expect(
      csv.lines[1].hasSuffix(",ann@contoso.com; zoe@contoso.com,2026-11-22T02:10:00Z,"))
    await stage.run("apps", "--unowned", "--kind", "service-principal").ended(64)
      .saying("--unowned is about applications")
  }

  @Test func `where owners may not be read, it says of how many nobody knows them`() async throws {
    let stage = try await stage()
    await stage.run("apps", "--refresh").ended(0)
    stage.fail { $0.ownersForbidden = true }
    await stage.run("apps", "--unowned").ended(77)
      .printing("no application is like that")
      .printing("the owners of 4 applications are not known")
      .saying("403 Authorization_RequestDenied").saying("Application.Read.All")
    stage.fail { faults in
      faults.ownersForbidden = false
      faults.graphThrottle = .init(count: 10_000, retryAfter: 3_000)
    }
    await stage.run("apps", "--unowned").ended(75).printing("owners of 4 applications")
    stage.fail { $0.graphThrottle = nil }
    await stage.run("apps", "--unowned").ended(0).printing("Orphaned portal")
  }

  @Test func `applications that nobody uses are listed, and sign-ins are read for that`()
    async throws
  {
    let stage = try await stage()
    await stage.run("apps", "--unused", "180d").ended(0).printing("contoso: not read yet")
    await stage.run("apps", "--refresh").ended(0)
    let listed = await stage.run("apps", "--unused", "180d").ended(0)
    #expect(listed.lines[0].contains("LAST SIGN-IN"))
    listed.printing("2026-05-06").printing("Orphaned portal").printing("Old batch")
    #expect(!listed.printed.contains("Owned CRM"))
    // The connection's own secret is in use.
    #expect(!listed.printed.contains(Stage.name))
    #expect(
      try await names(stage.run("apps", "--unused", "180d", "--expiring", "30d", "--json"))
        == ["Orphaned portal"])
    #expect(
      try await names(stage.run("apps", "--unused", "180d", "--unowned", "--json"))
        == ["Orphaned portal"])
    #expect(try await names(stage.run("apps", "--unused", "2d", "--json")).count == 3)
    let document = try await stage.run("apps", "--search", "Orphaned", "--json").ended(0).json()
    let tenants = try #require(document["tenants"] as? [[String: Any]])
    #expect(tenants[0]["sign_ins_read_at"] as? String == "2026-11-22T02:10:00Z")
    let application = try #require((document["applications"] as? [[String: Any]])?.first)
    #expect(application["last_sign_in"] as? String == "2026-05-06T02:10:00Z")
    // Once a day is enough, unless somebody wants it now.
    func reports() -> Int {
      stage.tenant.requests.count { $0.path.hasSuffix("/servicePrincipalSignInActivities") }
    }
    #expect(reports() == 1)
    await stage.run("apps", "--unused", "180d", "--refresh").ended(0)
    #expect(reports() == 1)
    stage.pass(days: 0.1)
    await stage.run("apps", "--unused", "180d", "--refresh").ended(0)
    #expect(reports() == 2)
  }

  @Test func `without the licence nothing counts as unused`() async throws {
    let stage = try await stage()
    await stage.run("apps", "--refresh").ended(0)
    stage.fail { $0.reportsUnlicensed = true }
    await stage.run("apps", "--unused", "180d").ended(77)
      .printing("no application is like that")
      .saying("Microsoft Entra ID P1").saying("nobody knows which applications are not used")
    stage.fail { faults in
      faults.reportsUnlicensed = false
      faults.signInReportMissing = true
    }
    await stage.run("apps", "--unused", "180d").ended(77).saying("gives no report of sign-ins")
    await stage.run("apps", "--unused", "soon").ended(64)
  }

  @Test func `a night says of what ends that nobody signs in`() async throws {
    let stage = try await stage(includes: ", include: [sign-ins]")
    let night = await stage.run("check").ended(1)
    night.printing(
      "on 2026-11-28; no sign-in for 200 days: perhaps nobody needs it\n  if it is in use")
    #expect(!night.printed.contains("could not be read"))
  }

  @Test func `owners of applications get their own message, and the others' is as ever`()
    async throws
  {
    let stage = try await stage()
    let email = "{ to: [admins@contoso.com, application-owners], from: keyturn@contoso.com }"
    try stage.reconfigure(
      "\nconnections:", "\nnotify: { routes: { admins: { email: \(email) } } }\nconnections:")
    // Nothing here takes mail; the ledger has what is owed.
    await stage.run("check").ended(1)
    let messages = try await messages(stage)
    #expect(
      messages.map(\.recipients) == [
        ["admins@contoso.com"], ["ann@contoso.com"], ["zoe@contoso.com"],
      ])
    let subjects = messages.map(\.subject)
    #expect(subjects[1].hasPrefix("WARNING: Owned CRM (") && subjects[1] == subjects[2])
    // Theirs is what they own.
    #expect(messages.map(\.lines) == [3, 1, 1])
  }

  private func messages(
    _ stage: Stage
  ) async throws -> [(recipients: [String], subject: String, lines: Int)] {
    let document = try await stage.run("notify", "list", "--json").ended(0).json()
    let messages = try #require(document["messages"] as? [[String: Any]])
    return messages.map { message in
      (
        message["recipients"] as? [String] ?? [], message["subject"] as? String ?? "",
        message["lines"] as? Int ?? 0
      )
    }.sorted { $0.recipients.joined() < $1.recipients.joined() }
  }
}
