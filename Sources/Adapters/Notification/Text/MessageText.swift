import Foundation
import Keyturn

/// A message as plain text of at most 78 columns, for mail.
public struct MessageText: Sendable {
  /// The longest line, in columns (RFC 5322 section 2.1.1).
  static let width = 78

  /// The text; its lines end in `\n`.
  public let text: String

  /// Writes a message out: the headline, ten lines at most, the next event, and where it comes
  /// from.
  public init(_ message: Message) {
    var paragraphs = [Self.wrapped(message.subject.shown(upTo: 300))]
    paragraphs += message.shownLines.map { Self.paragraph($0, at: message.at) }
    if message.hiddenLines > 0 {
      paragraphs.append(["and \(message.hiddenLines) more: keyturn status"])
    }
    if let next = message.next { paragraphs.append(Self.wrapped("Next: \(next.words)")) }
    paragraphs.append(Self.footer(message))
    text = paragraphs.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private static func paragraph(_ line: Message.Line, at now: Date) -> [String] {
    var lines = wrapped("\(line.word): \(line.title.shown(upTo: 200))")
    lines += wrapped(line.text.shown(upTo: 400), indent: "  ")
    if !line.remedy.isEmpty {
      lines += wrapped("To do: \(line.remedy.shown(upTo: 400))", indent: "  ")
    }
    if let deadline = line.deadline(from: now) { lines.append("  By: \(deadline)") }
    if let keyID = line.keyID { lines += wrapped("Key id: \(keyID.shown(upTo: 60))", indent: "  ") }
    return lines
  }

  private static func footer(_ message: Message) -> [String] {
    var lines = ["-- "]
    lines += wrapped("keyturn on \(message.host.shown(upTo: 100)), \(Timestamp.format(message.at))")
    if let snoozing = message.snoozing {
      lines += wrapped("Not to be warned for a while: \(snoozing)")
    }
    lines += wrapped(
      "Message \(message.id.shown(upTo: 64)) of the route \(message.route.shown(upTo: 60))")
    return lines
  }

  /// Breaks a text at its spaces; a word that is too long for a line is cut.
  static func wrapped(_ text: String, indent: String = "") -> [String] {
    let room = width - indent.utf8.count
    var lines: [String] = []
    var line = ""
    var columns = 0
    for word in text.split(separator: " ").flatMap({ pieces(of: $0, room) }) {
      let needed = word.columns + (line.isEmpty ? 0 : 1)
      if columns + needed > room {
        lines.append(line)
        (line, columns) = (word, word.columns)
      } else {
        line += line.isEmpty ? word : " \(word)"
        columns += needed
      }
    }
    return (lines + [line]).map { indent + $0 }
  }

  private static func pieces(of word: Substring, _ room: Int) -> [String] {
    guard String(word).columns > room else { return [String(word)] }
    var pieces = [""]
    // A letter with more marks on it than a line has columns is divided too.
    let parts = word.flatMap { character -> [String] in
      let whole = String(character)
      return whole.columns <= room ? [whole] : whole.unicodeScalars.map { String($0) }
    }
    for part in parts {
      if pieces[pieces.count - 1].columns + part.columns > room { pieces.append("") }
      pieces[pieces.count - 1] += part
    }
    return pieces
  }
}

extension String {
  /// At most so many columns does it take: what may be wide counts as wide.
  fileprivate var columns: Int {
    unicodeScalars.reduce(0) { $0 + ($1.value < 0x1100 ? 1 : 2) }
  }
}
