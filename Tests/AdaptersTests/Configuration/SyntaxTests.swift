import Foundation
import Keyturn
import Testing

@testable import Adapters

@Suite struct SyntaxTests {
  @Test(arguments: [
    ("", "1:1: the file is empty: `keyturn init` writes one"),
    ("# nothing\n", "1:1: the file is empty"),
    ("a: b: c", "1:5: a colon that makes no sense here"),
    ("a: 1\n b: 2\n", "2:3: a colon that makes no sense here"),
    ("a:\n  b: 1\n c: 2\n", "3:2: a key is expected here"),
    ("tenants: {}\nconnections\n", "3:1: a colon is missing"),
    ("a: - b", "1:4: a list item that makes no sense here"),
    ("a:\n- b\n c\n- d\ne", "6:1: a colon is missing"),
    ("a:\n\tb: 1\n", "2:1: a character that begins no value"),
    ("a: @b", "1:4: a character that begins no value"),
    ("a: \"\\q\"", "1:5: a backslash with no meaning"),
    ("tenants: {}\na: 'b", "2:4: the text in quotation marks that begins here has no end"),
    ("a: [1, 2\nb: 3\n", "2:2: a comma or the end of what '[' opens on line 1 is missing"),
    ("a: { b: 1\nc: 2 }}\n", "2:2: a comma or the end of what '{' opens on line 1 is missing"),
    ("tenants: {}\n---\nconnections: {}\n", "2:1: a second document begins here"),
    ("tenants: *a\n", "1:10: an alias (*…) that stands for nothing"),
    ("- tenants\n", "1:1: the configuration is a mapping"),
    ("tenants", "1:1: the configuration is a mapping"),
  ])
  func `bad syntax is told in words, with its place`(text: String, complaint: String) {
    let complaints = ConfigurationText.complaints(about: text)
    #expect(complaints.count == 1)
    #expect(complaints.first?.hasPrefix(complaint) == true, "\(complaints)")
  }

  @Test(arguments: [
    ([UInt8]("a: \u{1B}[2J".utf8), "1:4: the character U+001B is not accepted"),
    ([UInt8]("a: 1\nb:\u{2028}c: 2".utf8), "2:3: the character U+2028 is not accepted"),
    ([UInt8]("a: 1\rb: 2".utf8), "1:5: the character U+000D is not accepted"),
    ([UInt8]("a: é\u{FEFF}".utf8), "1:5: the character U+FEFF is not accepted"),
    ([UInt8]("tenants: {}\n# é".utf8) + [0xFF], "2:4: this is not UTF-8"),
    ([UInt8]("a: ".utf8) + [0xC3], "1:4: this is not UTF-8"),
    ([0xFF, 0xFE, 0x61, 0x00], "1:1: this is not UTF-8"),
  ])
  func `a character that deceives is told with its place`(bytes: [UInt8], complaint: String) {
    let complaints = ConfigurationText.complaints(about: Data(bytes))
    #expect(complaints.count == 1)
    #expect(complaints.first?.hasPrefix(complaint) == true, "\(complaints)")
  }

  @Test(arguments: ["\u{FEFF}", "---\n", "%YAML 1.2\n---\n", "\n\n"])
  func `what may stand before a document is accepted`(beginning: String) {
    let text = beginning + "tenants: {}\r\nconnections: {}\r\n"
    #expect(ConfigurationText.complaints(about: text).isEmpty)
  }

  @Test func `a byte order mark does not move the columns`() {
    #expect(
      ConfigurationText.complaints(about: "\u{FEFF}x: 1\ntenants:\nconnections:\n").first?
        .hasPrefix("1:1: unknown key 'x'") == true)
  }

  @Test(arguments: [
    (
      ConfigurationText.connection("owner: a", "# b", "owner: c"),
      ["11:5: the key 'owner' stands on line 9 already: keep one"]
    ),
    (
      ConfigurationText.connection("policy: { grace: 1d, 'grace': 2d }"),
      ["9:26: the key 'grace' stands on line 9 already: keep one"]
    ),
    (
      ConfigurationText.connection("owner: a", "\"owner\": b", "'owner': c", "tenant: idp"),
      [
        "10:5: the key 'owner' stands on line 9 already: keep one",
        "11:5: the key 'owner' stands on line 10 already: keep one",
        "12:5: the key 'tenant' stands on line 6 already: keep one",
      ]
    ),
    (
      "tenants: {}\nconnections:\n  a:\n  a:\n",
      [
        "3:3: connection 'a' has no 'client_id'", "3:3: connection 'a' has no 'environment'",
        "3:3: connection 'a' has no 'tenant'",
        "4:3: the key 'a' stands on line 3 already: keep one",
      ]
    ),
    (
      ConfigurationText.file("x: { y: 1, y: 2 }"),
      ["3:1: unknown key 'x'", "3:6: the key 'y' stands more than once here: keep one"]
    ),
    (ConfigurationText.file("\"\": 1", "'': 2"), ["3:1: the key '' stands more than once here"]),
  ])
  func `a key that stands twice is told with both places, like any other mistake`(
    text: String, wanted: [String]
  ) {
    let complaints = ConfigurationText.complaints(about: text)
    let fits =
      complaints.count == wanted.count && zip(complaints, wanted).allSatisfy { $0.hasPrefix($1) }
    #expect(fits, "\(complaints)")
  }

  @Test(arguments: [
    ("policy: !strict { grace: 1d }", "3:9: tags (!…) are not accepted"),
    ("policy: { grace: !!int 7 }", "3:18: tags (!…) are not accepted"),
    ("policy: { warn_before: !!set [1d] }", "3:24: tags (!…) are not accepted"),
    ("!x policy: { grace: 1d }", "3:1: tags (!…) are not accepted"),
    ("policy: &p { grace: 1d }", "3:9: anchors (&…) and aliases (*…) are not accepted"),
    ("policy: { grace: &g 1d, critical_before: *g }", "3:18: anchors (&…) and aliases (*…)"),
    ("&k policy: { grace: 1d }", "3:1: anchors (&…) and aliases (*…) are not accepted"),
  ])
  func `tags, anchors and aliases are refused`(line: String, complaint: String) {
    let complaints = ConfigurationText.complaints(about: ConfigurationText.file(line))
    #expect(complaints.first?.hasPrefix(complaint) == true, "\(complaints)")
    #expect(complaints.allSatisfy { $0.contains("not accepted") || $0.contains("a key is a word") })
  }

  @Test func `aliases that multiply are refused before they are followed`() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...30 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    let complaints = ConfigurationText.complaints(about: text + "? *a30\n: 1\n")
    #expect(complaints.count == 1)
    #expect(complaints.first?.hasPrefix("2:10: anchors (&…) and aliases (*…)") == true)
  }

  @Test(arguments: ["[", "{ a: ", "- "])
  func `nesting without end is refused`(opening: String) {
    let text = String(repeating: opening, count: 50_000)
    let complaints = ConfigurationText.complaints(about: text)
    #expect(complaints.count == 1)
    #expect(complaints.first?.hasSuffix("this is nested too deeply") == true, "\(complaints)")
  }
}
