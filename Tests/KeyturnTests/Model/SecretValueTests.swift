import Foundation
import Keyturn
import Testing

/// I6, at its root: whatever prints a secret shows dots.
@Suite struct SecretValueTests {
  private static let text = "Xy8~Q.recognisable-value"
  private static let secret = SecretValue(text)

  /// Each way in which Swift turns a value into text, with something that holds a secret.
  private static var printed: [(String, String)] {
    let record = ConsumerRecord.sample(value: secret).with(.created)
    let app = ConnectedApp(clientID: "app", consumerSecret: secret)
    let change = RecordChange(
      connection: "c", record: record,
      event: AuditEntry(at: .night(0), actor: "a", action: "b", detail: "\(secret)"),
      attentionAt: .night(0))
    let holders: [(String, Any)] = [
      ("a secret", secret), ("an optional", Optional(secret) as Any), ("an array", [secret]),
      ("a dictionary", [secret: secret]), ("a client secret", ClientSecret.sample(secret)),
      ("a record", record), ("a connected app", app), ("a change", change),
      ("a token", TokenOutcome.granted(AccessToken(secret))),
      ("an error", KeyturnError(.internal, "\(secret)", hints: [String(reflecting: secret)])),
    ]
    return holders.flatMap { name, value in
      var dumped = ""
      dump(value, to: &dumped)
      return [
        ("\(name), interpolated", "\(value)"), ("\(name), reflected", String(reflecting: value)),
        ("\(name), described", String(describing: value)), ("\(name), dumped", dumped),
        ("\(name), mirrored", mirrored(value)),
      ]
    }
  }

  private static func mirrored(_ value: Any) -> String {
    Mirror(reflecting: value).children.map { "\($0.value) \(mirrored($0.value))" }.joined()
  }

  @Test(arguments: printed)
  func `no way of printing shows the value`(way: String, text: String) {
    #expect(!text.contains("recognisable"), "\(way)")
  }

  @Test func `a secret prints as dots`() {
    #expect("\(Self.secret)" == "•••")
    #expect(String(reflecting: [Self.secret]) == "[•••]")
    #expect(Mirror(reflecting: Self.secret).children.isEmpty)
  }

  @Test func `reveal returns the value itself`() {
    #expect(Self.secret.reveal() == Self.text)
  }

  @Test(arguments: [("4uV8Q~abcdefghijklm", "4uV"), ("äöü8Q~abcdefghijklm", "äöü")])
  func `the hint is the first three characters`(value: String, hint: String) {
    #expect(SecretValue(value).hint == hint)
  }

  @Test(arguments: ["", "a", "abc", "abcd", "abcdefgh"])
  func `the hint of a short value tells less than a third of it`(value: String) {
    #expect(SecretValue(value).hint.count * 3 <= value.count)
  }

  @Test func `equality is about the value`() {
    #expect(SecretValue("a") == SecretValue("a"))
    #expect(SecretValue("a") != SecretValue("b"))
  }
}
