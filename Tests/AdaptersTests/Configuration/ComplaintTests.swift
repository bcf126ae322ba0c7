import Foundation
import Keyturn
import Testing

@testable import Adapters

@Suite struct ComplaintTests {
  @Test(arguments: [
    ("warn_befor: [1d]", "3:1: unknown key 'warn_befor' in the configuration: known are database"),
    (
      "polcy: { grace: 1d }",
      "3:1: unknown key 'polcy' in the configuration: did you mean 'policy'?"
    ),
    ("tls: { ca-file: a }", "3:8: unknown key 'ca-file' in 'tls': did you mean 'ca_file'?"),
    ("tls: { cert: a }", "3:8: unknown key 'cert' in 'tls': known is ca_file"),
    (
      "policy: { warn_befor: [1d] }",
      "3:11: unknown key 'warn_befor' in 'policy': did you mean 'warn_before'?"
    ),
    (
      "validation: { successes: 3, sucesses: 4 }",
      "3:29: unknown key 'sucesses' in 'validation': did you mean 'successes'?"
    ),
    ("policy: { <<: { grace: 1d } }", "3:11: unknown key '<<' in 'policy'"),
    ("\"\\e[2J\": 1", "3:1: unknown key '\\u{1b}[2J' in the configuration"),
    ("'': 1", "3:1: unknown key '' in the configuration"),
    ("~: 1", "3:1: unknown key '~' in the configuration"),
    ("? [a]\n: 1", "3:3: a key is a word"),
    ("? { a: b }\n: 1", "3:3: a key is a word"),
  ])
  func `a key that nothing knows is told with its place`(line: String, complaint: String) {
    expect(complaint, about: ConfigurationText.file(line))
  }

  @Test(arguments: [
    (
      "store: { type: vault }", "3:16: 'type: vault' is not available in this version: leave it out"
    )
  ])
  func `a key of a later version is called that`(line: String, complaint: String) {
    expect(complaint, about: ConfigurationText.file(line))
  }

  @Test(arguments: [
    ("client_secret: abcdefgh", "client_secret"), ("secret: abcdefgh", "secret"),
    ("password: abcdefgh", "password"), ("Consumer-Secret: abcdefgh", "Consumer-Secret"),
    ("value: abcdefgh", "value"), ("access_token: abcdefgh", "access_token"),
    ("secretValue: abcdefgh", "secretValue"), ("key: abcdefgh", "key"),
  ])
  func `a secret in a connection is refused, and not shown`(line: String, key: String) {
    let complaints = ConfigurationText.complaints(about: ConfigurationText.connection(line))
    #expect(
      complaints == [
        "9:5: '\(key)': secrets never stand in the configuration; `keyturn record NAME` asks for a "
          + "client secret and seals it in the store"
      ])
  }

  @Test func `a key in the store section is refused, and not shown`() {
    expect(
      "3:10: 'key': secrets never stand in the configuration; 'key_file' or 'key_command' names",
      about: ConfigurationText.file("store: { key: 4uV8Q~abcdefghijklmnopqrstuvwxyz01234567 }"))
  }

  @Test(arguments: ["owner", "secret_name", "tenant", "client_id", "portal", "consumer", "scope"])
  func `a secret behind any other key is not shown`(key: String) {
    let secret = "4uV8Q~abcdefghijklmnopqrstuvwxyz.12345-_"
    let text = ConfigurationText.connection()
      .split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.contains("    \(key): ") }
    let complaints = ConfigurationText.complaints(
      about: (text + ["    \(key): \(secret)"]).joined(separator: "\n"))
    #expect(!complaints.isEmpty)
    #expect(complaints.allSatisfy { !$0.contains("Q~") })
  }

  @Test func `everything wrong is told at once, in the order of the file`() {
    let text = """
      proxy: here
      connections:
        crm: { tenant: contso, client_id: 1, environment: http://a.example }
        'a b': {}
      tenants: { contoso: { id: x } }
      policy: { grace: 9 }
      """
    let complaints = ConfigurationText.complaints(about: text)
    let places = complaints.map { $0.split(separator: " ").first.map(String.init) }
    #expect(places == ["1:8:", "3:18:", "3:53:", "4:3:", "5:27:", "6:18:"])
  }

  @Test func `no more than twenty complaints are told, and the rest is counted`() throws {
    let lines = (1...50).map { "unknown\($0): 1" }
    let text = ConfigurationText.file(lines.joined(separator: "\n"))
    let complaints = ConfigurationText.complaints(about: text)
    #expect(complaints.count == 21)
    #expect(complaints.first?.hasPrefix("3:1: unknown key 'unknown1'") == true)
    #expect(complaints.last == "and 30 more")
    let many = ConfigurationText.file((1...5_000).map { "unknown\($0): 1\n" }.joined())
    #expect(ConfigurationText.complaints(about: many).last == "and 4980 more")
  }

  @Test func `a complaint names the file, and is a configuration error`() throws {
    let error = #expect(throws: KeyturnError.self) {
      try Settings.parse(Data("a: 1".utf8), file: "/tmp/\u{1B}k.yaml")
    }
    #expect(error?.code == .configuration)
    #expect(error?.message.hasPrefix("/tmp/\\u{1b}k.yaml:1:1: ") == true)
  }

  private func expect(
    _ complaint: String, about text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let complaints = ConfigurationText.complaints(about: text)
    #expect(complaints.count == 1, sourceLocation: sourceLocation)
    #expect(
      complaints.first?.hasPrefix(complaint) == true, "\(complaints)",
      sourceLocation: sourceLocation)
  }
}
