import Foundation
import Keyturn

/// Header fields of a mail, each on lines short enough for every mail system.
///
/// Source: RFC 5322 section 2.2, and RFC 2047 for what is not ASCII.
enum MailHeader {
  /// How many bytes of text one encoded word holds: with the name of its field it fits into 76
  /// columns.
  private static let wordSize = 39

  /// A field with text for people.
  ///
  /// Whatever stands in the text, it is one field: line breaks and other control characters are
  /// shown as `\u{…}`.
  static func text(_ name: String, _ value: String, newline: String) -> String {
    let value = value.shown(upTo: 400)
    let isPlain =
      value.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !value.contains("=?")
      && value == value.trimmingCharacters(in: .whitespaces)
      && name.utf8.count + 2 + value.utf8.count <= 76
    return "\(name): " + (isPlain ? value : encodedWords(value).joined(separator: newline + " "))
  }

  /// A field with addresses, one a line.
  static func addresses(_ name: String, _ addresses: [EmailAddress], newline: String) -> String {
    "\(name): " + addresses.map(\.description).joined(separator: ",\(newline) ")
  }

  /// The time of a mail (RFC 5322 section 3.3).
  static func date(_ date: Date) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = .gmt
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss"
    return formatter.string(from: date) + " +0000"
  }

  /// Text in base64; no character is divided between two words (RFC 2047 section 5).
  private static func encodedWords(_ text: String) -> [String] {
    var words: [Data] = [Data()]
    for scalar in text.unicodeScalars {
      let bytes = Data(String(scalar).utf8)
      if words[words.count - 1].count + bytes.count > wordSize { words.append(Data()) }
      words[words.count - 1].append(bytes)
    }
    return words.map { "=?UTF-8?B?\($0.base64EncodedString())?=" }
  }
}
