import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

@Suite struct MessageTextTests {
  @Test func `says what, what to do, by when, and what comes next`() {
    let lines: [Message.Line] = [
      .sample(), .sample("payroll", kind: .resolved, severity: .warning),
      .sample("sales", kind: .reminder, severity: .warning, daysLeft: 20),
    ]
    #expect(
      MessageText(.sample(lines)).text == """
        CRITICAL: magentrix-d365 the secret in use expires in 6 days, on 2026-11-28,
        and 2 more

        CRITICAL: magentrix-d365 (contoso)
          the secret in use expires in 6 days, on 2026-11-28
          To do: run keyturn rotate magentrix-d365 and hand the new value over
          By: 2026-11-28 (in 6 days)
          Key id: f0b0b335-1d71-4883-8f98-567911bfdca6

        WARNING: sales (contoso), a reminder
          the secret in use expires in 6 days, on 2026-11-28
          To do: run keyturn rotate magentrix-d365 and hand the new value over
          By: 2026-12-12 (in 20 days)
          Key id: f0b0b335-1d71-4883-8f98-567911bfdca6

        RESOLVED: payroll (contoso)
          the secret in use expires in 6 days, on 2026-11-28
          To do: run keyturn rotate magentrix-d365 and hand the new value over
          Key id: f0b0b335-1d71-4883-8f98-567911bfdca6

        Next: 2026-11-25 payroll: the overlap of the rotation ends

        --\u{20}
        keyturn on crm01, 2026-11-22T02:10:00Z
        Not to be warned for a while: keyturn snooze sales --until DATE
        Message 0193a0d2-7c00-7abc-8def-0123456789ab of the route admins

        """)
  }

  @Test(arguments: Message.hostileTexts.indices)
  func `no text breaks the lines, the terminal or the bounds`(number: Int) {
    let text = Message.hostileTexts[number]
    let shown = MessageText(.hostile(text)).text
    for line in shown.split(separator: "\n", omittingEmptySubsequences: false) {
      #expect(line.unicodeScalars.count <= MessageText.width)
    }
    let acting = shown.unicodeScalars.filter { $0.value < 0x20 && $0 != "\n" || $0 == "\u{202e}" }
    #expect(acting.isEmpty)
    #expect(!shown.contains("\nBcc:"))
    #expect(shown.utf8.count < 80_000)
    #expect(shown.contains("and 2 more: keyturn status"))
  }

  @Test func `what is critical can't be silenced, and nobody is told how`() {
    #expect(!MessageText(.sample()).text.contains("snooze"))
    let two: [Message.Line] = [
      .sample("a", severity: .warning), .sample("b", severity: .warning),
    ]
    #expect(MessageText(.sample(two)).text.contains("keyturn snooze NAME --until DATE"))
  }

  @Test(arguments: [
    (-2.5, "2 days ago"), (-1.5, "a day ago"), (-0.5, "less than a day ago"),
    (0.5, "in less than a day"), (1.5, "in 1 day"), (2, "in 2 days"),
  ])
  func `the distance of a deadline`(days: Double, words: String) {
    let deadline = Message.Line.sample(daysLeft: days).deadline(from: TestWorld.night)
    #expect(deadline?.hasSuffix("(\(words))") == true)
  }

  @Test func `words that are too long are cut, and wide ones count twice`() {
    #expect(
      MessageText.wrapped("a " + String(repeating: "b", count: 80)).map(\.count) == [1, 78, 2])
    #expect(MessageText.wrapped(String(repeating: "語", count: 80)).map(\.count) == [39, 39, 2])
    #expect(MessageText.wrapped("", indent: "  ") == ["  "])
  }
}

@Suite struct MessageHTMLTests {
  /// The tags of a document, in order.
  private func tags(_ html: String) -> [String] {
    html.matches(of: /<[^>]*>/).map { String($0.output) }
  }

  @Test(arguments: Message.hostileTexts.indices)
  func `no text makes a tag or leaves an attribute`(number: Int) {
    let text = Message.hostileTexts[number]
    let html = MessageHTML(.hostile(text)).html
    #expect(tags(html) == tags(MessageHTML(.hostile("harmless")).html))
    #expect(html.count(where: { $0 == "<" }) == tags(html).count)
    #expect(!html.contains("\u{1b}") && !html.contains("\u{202e}"))
    // Mail systems cut what is larger than 102 kB (Gmail).
    #expect(html.utf8.count < 102_000)
  }

  @Test func `it fetches nothing and runs nothing`() {
    let html = MessageHTML(.sample()).html
    #expect(html.contains("<strong>CRITICAL</strong> magentrix-d365 (contoso)"))
    #expect(html.contains("<strong>By:</strong> 2026-11-28 (in 6 days)"))
    for word in ["http", "src=", "href=", "url(", "<script", "<style", "<link", "<img"] {
      #expect(!html.contains(word))
    }
    #expect(html.contains(#"<meta name="color-scheme" content="light dark">"#))
  }
}
