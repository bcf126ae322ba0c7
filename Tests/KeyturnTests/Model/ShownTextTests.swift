import Keyturn
import Testing

@Suite struct ShownTextTests {
  @Test(arguments: [
    ("plain text", "plain text"), ("Grüße, 你好 🙂", "Grüße, 你好 🙂"),
    ("\u{1B}[31mred", "\\u{1b}[31mred"), ("a\nb\r\nc", "a\\u{a}b\\u{d}\\u{a}c"),
    ("a\tb", "a\\u{9}b"), ("\u{0}", "\\u{0}"), ("\u{7F}\u{9B}", "\\u{7f}\\u{9b}"),
    ("\u{202E}cod.exe", "\\u{202e}cod.exe"), ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
    ("\u{200F}\u{61C}", "\\u{200f}\\u{61c}"), ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
    ("\u{FEFF}x", "\\u{feff}x"), ("\u{E0041}", "\\u{e0041}"), ("", ""),
  ])
  func `nothing that acts on a terminal gets through`(text: String, shown: String) {
    #expect(text.shown() == shown)
  }

  @Test(arguments: [
    ("abc", 3, "abc"), ("abcd", 3, "abc…"), ("", 0, ""), ("a", 0, "…"),
    ("\u{1B}\u{1B}\u{1B}", 2, "\\u{1b}\\u{1b}…"),
  ])
  func `longer text ends in an ellipsis`(text: String, limit: Int, shown: String) {
    #expect(text.shown(upTo: limit) == shown)
  }

  @Test func `without a limit of its own text has three hundred characters`() {
    #expect(String(repeating: "x", count: 300).shown().count == 300)
    #expect(String(repeating: "x", count: 9_000).shown().count == 301)
    // One letter with a thousand accents is a thousand characters to a terminal.
    #expect(("e" + String(repeating: "\u{301}", count: 1_000)).shown().unicodeScalars.count == 301)
  }
}

@Suite struct SeverityTests {
  private static let worst: [([Severity], Severity)] = [
    ([], .ok), ([.ok, .ok], .ok), ([.ok, .warning], .warning),
    ([.warning, .unknown, .ok], .unknown), ([.unknown, .critical, .warning], .critical),
    ([.critical, .unknown], .critical),
  ]

  @Test(arguments: worst)
  func `the worst wins in the order critical, unknown, warning, ok`(
    severities: [Severity], worst: Severity
  ) {
    #expect(Severity.worst(severities) == worst)
    #expect(Severity.worst(severities.reversed()) == worst)
  }

  @Test(arguments: [(Severity.ok, Int32(0)), (.warning, 1), (.critical, 2), (.unknown, 3)])
  func `exit statuses are those of the monitoring plugins`(severity: Severity, status: Int32) {
    #expect(severity.exitStatus == status)
  }

  @Test func `worse is what is listed before`() {
    let listed: [Severity] = [.critical, .unknown, .warning, .ok]
    #expect(Severity.allCases.shuffledAndSorted() == listed)
    #expect(!Severity.ok.isWorse(than: .ok))
  }
}

extension [Severity] {
  fileprivate func shuffledAndSorted() -> [Severity] {
    var chance = Chance(seed: 5)
    return shuffled(using: &chance).sorted { $0.isWorse(than: $1) }
  }
}
