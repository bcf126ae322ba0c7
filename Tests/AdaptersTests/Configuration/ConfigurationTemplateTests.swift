import Keyturn
import Testing

@testable import Adapters

@Suite struct ConfigurationTemplateTests {
  private let template = ConfigurationTemplate.text(
    database: "/srv/keyturn/keyturn.db", keyFile: "/srv/keyturn/store.key")

  @Test func `the template loads as it is, without a connection`() throws {
    let settings = try ConfigurationText.settings(template)
    #expect(settings.database == "/srv/keyturn/keyturn.db")
    #expect(settings.keySource == .file("/srv/keyturn/store.key"))
    #expect(settings.policy == Policy())
    #expect(settings.validation == ValidationSettings())
    #expect(settings.connections.isEmpty)
  }

  @Test func `with every hidden key brought out, the template loads with its defaults`() throws {
    let settings = try ConfigurationText.settings(uncommented(template))
    let connection = try settings.connection(named: "magentrix-d365")
    #expect(settings.connections.count == 1)
    #expect(settings.policy == Policy())
    #expect(settings.validation == ValidationSettings())
    #expect(settings.proxy != nil && settings.certificateAuthorityFile != nil)
    #expect(connection.server.graph == GraphAccess(signIn: .connection))
    #expect(connection.secretName == "Magentrix D365 Secret")
    #expect(connection.policy.grace == .days(14))
    #expect(connection.consumers.map(\.kind) == [.magentrix])
    #expect(settings.telling.routing.routes.map(\.name) == ["admins", "chat", "pager", "script"])
    #expect(settings.telling.routing.rules.count == 3)
    #expect(settings.telling.metricsFile?.hasSuffix("/keyturn.prom") == true)
    #expect(settings.telling.heartbeat == .file("/etc/keyturn/heartbeat.url"))
  }

  @Test(arguments: [
    Vocabulary.file, .tenant, .graph, .connection, .consumer, .store, .validation, .policy, .tls,
    .notify, .route, .email, .webhook, .alertmanager, .rule, .metrics, .heartbeat,
  ])
  func `the template tells of every key`(vocabulary: Vocabulary) {
    for key in vocabulary.keys {
      #expect(template.contains("\(key):"), "\(key)")
    }
  }

  @Test(arguments: ["/a b/k.db", "/a: b/#k.db", "/quo\"te/back\\slash", "relative/k.db", "/é.db"])
  func `any path comes back as it was given`(path: String) throws {
    let text = ConfigurationTemplate.text(database: path, keyFile: "/k")
    let database = try ConfigurationText.settings(text).database
    #expect(database == (path.hasPrefix("/") ? path : "/etc/keyturn/\(path)"))
  }

  private func uncommented(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let content = line.drop { $0 == " " }
      guard content.first == "#", content.dropFirst().first?.isLetter == true else {
        return String(line)
      }
      return String(line.prefix(line.count - content.count)) + content.dropFirst()
    }
    return lines.joined(separator: "\n")
  }
}
