import Foundation
import Keyturn
import Testing

@Suite struct PastedValueTests {
  /// One row for each guard: what was pasted, the key id given with it, and what is said.
  private static let refused: [(text: String, keyID: String?, reason: String)] = [
    ("", nil, "it is empty"),
    ("\u{FEFF}abc8Q~1234567890abcdef", nil, "it begins with a byte-order mark"),
    ("abc8Q~1234567890abcdef\n", nil, "it has a line break around it"),
    (" abc8Q~1234567890abcdef", nil, "it has blanks around it"),
    ("\"abc8Q~1234567890abcdef\"", nil, "it has quotes around it"),
    (String(repeating: "a1", count: 513), nil, "it has more than 1024 characters"),
    ("4A1E5F60-1111-4111-8111-00000000ABCD", nil, "it is a GUID"),
    ("4uV******************", nil, "it is masked"),
    ("abc8Q~1234 567890abcdef", nil, "it holds a blank, a control character"),
    (SecretValue.old.reveal(), nil, "it is the previous value"),
    (SecretValue.new.reveal(), nil, "it is the value that is current already"),
    ("zzz8Q~1234567890abcdef", ClientSecret.newKey, "it does not begin with new"),
  ]

  /// Other spellings of the same mistakes.
  private static let variants: [(text: String, reason: String)] = [
    ("\r\nabc8Q~1234567890abcdef", "a line break"),
    ("abc8Q~1234567890abcdef\r\n", "a line break"),
    ("abc8Q~1234567890abcdef\u{2028}", "a line break"), ("\t\tabc8Q~1234567890abcdef", "blanks"),
    ("abc8Q~1234567890abcdef\u{A0}", "blanks"), ("'abc8Q~1234567890abcdef'", "quotes"),
    ("\u{201C}abc8Q~1234567890abcdef\u{201D}", "quotes"), ("`abc8Q~1234567890abcdef`", "quotes"),
    ("4a1e5f60-1111-4111-8111-00000000abcd", "GUID"), ("••••••••••", "masked"),
    ("●●●●●●●●●●", "masked"), ("abcxxxxxxxxxxxx", "masked"), ("***", "masked"),
    ("abc\u{1B}8Q~1234567890abcdef", "control"), ("abc8Q~1234567890äbcdef", "letter"),
    ("abc8Q~123456\u{200B}7890abcdef", "letter"), ("abc8Q~1234567890\nabcdef", "control"),
  ]

  private static func record() -> ConsumerRecord {
    var record = ConsumerRecord.sample(value: .new)
    record.current?.keyID = ClientSecret.newKey
    record.previous = .sample(.old)
    return record
  }

  private static func refusal(of text: String, _ keyID: String? = nil) -> KeyturnError? {
    do {
      _ = try PastedValue.check(text, keyID: keyID, for: record())
    } catch let error as KeyturnError {
      return error
    } catch {}
    return nil
  }

  @Test(arguments: refused)
  func `each mistake has a message of its own`(text: String, keyID: String?, reason: String) throws
  {
    let error = try #require(Self.refusal(of: text, keyID))
    #expect(error.code == .badInput)
    #expect(error.message.hasPrefix("the pasted value is refused: \(reason)"))
    #expect(error.hints.count == 1)
    #expect(text.isEmpty || !"\(error)".contains(text))
  }

  @Test(arguments: variants)
  func `other spellings of a mistake are noticed too`(text: String, reason: String) throws {
    let error = try #require(Self.refusal(of: text))
    #expect(error.message.contains(reason))
    #expect(!"\(error)".contains(text))
  }

  @Test func `no two guards say the same`() {
    let messages = Self.refused.compactMap { Self.refusal(of: $0.text, $0.keyID)?.message }
    #expect(messages.count == Self.refused.count)
    #expect(Set(messages).count == messages.count)
  }

  @Test(arguments: [
    "abc8Q~1234567890abcdefghijklmnopqrstuvwx", "a", "it's~fine.in-the_middle", "\"one-sided",
    "!#$%&'()+,-./:;<=>?@[]^_{|}~", String(repeating: "a1", count: 512),
  ])
  func `a value without a mistake is taken as it is`(text: String) throws {
    let value = try PastedValue.check(text, keyID: nil, for: Self.record())
    #expect(value.reveal() == text)
  }

  @Test func `a key id that is not known says nothing about the value`() throws {
    let text = "zzz8Q~1234567890abcdef"
    let unknown = "33333333-3333-4333-8333-333333333333"
    #expect(try PastedValue.check(text, keyID: unknown, for: Self.record()).reveal() == text)
    var record = Self.record()
    record.current?.hint = nil
    let known = ClientSecret.newKey
    #expect(try PastedValue.check(text, keyID: known, for: record).reveal() == text)
  }

  @Test func `an unproven value may be pasted again`() throws {
    var record = ConsumerRecord.sample().with(.created)
    record.pending = .sample(.new)
    let text = SecretValue.new.reveal()
    #expect(try PastedValue.check(text, keyID: nil, for: record) == .new)
  }
}
