/// Text as printable ASCII in short lines, which stays readable.
///
/// Source: RFC 2045 section 6.7.
enum QuotedPrintable {
  /// The longest line, its `=` included.
  private static let width = 76

  /// Encodes text whose lines end in `\n`, and ends each of them in `newline`.
  ///
  /// No line begins with a dot, which ends a mail where it stands alone, or with `From `, which
  /// mailboxes take for the next mail.
  static func encode(_ text: String, newline: String) -> String {
    text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { encodeLine(Array($0), newline: newline) }.joined(separator: newline)
  }

  private static func encodeLine(_ bytes: [UInt8], newline: String) -> String {
    var result = ""
    var column = 0
    for (position, byte) in bytes.enumerated() {
      let isLast = position == bytes.count - 1
      var token = token(for: byte, isLast: isLast)
      // The last of a line needs no room for the `=` of a soft line break.
      if column + token.utf8.count > (isLast ? width : width - 1) {
        result += "=" + newline
        column = 0
      }
      if column == 0, byte == UInt8(ascii: ".") || bytes[position...].starts(with: "From ".utf8) {
        token = escaped(byte)
      }
      result += token
      column += token.utf8.count
    }
    return result
  }

  private static func token(for byte: UInt8, isLast: Bool) -> String {
    switch byte {
    case UInt8(ascii: " "): isLast ? escaped(byte) : " "
    case UInt8(ascii: "="), 0...0x1F, 0x7F...0xFF: escaped(byte)
    default: String(UnicodeScalar(byte))
    }
  }

  private static func escaped(_ byte: UInt8) -> String {
    (byte < 16 ? "=0" : "=") + String(byte, radix: 16, uppercase: true)
  }
}
