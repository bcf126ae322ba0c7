import Crypto
import Foundation
import Keyturn
import Testing

@testable import Adapters

@Suite struct SettingsTests {
  @Test func `the reference configuration gives every value that it names`() throws {
    let bytes = try ConfigurationText.fixture("reference.yaml")
    let settings = try Settings.parse(bytes, file: "/etc/keyturn/keyturn.yaml")
    #expect(settings.file == "/etc/keyturn/keyturn.yaml")
    #expect(settings.database == "/var/lib/keyturn/keyturn.db")
    #expect(settings.keySource == .file("/etc/keyturn/store.key"))
    #expect(
      settings.validation == ValidationSettings(successes: 4, interval: 10, timeout: 15 * 60))
    #expect(settings.certificateAuthorityFile == "/etc/keyturn/private-ca.pem")
    #expect(settings.proxy?.absoluteString == "http://proxy.contoso.com:3128")
    var policy = Policy()
    policy.lifetime = .months(12)
    policy.criticalBefore = .days(5)
    policy.grace = .days(8)
    policy.validateEvery = .hours(22)
    #expect(settings.policy == policy)
    #expect(settings.connections.map(\.name) == ["magentrix-d365", "reporting"])
  }

  @Test func `a connection to Dynamics 365 has every value that it names`() throws {
    let bytes = try ConfigurationText.fixture("reference.yaml")
    let connection = try Settings.parse(bytes, file: "k.yaml").connection(named: "magentrix-d365")
    let login = try #require(URL(string: "https://login.microsoftonline.com"))
    let graph = try #require(URL(string: "https://graph.microsoft.com"))
    let portal = try #require(URL(string: "https://entra.microsoft.com"))
    let cloud = Cloud(login: login, graph: graph, portal: portal)
    let id = "72f988bf-86f1-41af-91ab-2d7cd011db47"
    #expect(
      connection.server
        == AuthorizationServer(name: "contoso", kind: .entra(directory: id, cloud: cloud)))
    #expect(connection.clientID == "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b")
    #expect(connection.environment?.absoluteString == "https://contoso.crm.dynamics.com")
    #expect(connection.scope == "https://contoso.crm.dynamics.com/.default")
    #expect(connection.secretName == "Magentrix D365 Secret")
    let address = URL(string: "https://partners.contoso.com")
    #expect(
      connection.consumers == [Consumer(name: "magentrix", kind: .magentrix, portal: address)])
    #expect(connection.owner == "crm-admins@contoso.com")
    #expect(connection.policy.grace == .days(14))
    #expect(connection.policy.lifetime == .months(12))
    #expect(connection.policy.validateEvery == .hours(22))
  }

  @Test func `a connection to another server has its own scope, consumers and warnings`() throws {
    let bytes = try ConfigurationText.fixture("reference.yaml")
    let connection = try Settings.parse(bytes, file: "k.yaml").connection(named: "reporting")
    let endpoint = try #require(URL(string: "https://idp.example.com/oauth2/token"))
    #expect(connection.server.name == "partner-idp")
    #expect(connection.server.kind == .standard(tokenEndpoint: endpoint))
    #expect(connection.clientID == "reporting client")
    #expect(connection.environment == nil)
    #expect(connection.scope == "reports.read")
    #expect(connection.owner == nil)
    let portal = URL(string: "https://partners.contoso.com/start?from=mail")
    #expect(
      connection.consumers == [
        Consumer(name: "none", kind: .none),
        Consumer(name: "partners", kind: .magentrix, portal: portal),
        Consumer(name: "nightly-export", kind: .manual),
      ])
    #expect(connection.policy.warnBefore == [.months(1), .days(14), .days(1)])
    #expect(connection.policy.grace == .days(8))
  }

  @Test func `the shortest configuration has a default for everything`() throws {
    let settings = try ConfigurationText.settings("tenants:\nconnections:\n")
    #expect(settings.database == "/var/lib/keyturn/keyturn.db")
    #expect(settings.keySource == .file("/etc/keyturn/store.key"))
    #expect(settings.validation == ValidationSettings())
    #expect(settings.policy == Policy())
    #expect(settings.policy.validateEvery == .hours(20))
    #expect(settings.certificateAuthorityFile == nil)
    #expect(settings.proxy == nil)
    #expect(settings.connections.isEmpty)
  }

  @Test func `a connection that says little has the defaults`() throws {
    let settings = try ConfigurationText.settings(ConfigurationText.connection())
    let connection = try settings.connection(named: "crm")
    #expect(connection.secretName == "Magentrix D365 Secret")
    #expect(connection.consumers == [Consumer(name: "magentrix", kind: .magentrix)])
    #expect(connection.policy == Policy())
  }

  @Test(arguments: [
    ("public", "login.microsoftonline.com", "graph.microsoft.com", "entra.microsoft.com"),
    ("us-government", "login.microsoftonline.us", "graph.microsoft.us", "portal.azure.us"),
    ("us-dod", "login.microsoftonline.us", "dod-graph.microsoft.us", "portal.azure.us"),
    (
      "china", "login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "portal.azure.cn"
    ),
    (
      "{ login: 'https://127.0.0.1:8443/', graph: 'http://[::1]:8080' }", "127.0.0.1:8443",
      "[::1]:8080", "entra.microsoft.com"
    ),
    (
      "{ login: https://a.example, graph: https://B.example, portal: https://c.example }",
      "a.example", "b.example", "c.example"
    ),
  ])
  func `a cloud has its addresses`(
    cloud: String, login: String, graph: String, portal: String
  ) throws {
    let text = """
      tenants: { t: { id: contoso.com, cloud: \(cloud) } }
      connections: { c: { tenant: t, client_id: 00001111-aaaa-2222-bbbb-3333cccc4444,
        scope: api://x/.default } }
      """
    let connection = try ConfigurationText.settings(text).connection(named: "c")
    guard case .entra("contoso.com", let cloud) = connection.server.kind else {
      Issue.record("not an Entra tenant: \(connection.server)")
      return
    }
    let addresses = [cloud.login, cloud.graph, cloud.portal].map { address in
      address.absoluteString.drop { $0 != "/" }.dropFirst(2)
    }
    #expect(addresses.map(String.init) == [login, graph, portal])
  }

  @Test func `the fingerprint is the SHA-256 of the file's bytes`() throws {
    let text = "tenants: {}\nconnections: {}\n"
    let digest = SHA256.hash(data: Data(text.utf8)).description.split(separator: " ").last
    let settings = try ConfigurationText.settings(text)
    #expect(settings.fingerprint == digest.map(String.init))
    #expect(try ConfigurationText.settings(text + "#").fingerprint != settings.fingerprint)
  }

  @Test(arguments: [
    ("/etc/keyturn/keyturn.yaml", "/etc/keyturn/data/k.db"), ("k.yaml", "data/k.db"),
    ("./conf/k.yaml", "./conf/data/k.db"), ("/k.yaml", "/data/k.db"),
  ])
  func `a relative path starts at the folder of the file`(file: String, database: String) throws {
    let text = ConfigurationText.file("database: data/k.db")
    #expect(try Settings.parse(Data(text.utf8), file: file).database == database)
  }

  @Test func `the store's key may come from a program`() throws {
    let text = ConfigurationText.file("store:", "  key_command: [pass, show, 'a b', \"\\\"\"]")
    #expect(
      try ConfigurationText.settings(text).keySource == .command(["pass", "show", "a b", "\""]))
  }

  @Test func `the systemd credential is taken where the file names no key`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let environment = ["CREDENTIALS_DIRECTORY": folder.path()]
    func source(_ text: String) throws -> Settings.KeySource {
      try Settings.parse(Data(text.utf8), file: "k.yaml", environment: environment).keySource
    }
    let standard = Settings.KeySource.file("/etc/keyturn/store.key")
    #expect(try source(ConfigurationText.file()) == standard)
    let file = folder.appending(path: "keyturn.key")
    try Data("key".utf8).write(to: file)
    #expect(try source(ConfigurationText.file()) == .credential(file.path()))
    #expect(try source(ConfigurationText.file("store: { type: embedded }")) != standard)
    #expect(try source(ConfigurationText.file("store: { key_file: /k }")) == .file("/k"))
  }
}
