import Testing

@testable import Adapters
@testable import Keyturn

/// `graph:` of a tenant, and what a policy needs it for.
@Suite struct GraphSettingsTests {
  private static let id = "00001111-aaaa-2222-bbbb-3333cccc4444"

  @Test(
    arguments: [
      ("sign_in: connection, observe: connections", .connection),
      (
        "sign_in: certificate, client_id: 00001111-AAAA-2222-bbbb-3333cccc4444, certificate_file: g.pem",
        .certificate(clientID: id, file: "/etc/keyturn/g.pem")
      ),
      (
        "sign_in: client-secret, client_id: \(id), client_secret_file: /s",
        .clientSecret(clientID: id, source: .file("/s"))
      ),
      (
        "sign_in: client-secret, client_id: \(id), client_secret_command: [pass, show, g]",
        .clientSecret(clientID: id, source: .command(["pass", "show", "g"]))
      ),
      ("sign_in: managed-identity", .managedIdentity(clientID: nil)),
      ("sign_in: managed-identity, client_id: \(id)", .managedIdentity(clientID: id)),
      ("sign_in: workload-identity", .workloadIdentity(clientID: nil, tokenFile: nil)),
      (
        "sign_in: workload-identity, client_id: \(id), token_file: /t",
        .workloadIdentity(clientID: id, tokenFile: "/t")
      ),
      ("sign_in: azure-cli", .azureCLI),
      ("sign_in: device-code", .deviceCode(clientID: "04b07795-8ddb-461a-bbee-02f9e1bf7b46")),
      ("sign_in: device-code, client_id: \(id)", .deviceCode(clientID: id)),
    ] as [(String, GraphAccess.SignIn)])
  func `every way to sign in is read`(graph: String, signIn: GraphAccess.SignIn) throws {
    let settings = try ConfigurationText.settings(file(graph: graph))
    let connection = try settings.connection(named: "c")
    #expect(connection.server.graph == GraphAccess(signIn: signIn))
  }

  @Test func `a tenant is observed as a whole where that is written, and no other`() throws {
    let settings = try ConfigurationText.settings(file(graph: "sign_in: azure-cli, observe: all"))
    let connection = try settings.connection(named: "c")
    #expect(connection.server.graph == GraphAccess(signIn: .azureCLI, observesAll: true))
    #expect(settings.observedTenants == [connection.server])
    let others = try ConfigurationText.settings(file(graph: "sign_in: azure-cli"))
    #expect(others.observedTenants.isEmpty)
    #expect(connection.server.observeTimeout == .hours(1))
    let patient = try ConfigurationText.settings(
      file(graph: "sign_in: azure-cli, observe: all, observe_timeout: 90 min"))
    #expect(patient.observedTenants.map(\.observeTimeout) == [CalendarPeriod(seconds: 5_400)])
  }

  @Test(
    arguments: [
      ("", []), (", include: []", []), (", include: [certificates]", [.certificates]),
      (
        ", include: [service-principals, certificates]", [.servicePrincipals, .certificates]
      ),
      (", include: [sign-ins]", [.signIns]),
    ] as [(String, Set<GraphAccess.Inclusion>)])
  func `what else is observed is a list`(
    include: String, inclusions: Set<GraphAccess.Inclusion>
  ) throws {
    let text = file(graph: "sign_in: azure-cli, observe: all\(include)")
    let graph = try ConfigurationText.settings(text).connection(named: "c").server.graph
    #expect(graph?.includes == inclusions)
  }

  @Test(arguments: [
    ("", "1:34: 'graph' has no 'sign_in': write sign_in: connection"),
    (
      "sign_in: certificat",
      "1:52: 'sign_in' can't be 'certificat': did you mean 'certificate'?"
    ),
    (
      "sign_in: password",
      "1:52: 'sign_in' can't be 'password': write 'connection', 'certificate', 'client-secret', "
    ),
    (
      "sign_in: azure-cli, observe: all, include: certificates",
      "1:86: 'include' is a list: write include: [certificates, service-principals, sign-ins]"
    ),
    (
      "sign_in: azure-cli, observe: all, include: [certificate]",
      "1:87: 'include' can't be 'certificate': did you mean 'certificates'?"
    ),
    (
      "sign_in: azure-cli, observe: all, include: [certificates, users]",
      "1:101: 'include' can't be 'users': write 'certificates', 'service-principals' "
    ),
    (
      "sign_in: azure-cli, include: [certificates]",
      "1:63: 'include' belongs to 'observe: all': write observe: all, or leave it out"
    ),
    (
      "sign_in: azure-cli, observe: connections, include: []",
      "1:85: 'include' belongs to 'observe: all'"
    ),
    ("sign_in: azure-cli, observe: everything", "1:72: 'observe' can't be 'everything'"),
    (
      "sign_in: azure-cli, observe: all, observe_timeout: 5s",
      "1:94: 'observe_timeout' is a period from 1m to 1d, not '5s'"
    ),
    (
      "sign_in: azure-cli, observe_timeout: 30",
      "1:80: 'observe_timeout' is a period such as 1h, not '30': write its unit"
    ),
    (
      "sign_in: connection, client_id: \(id)",
      "1:64: 'client_id' belongs to 'sign_in: certificate', 'sign_in: client-secret', "
        + "'sign_in: managed-identity', 'sign_in: workload-identity' or 'sign_in: device-code', "
        + "not to 'sign_in: connection': leave it out"
    ),
    (
      "sign_in: azure-cli, token_file: /t",
      "1:63: 'token_file' belongs to 'sign_in: workload-identity', not to 'sign_in: azure-cli'"
    ),
    (
      "sign_in: certificate, client_id: x, certificate_file: /c",
      "1:76: 'client_id' is the application (client) id, such as"
    ),
    (
      "sign_in: certificate",
      "1:34: 'graph' has no 'certificate_file': write certificate_file: /etc/keyturn/graph.pem"
        + "|1:34: 'graph' has no 'client_id'"
    ),
    (
      "sign_in: client-secret, client_id: \(id)",
      "1:34: 'sign_in: client-secret' needs a secret: write client_secret_file: /etc/keyturn/"
    ),
    (
      "sign_in: client-secret, client_id: \(id), client_secret_file: /s, client_secret_command: [p]",
      "1:140: 'client_secret_command' stands beside 'client_secret_file': keep one"
    ),
    (
      "sign_in: client-secret, client_id: \(id), client_secret_command: []",
      "1:139: 'client_secret_command' is a program and its arguments: write client_secret_command:"
    ),
    (
      "sign_in: client-secret, client_id: \(id), client_secret: 4uV8Q~abc",
      "1:34: 'sign_in: client-secret' needs a secret|1:116: 'client_secret': secrets never stand in "
        + "the configuration; 'client_secret_file' or 'client_secret_command' names where it comes"
    ),
    (
      "sign_in: client-secret, client_id: \(id), client_secret_file: "
        + "4uV8Q~abcdefghijklmnopqrstuvwxyz.12345-_",
      "1:136: 'client_secret_file' looks like a client secret: secrets never stand in the "
        + "configuration; 'client_secret_file' or 'client_secret_command' names where it comes from"
    ),
    (
      "sign_in: certificate, client_id: \(id), certificat_file: /c",
      "1:34: 'graph' has no 'certificate_file'|1:114: unknown key 'certificat_file' in 'graph'"
    ),
  ])
  func `what makes no sense is told with its place`(graph: String, complaints: String) {
    expect(complaints, about: file(graph: graph))
  }

  @Test func `Graph belongs to Microsoft Entra alone`() {
    expect(
      "1:54: 'graph' belongs to Microsoft Entra, 'token_endpoint' to others: keep one",
      about:
        "tenants: { t: { token_endpoint: https://a.example/t, graph: { sign_in: azure-cli } } }"
        + "\nconnections: {}")
  }

  @Test func `a policy can let keyturn make secrets, and keep a spare one`() throws {
    let text = file(
      graph: "sign_in: connection",
      policy: "{ rotate: automatic, rotate_before: 45d, standby: true }")
    let policy = try ConfigurationText.settings(text).connection(named: "c").policy
    #expect(policy.rotate == .automatic)
    #expect(policy.rotateBefore == .days(45))
    #expect(policy.standby)
  }

  @Test func `a guided connection among automatic ones has no spare secret`() throws {
    let text =
      file(graph: "sign_in: connection", policy: "{ rotate: guided }")
      + "policy: { rotate: automatic, standby: true }\n"
    let policy = try ConfigurationText.settings(text).connection(named: "c").policy
    #expect(policy.rotate == .guided)
    #expect(!policy.standby)
  }

  @Test func `nothing rotates by itself where nobody can enter the code`() {
    expect(
      "4:3: connection 'c' has 'rotate: automatic', but its tenant 't' has 'sign_in: device-code', "
        + "and at night nobody is there to enter a code: choose another 'sign_in', or write",
      about: file(graph: "sign_in: device-code") + "policy: { rotate: automatic }\n")
  }

  @Test func `another server can't be asked for secrets`() {
    expect(
      "2:16: connection 'c' has 'rotate: automatic', but its tenant 'i' has no 'graph': write "
        + "policy: { rotate: guided }",
      about: """
        tenants: { i: { token_endpoint: https://a.example/t } }
        connections: { c: { tenant: i, client_id: c, scope: s } }
        policy: { rotate: automatic }
        """)
  }

  /// A file with one tenant, whose graph is this, and one connection, on the lines 3 and 4.
  private func file(graph: String, policy: String? = nil) -> String {
    """
    tenants: { t: { id: contoso.com, graph: { \(graph) } } }
    # The connection:
    connections:
      c:
        tenant: t
        client_id: \(Self.id)
        environment: https://contoso.crm.dynamics.com
    \(policy.map { "    policy: \($0)" } ?? "")

    """
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
