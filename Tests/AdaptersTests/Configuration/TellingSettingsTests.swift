import Foundation
import Keyturn
import Testing

@testable import Adapters

@Suite struct TellingSettingsTests {
  private static let start = """
    tenants:
      contoso: { id: contoso.com, graph: { sign_in: connection } }
      fabrikam: { id: fabrikam.com }
    connections:
      magentrix-d365:
        { tenant: contoso, client_id: 46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b, environment: "https://c.crm.dynamics.com", owner: crm@contoso.com }
      other:
        { tenant: fabrikam, client_id: 46e6adf4-a9cf-4b60-9390-0ba6fb00bf6c, environment: "https://f.crm.dynamics.com" }

    """

  private func telling(_ text: String) throws -> Telling {
    try ConfigurationText.settings(Self.start + text).telling
  }

  @Test func `every kind of route has the values that it names`() throws {
    let routes = try telling(
      """
      notify:
        routes:
          admins: { email: { to: [a@contoso.com, owner], from: keyturn@contoso.com } }
          mailbox: { email: { to: [b@contoso.com], from: keyturn@contoso.com, via: graph } }
          chat: { webhook: { url_file: teams.url, format: teams } }
          hook: { webhook: { url: "https://hooks.contoso.com/k?a=b", secret_file: /k/hook.secret } }
          pager: { alertmanager: { url: "http://127.0.0.1:9093" } }
          script: { command: [/usr/local/bin/tell, --now] }
      """
    ).routing.routes
    #expect(routes.map(\.name) == ["admins", "mailbox", "chat", "hook", "pager", "script"])
    #expect(
      routes[0].channel
        == .email(
          EmailChannel(to: [.address("a@contoso.com"), .owner], from: "keyturn@contoso.com"))
    )
    guard case .email(let mailbox) = routes[1].channel, case .graph(let tenant) = mailbox.carrier
    else {
      Issue.record("no mail through Graph")
      return
    }
    #expect(tenant.name == "contoso")
    #expect(
      routes[2].channel
        == .webhook(WebhookChannel(address: .file("/etc/keyturn/teams.url"), format: .teams)))
    let hook = try #require(URL(string: "https://hooks.contoso.com/k?a=b"))
    #expect(
      routes[3].channel
        == .webhook(
          WebhookChannel(address: .url(hook), format: .json, secretFile: "/k/hook.secret")))
    let pager = try #require(URL(string: "http://127.0.0.1:9093"))
    #expect(routes[4].channel == .alertmanager(pager))
    #expect(routes[5].channel == .command(["/usr/local/bin/tell", "--now"]))
  }

  @Test func `rules, metrics and heartbeat have the values that they name`() throws {
    let telling = try telling(
      """
      notify:
        routes: { script: { command: [tell] } }
        rules:
          - { route: script, severity: critical, within: 14d, connection: "Magentrix-*" }
          - { route: script, tenant: fabrikam, owner: "*@contoso.com" }
      metrics: { textfile: /var/lib/n/keyturn.prom }
      heartbeat: https://hc.example.com/ping/1
      """)
    #expect(
      telling.routing.rules == [
        RoutingRule(
          route: "script", severity: .critical, within: .days(14), connection: "Magentrix-*"),
        RoutingRule(route: "script", tenant: "fabrikam", owner: "*@contoso.com"),
      ])
    #expect(telling.metricsFile == "/var/lib/n/keyturn.prom")
    let url = try #require(URL(string: "https://hc.example.com/ping/1"))
    #expect(telling.heartbeat == .url(url))
  }

  @Test func `owners of applications are told where the applications are observed`() throws {
    let start = Self.start.replacing(
      "sign_in: connection }", with: "sign_in: connection, observe: all }")
    let routing = try ConfigurationText.settings(
      start + """
        notify:
          routes:
            admins: { email: { to: [a@contoso.com, application-owners], from: k@contoso.com } }
          rules: [{ route: admins, owner: "*@crm.contoso.com" }]
        """
    ).telling.routing
    guard case .email(let email) = routing.routes[0].channel else {
      Issue.record("no mail")
      return
    }
    #expect(email.to == [.address("a@contoso.com"), .applicationOwners])
    #expect(routing.tellsApplicationOwners)
    // Who owns them is not known beforehand.
    #expect(routing.rules[0].owner == "*@crm.contoso.com")
  }

  @Test(arguments: [
    ("notify: { routes: { a: {} } }", "has no way to go"),
    ("notify: { routes: { a: { command: [x], alertmanager: { url: 'https://a.b' } } } }", "2 ways"),
    ("notify: { routes: { a: { email: { to: ['x y'], from: a@b.c } } } }", "takes a mail address"),
    (
      "notify: { routes: { a: { email: { to: [a@b.c], from: 'a@b.c, d@e.f' } } } }",
      "'from' takes a mail address"
    ),
    ("notify: { routes: { a: { email: { to: [-f@b.c], from: a@b.c } } } }", "takes a mail address"),
    ("notify: { routes: { a: { email: { to: [], from: a@b.c } } } }", "1 to 50 addresses"),
    (
      "notify: { routes: { a: { email: { to: [a@b.c], from: a@b.c, tenant: contoso } } } }",
      "'tenant' belongs to 'via: graph'"
    ),
    (
      "notify: { routes: { a: { email: { to: [a@b.c], from: a@b.c, via: graph, tenant: fabrikam } } } }",
      "there is no tenant 'fabrikam' with 'graph:'"
    ),
    ("notify: { routes: { a: { webhook: {} } } }", "'webhook' has no address"),
    (
      "notify: { routes: { a: { webhook: { url: 'https://a.b', format: slack } } } }",
      "so it is a secret"
    ),
    (
      "notify: { routes: { a: { webhook: { url_file: /u, format: teams, secret_file: /s } } } }",
      "teams knows no signature"
    ),
    (
      "notify: { routes: { a: { webhook: { url: 'http://a.b/c' } } } }",
      "plain http to another machine"
    ),
    (
      "notify: { routes: { script: { command: [x] } }, rules: [{ route: skript }] }",
      "there is no route 'skript': did you mean 'script'?"
    ),
    (
      "notify: { routes: { a: { command: [x] } }, rules: [{ route: a, connection: magentrix }] }",
      "no connection fits 'magentrix'"
    ),
    (
      "notify: { routes: { a: { command: [x] } }, rules: [{ route: a, severity: ok }] }",
      "'severity' can't be 'ok'"
    ),
    (
      "notify: { routes: { a: { email: { to: [owner], from: a@b.c } } } }",
      "nobody is told of the connection 'other'"
    ),
    (
      "notify: { routes: { a: { email: { to: [a@b.c, application-owners], from: a@b.c } } } }",
      "'application-owners' needs a tenant whose applications are observed"
    ),
    (
      "notify: { routes: { a: { email: { to: [owner, application-owners], from: a@b.c } } } }",
      "nobody is told of what has no owner"
    ),
    ("metrics: { textfile: /var/lib/keyturn.txt }", "ends in .prom"),
    ("heartbeat: { url: 'https://a.b' }", "'heartbeat' has no 'url_file'"),
    ("notify: { routes: { a: { to: [a@b.c] } } }", "belongs to 'email'"),
  ])
  func `a slip is told with its place`(text: String, complaint: String) throws {
    let error = try #require(throws: KeyturnError.self) { try telling(text) }
    let all = ([error.message] + error.hints).joined(separator: "\n")
    #expect(all.contains(complaint), "\(all)")
  }
}
