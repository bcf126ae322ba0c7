import Foundation
import Testing

@testable import Keyturn

/// Who is told of what.
@Suite struct RoutingTests {
  private func finding(
    _ severity: Severity, _ code: Finding.Code = .expiring, endsIn days: Double? = nil
  ) -> Finding {
    Finding(
      connection: "magentrix-d365", code: code, severity: severity, message: "", remedy: "",
      expiresAt: days.map { .night($0) })
  }

  private func routes(
    _ rules: [RoutingRule], of finding: Finding, owner: String? = nil
  ) throws -> [String] {
    var connection = try Connection.sample()
    connection.owner = owner
    let routing = Routing(routes: [.chat, .pager, .admins], rules: rules)
    return routing.audiences(of: finding, about: connection, at: .night(0)).map(\.route)
  }

  @Test func `without rules, every route gets everything that is not well`() throws {
    #expect(try routes([], of: finding(.warning)) == ["chat", "pager", "admins"])
    #expect(try routes([], of: finding(.ok)).isEmpty)
  }

  @Test func `a rule sends from its severity on`() throws {
    let rules = [RoutingRule(route: "chat"), RoutingRule(route: "pager", severity: .critical)]
    #expect(try routes(rules, of: finding(.warning)) == ["chat"])
    #expect(try routes(rules, of: finding(.unknown)) == ["chat"])
    #expect(try routes(rules, of: finding(.critical)) == ["chat", "pager"])
    #expect(
      try routes([RoutingRule(route: "chat", severity: .unknown)], of: finding(.critical))
        == ["chat"])
  }

  @Test func `a rule sends from a time before the end on`() throws {
    let rules = [RoutingRule(route: "pager", within: .days(14))]
    #expect(try routes(rules, of: finding(.warning, endsIn: 15)).isEmpty)
    #expect(try routes(rules, of: finding(.warning, endsIn: 14)) == ["pager"])
    #expect(try routes(rules, of: finding(.warning)).isEmpty)
  }

  @Test(arguments: [
    ("*", true), ("magentrix-*", true), ("MAGENTRIX-D365", true), ("*-d365", true),
    ("m*x-*5", true), ("magentrix", false), ("*-d36", false), ("d*", false), ("", false),
    ("magentrix-d365*magentrix-d365", false), ("**365", true),
  ])
  func `names fit patterns`(pattern: String, fits: Bool) throws {
    let rules = [RoutingRule(route: "chat", connection: pattern)]
    #expect(try routes(rules, of: finding(.warning)) == (fits ? ["chat"] : []))
  }

  @Test func `a condition about an owner does not fit where there is none`() throws {
    let rules = [RoutingRule(route: "chat", owner: "*")]
    #expect(try routes(rules, of: finding(.warning)).isEmpty)
    #expect(try routes(rules, of: finding(.warning), owner: "a@b.c") == ["chat"])
  }

  @Test func `owners of applications are told by mail to them, and by nothing else`() throws {
    var finding = Finding(
      application: "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b", code: .expiring, severity: .warning,
      message: "", remedy: "", tenant: "contoso")
    let both = Route(
      name: "both",
      channel: .email(
        EmailChannel(
          to: [.address("a@contoso.com"), .applicationOwners], from: "keyturn@contoso.com")))
    func told(_ rules: [RoutingRule] = []) -> [Audience] {
      Routing(routes: [.admins, .owners, both], rules: rules)
        .audiences(of: finding, about: nil, at: .night(0))
    }
    // Nobody owns it: the usual readers are told.
    #expect(told() == [Audience(route: "admins"), Audience(route: "both")])
    finding.owners = ["a@contoso.com", "b@contoso.com", "c@contoso.com"]
    #expect(
      told() == [
        Audience(route: "admins"), Audience(route: "both"),
        Audience(route: "both", owner: "b@contoso.com"),
        Audience(route: "both", owner: "c@contoso.com"),
      ])
    #expect(
      told([RoutingRule(route: "admins", owner: "c@*"), RoutingRule(route: "both", owner: "d@*")])
        == [Audience(route: "admins")])
    #expect(Routing(routes: [.admins, both]).tellsApplicationOwners)
    #expect(!Routing(routes: [.admins, .owners]).tellsApplicationOwners)
  }

  @Test func `the owner is told of a hand-over by any mail, and of all by mail to the owner`()
    throws
  {
    var connection = try Connection.sample()
    connection.owner = "crm@contoso.com"
    let routing = Routing(routes: [.admins, .owners])
    let ownersOfExpiry = routing.audiences(of: finding(.warning), about: connection, at: .night(0))
    #expect(
      ownersOfExpiry == [
        Audience(route: "admins"), Audience(route: "owners", owner: "crm@contoso.com"),
      ])
    let handOver = routing.audiences(
      of: finding(.warning, .handOverOpen), about: connection, at: .night(0))
    #expect(
      handOver == [
        Audience(route: "admins"), Audience(route: "admins", owner: "crm@contoso.com"),
        Audience(route: "owners", owner: "crm@contoso.com"),
      ])
    connection.owner = "the CRM team"
    #expect(
      routing.audiences(of: finding(.warning, .handOverOpen), about: connection, at: .night(0))
        == [Audience(route: "admins")])
  }
}
