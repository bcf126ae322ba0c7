import Foundation

/// Names and values of an `application/x-www-form-urlencoded` body or of a query string.
struct FormFields: Sendable {
  private let values: [String: String]

  /// Reads the fields; of two with one name the first counts.
  init(_ encoded: String) {
    let pairs = encoded.utf8.split(separator: UInt8(ascii: "&")).map { pair -> (String, String) in
      let parts = pair.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      return (
        Self.decode(Substring(parts[0])), parts.count > 1 ? Self.decode(Substring(parts[1])) : ""
      )
    }
    values = Dictionary(pairs) { first, _ in first }
  }

  /// The value of a field, or `nil` where the field is absent.
  subscript(name: String) -> String? { values[name] }

  /// The value of a field, or `nil` where the field is absent or empty.
  func nonEmpty(_ name: String) -> String? {
    values[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Decodes one name or value; text with a broken escape stays as it is.
  static func decode(_ text: some StringProtocol) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
      return String(text)
    }
    let spaced = text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
    return unescaped(spaced) ?? String(decoding: spaced, as: UTF8.self)
  }

  /// The text behind percent escapes, byte by byte, because a simulation reads thousands a second.
  ///
  /// - Returns: `nil` where an escape is broken, or what it hides is no UTF-8.
  static func unescaped(_ bytes: [UInt8]) -> String? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var position = 0
    while position < bytes.count {
      guard bytes[position] == UInt8(ascii: "%") else {
        decoded.append(bytes[position])
        position += 1
        continue
      }
      guard position + 2 < bytes.count, let high = digit(bytes[position + 1]),
        let low = digit(bytes[position + 2])
      else { return nil }
      decoded.append(high << 4 | low)
      position += 3
    }
    return String(validating: decoded, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
