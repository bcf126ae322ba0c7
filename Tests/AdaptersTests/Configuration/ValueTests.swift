import Testing

@testable import Adapters

/// What may stand behind each key; a case is the line and what its one complaint begins with.
@Suite struct ValueTests {
  @Test(arguments: [
    (
      "policy: { warn_before: 90d }",
      "3:24: 'warn_before' is a list: write warn_before: [90d, 30d, 7d]"
    ),
    ("policy: { warn_before: }", "3:11: 'warn_before' is a list: write"),
    ("policy: { warn_before: [] }", "3:24: 'warn_before' has 1 to 100 periods"),
    ("policy: { warn_before: [1d, [2d]] }", "3:29: 'warn_before' is one value"),
    (
      "policy: { warn_before: [1d, 5min, x] }",
      "3:29: 'warn_before' is a period from 1h to 120 months, not '5min'|3:35: 'warn_before' is a period such as 30d, not 'x'"
    ),
    ("policy: { grace: 7 }", "3:18: 'grace' is a period such as 7d, not '7': write its unit"),
    ("policy: { grace: -1d }", "3:18: 'grace' is a period such as 7d, not '-1d'"),
    ("policy: { grace: 366d }", "3:18: 'grace' is a period from 0d to 365d, not '366d'"),
    ("policy: { lifetime: 0d }", "3:21: 'lifetime' is a period from 1d to 1200 months"),
    (
      "policy: { critical_before: 11 years }",
      "3:28: 'critical_before' is a period from 0d to 120 months"
    ),
    ("policy: { rotate: yes }", "3:19: 'rotate' can't be 'yes': write 'guided' or 'automatic'"),
    ("policy: { rotate_before: 23h }", "3:26: 'rotate_before' is a period from 1d to 120 months"),
    (
      "policy: { lifetime: 30d, rotate_before: 1 month }",
      "3:41: 'rotate_before' (1 month) is not shorter than 'lifetime' (30d)"
    ),
    (
      "policy: { lifetime: 30d, rotate: automatic }",
      "3:1: 'rotate_before' (30d) is not shorter than 'lifetime' (30d)"
    ),
    ("policy: { standby: yes }", "3:20: 'standby' is true or false, not 'yes'"),
    ("policy: { standby: 'true' }", "3:20: 'standby' is true or false, not 'true'"),
    ("policy: { standby: true }", "3:11: 'standby' needs 'rotate: automatic'"),
    ("policy: 7d", "3:9: 'policy' is a mapping: write policy: { grace: 14d }"),
    ("policy: [grace]", "3:9: 'policy' is a mapping"),
    ("validation: { successes: 0 }", "3:26: 'successes' is a whole number from 1 to 20, not '0'"),
    ("validation: { successes: 21 }", "3:26: 'successes' is a whole number from 1 to 20, not '21'"),
    ("validation: { successes: '3' }", "3:26: 'successes' is a whole number from 1 to 20"),
    ("validation: { successes: 3.0 }", "3:26: 'successes' is a whole number from 1 to 20"),
    ("validation: { interval: 0s }", "3:25: 'interval' is a period from 1s to 1h, not '0s'"),
    ("validation: { timeout: 61m }", "3:24: 'timeout' is a period from 1s to 1h, not '61m'"),
    (
      "validation: { interval: 5m, timeout: 9m }",
      "3:38: 'timeout' is shorter than 3 successes take, 300 seconds apart: write at least 10m"
    ),
    ("validation: { every: 59m }", "3:22: 'every' is a period from 1h to 31d, not '59m'"),
    ("store: { type: file }", "3:16: 'type' can't be 'file': write 'embedded'"),
    ("store: { key_file: /a, key_command: [b] }", "3:24: 'key_command' stands beside 'key_file'"),
    (
      "store: { key_command: pass show k }",
      "3:23: 'key_command' is a list: write key_command: [/usr/bin/pass"
    ),
    ("store: { key_command: [] }", "3:23: 'key_command' is a program and its arguments"),
    ("store: { key_command: [a, ''] }", "3:27: 'key_command' is a printable text"),
    ("store: { key_file: ~/k }", "3:20: 'key_file': '~' means nothing here: write the whole path"),
    (
      "database:",
      "3:1: 'database' has no value: write database: /var/lib/keyturn/keyturn.db, or leave"
    ),
    ("database: null", "3:1: 'database' has no value"),
    ("database: [a]", "3:11: 'database' is one value"),
    (
      "database: \"a\\0b\"",
      "3:11: 'database' is a printable text of 1 to 4096 characters: 'a\\u{0}b' is none"
    ),
    ("tls: { ca_file: }", "3:8: 'ca_file' has no value"),
    ("proxy: proxy.contoso.com:3128", "3:8: 'proxy' is not an address"),
    ("proxy: socks5://proxy.contoso.com:3128", "3:8: 'proxy' is not a web address"),
    ("proxy: http://proxy.contoso.com", "3:8: 'proxy' is a host and a port"),
    (
      "proxy: http://me:hush@proxy.contoso.com:3128",
      "3:8: 'proxy' has a user name or password in it: secrets never stand in the configuration"
    ),
  ])
  func `a value outside of its bounds is told with its place`(line: String, complaints: String) {
    expect(complaints, about: ConfigurationText.file(line))
  }

  @Test(arguments: [
    (
      "tenants: { t: {} }",
      "1:12: tenant 't' has no 'id': write the directory id, or a 'token_endpoint'"
    ),
    ("tenants: { t: }", "1:12: tenant 't' has no 'id'"),
    ("tenants: { t: contoso.com }", "1:15: tenant 't' is a mapping: write t: { id:"),
    ("tenants: [t]", "1:10: 'tenants' is a mapping: write tenants: {"),
    ("tenants: { -t: { id: contoso.com } }", "1:12: '-t' can't name a tenant: a name begins with"),
    ("tenants: { t: { id: contoso } }", "1:21: 'id' is the directory (tenant) id, such as"),
    ("tenants: { t: { id: common } }", "1:21: 'id' is the directory (tenant) id, such as"),
    ("tenants: { t: { id: 72f988bf-86f1-41af-91ab-2d7cd011db4 } }", "1:21: 'id' is the directory"),
    ("tenants: { t: { id: -a.example } }", "1:21: 'id' is the directory"),
    ("tenants: { t: { id: 10.0.0.1 } }", "1:21: 'id' is the directory"),
    (
      "tenants: { t: { id: a.example, cloud: us-goverment } }",
      "1:39: 'cloud' can't be 'us-goverment': did you mean 'us-government'?"
    ),
    (
      "tenants: { t: { id: a.example, cloud: moon } }",
      "1:39: 'cloud' can't be 'moon': write 'public', 'us-government', 'us-dod' or 'china'"
    ),
    (
      "tenants: { t: { id: a.example, cloud: { login: https://a.example } } }",
      "1:32: 'cloud' has no 'graph'"
    ),
    (
      "tenants: { t: { id: a.example, cloud: { login: http://a.example, graph: https://a.example } } }",
      "1:48: 'login' is plain http to another machine: write https://…"
    ),
    (
      "tenants: { t: { id: a.example, cloud: { login: https://a.example/x, graph: https://a.example } } }",
      "1:48: 'login' goes on after the host: write https://a.example"
    ),
    (
      "tenants: { t: { id: a.example, token_endpoint: https://a.example/t } }",
      "1:17: 'id' belongs to Microsoft Entra"
    ),
    (
      "tenants: { t: { cloud: china, token_endpoint: https://a.example/t } }",
      "1:17: 'cloud' belongs to Microsoft Entra"
    ),
    (
      "tenants: { t: { token_endpoint: 'https://a.example/t#x' } }",
      "1:33: 'token_endpoint' has a fragment"
    ),
    (
      "tenants: { t: { token_endpoint: ftp://a.example/t } }",
      "1:33: 'token_endpoint' is not a web address"
    ),
    (
      "tenants: { t: { token_endpoint: 'https://a.example/t t' } }",
      "1:33: 'token_endpoint' has a character"
    ),
    (
      "tenants: { t: { token_endpoint: 'https:///t' } }",
      "1:33: 'token_endpoint' has no valid host name"
    ),
    (
      "tenants: { t: { token_endpoint: 'https://a_b.example/t' } }",
      "1:33: 'token_endpoint' has no valid host name"
    ),
    (
      "tenants: { t: { token_endpoint: 'https://a.example:0/t' } }",
      "1:33: 'token_endpoint' has a port"
    ),
    (
      "tenants: { t: { token_endpoint: 'http://127.0.0.1.example/t' } }",
      "1:33: 'token_endpoint' is plain http"
    ),
  ])
  func `a tenant that makes no sense is told with its place`(line: String, complaint: String) {
    expect(complaint, about: line + "\nconnections: {}\n")
  }

  @Test(arguments: [
    (
      "scope: api://x/.default",
      "9:5: 'scope' stands beside 'environment', which gives it: keep one"
    ),
    ("secret_name: ''", "9:18: 'secret_name' is a printable text of 1 to 80 characters"),
    (
      "secret_name: \"a\\tb\"",
      "9:18: 'secret_name' is a printable text of 1 to 80 characters: 'a\\u{9}b' is none"
    ),
    (
      "secret_name: \(String(repeating: "n", count: 81))",
      "9:18: 'secret_name' is a printable text of 1 to 80 characters, not 81"
    ),
    (
      "owner: \"\\u202Eevil\"",
      "9:12: 'owner' is a printable text of 1 to 256 characters: '\\u{202e}evil' is none"
    ),
    ("consumer: magentri", "9:15: 'consumer' can't be 'magentri': did you mean 'magentrix'?"),
    ("consumer: [magentrix]", "9:15: 'consumer' is one value: write consumer: magentrix"),
    ("consumers: magentrix", "9:16: 'consumers' is a list: write consumers: [magentrix, manual]"),
    ("consumers: []", "9:16: 'consumers' is empty: write consumer: none"),
    ("consumers: [manual, manual]", "9:25: there are two consumers 'manual'"),
    ("consumers: [{ name: a b }]", "9:25: 'a b' can't name a consumer"),
    ("consumers: [{ type: manual }]", "9:17: a consumer has no 'name': write name: partners"),
    (
      "consumers: [{ name: a, typ: manual }]",
      "9:28: unknown key 'typ' in a consumer: did you mean 'type'?"
    ),
    (
      "consumers: [{ name: a, type: none, portal: https://a.example }]",
      "9:40: 'portal' makes no sense"
    ),
    ("portal: http://a.example", "9:13: 'portal' is plain http to another machine"),
    ("policy: { rotate: guidd }", "9:23: 'rotate' can't be 'guidd': did you mean 'guided'?"),
    ("policy: { validate_every: 1d }", "9:15: unknown key 'validate_every' in 'policy'"),
    ("standby: 1", "9:5: 'standby' belongs to 'policy': write policy: { standby: … }"),
    (
      "policy: { rotate: automatic }",
      "9:5: connection 'crm' has 'rotate: automatic', but its tenant 'contoso' has no 'graph': "
        + "write policy: { rotate: guided }, or graph: { sign_in: connection } in the tenant"
    ),
    (
      "enviroment: https://a.example",
      "9:5: unknown key 'enviroment' in connection 'crm': did you mean 'environment'?"
    ),
  ])
  func `a connection that makes no sense is told with its place`(line: String, complaint: String) {
    expect(complaint, about: ConfigurationText.connection(line))
  }

  @Test func `two ways to name consumers exclude each other`() {
    expect(
      "9:5: 'consumer' stands beside 'consumers': keep one|10:5: 'portal' stands beside 'consumers'",
      about: ConfigurationText.connection(
        "consumer: manual", "portal: https://a.example", "consumers: [manual]"))
  }

  @Test(arguments: [
    ("contoso", "1", "scope: api://x/.default", "6:16: 'client_id' is the application (client) id"),
    ("idp", "any printable text", "scope: a b", ""),
    ("idp", "''", "scope: a b", "6:16: 'client_id' is a printable text of 1 to 256 characters"),
    ("contso", "1", "scope: a b", "5:13: there is no tenant 'contso': did you mean 'contoso'?"),
    (
      "fabrikam", "1", "scope: a b",
      "5:13: there is no tenant 'fabrikam': describe it under 'tenants'"
    ),
    (
      "contoso", "00001111-aaaa-2222-bbbb-3333cccc4444", "scope: User.Read",
      "7:12: 'scope' is a resource followed by /.default"
    ),
    (
      "contoso", "00001111-aaaa-2222-bbbb-3333cccc4444", "owner: me",
      "4:3: connection 'c' has no 'environment'"
    ),
    (
      "contoso", "00001111-aaaa-2222-bbbb-3333cccc4444", "environment: contoso.crm.dynamics.com",
      "7:18: 'environment' is not an address: write https://…"
    ),
    (
      "contoso", "00001111-aaaa-2222-bbbb-3333cccc4444",
      "environment: https://contoso.crm.dynamics.com/main.aspx",
      "7:18: 'environment' goes on after the host: write https://contoso.crm.dynamics.com"
    ),
    ("contoso", "00001111-aaaa-2222-bbbb-3333cccc4444", "environment: http://localhost:8443", ""),
  ])
  func `what a connection must say is checked against its tenant`(
    tenant: String, clientID: String, line: String, complaint: String
  ) {
    expect(
      complaint,
      about: """
        tenants: { contoso: { id: contoso.com }, idp: { token_endpoint: https://a.example/t } }
        # The connection:
        connections:
          c:
            tenant: \(tenant)
            client_id: \(clientID)
            \(line)
        """)
  }

  @Test func `a connection without anything lacks three keys`() {
    expect(
      "3:3: connection 'c' has no 'client_id'|3:3: connection 'c' has no 'environment'"
        + "|3:3: connection 'c' has no 'tenant'",
      about: "tenants: {}\nconnections:\n  c:\n")
  }

  @Test func `a tenant with a mistake is not called missing as well`() {
    expect(
      "1:21: 'id' is",
      about: """
        tenants: { t: { id: nowhere } }
        connections: { c: { tenant: t, client_id: x, scope: a/.default } }
        """)
  }

  @Test(arguments: ["tenants", "connections"])
  func `tenants and connections are required`(key: String) {
    let other = key == "tenants" ? "connections" : "tenants"
    expect("1:1: the configuration has no '\(key)': write \(key): {}", about: "\(other): {}\n# a\n")
  }

  /// Compares what the complaints begin with; `|` stands between two of them.
  private func expect(
    _ beginnings: String, about text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let complaints = ConfigurationText.complaints(about: text)
    let wanted = beginnings.split(separator: "|").map(String.init)
    let fits =
      complaints.count == wanted.count
      && zip(complaints, wanted).allSatisfy { $0.hasPrefix($1) }
    #expect(fits, "\(complaints)", sourceLocation: sourceLocation)
  }
}
