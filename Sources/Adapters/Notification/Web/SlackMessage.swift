import Foundation
import Keyturn

/// A message in Slack's form: blocks, and a text for notifications.
///
/// Source: Slack, "Block Kit" (3,000 characters in a section, 150 in a header, 50 blocks) and
/// "Formatting text for app surfaces" (escaping).
struct SlackMessage: Encodable, Sendable {
  private let text: String
  private let blocks: [Block]

  /// The message as UTF-8.
  var data: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)) ?? Data()
  }

  init(_ message: Message) {
    text = Self.escaped(message.subject, upTo: 300)
    var blocks = [Block(type: "header", text: .plain(Self.heading(message.subject)))]
    blocks += message.shownLines.map { line in
      Block(type: "section", text: .markdown(Self.section(line, at: message.at)))
    }
    var footer: [String] = []
    if message.hiddenLines > 0 {
      footer.append("and \(message.hiddenLines) more: `keyturn status`")
    }
    if let next = message.next { footer.append(Self.escaped("next: \(next.words)", upTo: 300)) }
    footer.append(
      Self.escaped("keyturn on \(message.host.shown(upTo: 80)), message \(message.id)", upTo: 200))
    blocks.append(
      Block(type: "context", elements: [.markdown(footer.joined(separator: "\n"))]))
    self.blocks = blocks
  }

  /// A header's text; what Slack counts as characters are UTF-16 code units.
  private static func heading(_ subject: String) -> String {
    let text = subject.shown(upTo: 140)
    return text.utf16.count <= 150 ? text : subject.shown(upTo: 70)
  }

  private static func section(_ line: Message.Line, at now: Date) -> String {
    var text = "*\(line.word)* \(escaped(line.title, upTo: 160))\n\(escaped(line.text, upTo: 600))"
    if !line.remedy.isEmpty { text += "\nTo do: \(escaped(line.remedy, upTo: 600))" }
    if let deadline = line.deadline(from: now) { text += "\nBy: \(deadline)" }
    return text
  }

  /// Text that Slack shows as it stands: no link, and nobody is called by `<!channel>`.
  ///
  /// At most 900 UTF-16 code units, so that a title and two texts fit into a section: an escape may
  /// take five for one.
  private static func escaped(_ text: String, upTo limit: Int) -> String {
    let replacements = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")]
    let whole = replacements.reduce(text.shown(upTo: limit)) {
      $0.replacingOccurrences(of: $1.0, with: $1.1)
    }
    guard whole.utf16.count > 900 else { return whole }
    return escaped(text, upTo: limit / 2)
  }

  private struct Block: Encodable {
    var type: String
    var text: Text?
    var elements: [Text]?
  }

  private struct Text: Encodable {
    var type: String
    var text: String

    static func plain(_ text: String) -> Text { Text(type: "plain_text", text: text) }
    static func markdown(_ text: String) -> Text { Text(type: "mrkdwn", text: text) }
  }
}
