import Foundation
import Keyturn

/// A message as an Adaptive Card, in the envelope that a workflow of Microsoft Teams takes.
///
/// The texts are in runs of a RichTextBlock, which know no Markdown: a name can't become a link.
/// Source: Adaptive Cards 1.4; Microsoft Teams, "Create and send messages" (28 KB).
struct TeamsCard: Sendable {
  /// The largest message, in bytes, with room for what Teams adds.
  static let limit = 24_000

  /// The message as UTF-8.
  let data: Data

  init(_ message: Message) {
    var longest = 500
    var data = Self.encoded(message, longest)
    // Ten lines of long names in a script with four bytes a character would be too much.
    while data.count > Self.limit, longest > 20 {
      longest /= 2
      data = Self.encoded(message, longest)
    }
    self.data = data
  }

  private static func encoded(_ message: Message, _ longest: Int) -> Data {
    var body = [
      Block([Run(message.subject.shown(upTo: min(longest, 220)), size: "Medium", weight: "Bolder")])
    ]
    body += message.shownLines.flatMap { blocks(for: $0, at: message.at, longest) }
    if message.hiddenLines > 0 {
      body.append(Block([Run("and \(message.hiddenLines) more: keyturn status")], isApart: true))
    }
    if let next = message.next {
      body.append(Block([Run("Next: \(next.words.shown(upTo: longest))")], isApart: true))
    }
    let footer = "keyturn on \(message.host.shown(upTo: 80)), message \(message.id.shown(upTo: 64))"
    body.append(Block([Run(footer, size: "Small", isSubtle: true)], isApart: true))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let envelope = Envelope(attachments: [Attachment(content: Card(body: body))])
    return (try? encoder.encode(envelope)) ?? Data()
  }

  private static func blocks(
    for line: Message.Line, at now: Date, _ longest: Int
  ) -> [Block] {
    var blocks = [
      Block(
        [
          Run("\(line.word)  ", weight: "Bolder", color: line.cardColor),
          Run(line.title.shown(upTo: min(longest, 160)), weight: "Bolder"),
        ], isApart: true),
      Block([Run(line.text.shown(upTo: longest))]),
    ]
    if !line.remedy.isEmpty {
      blocks.append(Block([Run("To do: \(line.remedy.shown(upTo: longest))")]))
    }
    if let deadline = line.deadline(from: now) { blocks.append(Block([Run("By: \(deadline)")])) }
    return blocks
  }

  // MARK: - The card's parts

  private struct Envelope: Encodable {
    var type = "message"
    var attachments: [Attachment]
  }

  private struct Attachment: Encodable {
    var contentType = "application/vnd.microsoft.card.adaptive"
    var content: Card
  }

  private struct Card: Encodable {
    var schema = "http://adaptivecards.io/schemas/adaptive-card.json"
    var type = "AdaptiveCard"
    var version = "1.4"
    var msteams = ["width": "Full"]
    var body: [Block]

    private enum CodingKeys: String, CodingKey {
      case schema = "$schema"
      case type, version, msteams, body
    }
  }

  private struct Block: Encodable {
    var type = "RichTextBlock"
    var inlines: [Run]
    var separator: Bool?
    var spacing: String

    init(_ inlines: [Run], isApart: Bool = false) {
      self.inlines = inlines
      separator = isApart ? true : nil
      spacing = isApart ? "Medium" : "None"
    }
  }

  private struct Run: Encodable {
    var type = "TextRun"
    var text: String
    var size: String?
    var weight: String?
    var color: String?
    var isSubtle: Bool?

    init(
      _ text: String, size: String? = nil, weight: String? = nil, color: String? = nil,
      isSubtle: Bool? = nil
    ) {
      self.text = text
      self.size = size
      self.weight = weight
      self.color = color
      self.isSubtle = isSubtle
    }
  }
}

extension Message.Line {
  fileprivate var cardColor: String {
    if kind == .resolved { return "Good" }
    return switch severity {
    case .critical: "Attention"
    case .warning: "Warning"
    case .unknown: "Accent"
    case .ok: "Good"
    }
  }
}
