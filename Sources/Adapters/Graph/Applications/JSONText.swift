import Foundation
import Keyturn

/// A text of a JSON document where it stands, read only when somebody wants it.
struct JSONText {
  /// What is between the quotes: UTF-8 without a mistake, and whole escapes.
  let raw: UnsafeBufferPointer<UInt8>
  let hasEscapes: Bool

  /// The text.
  var string: String {
    hasEscapes ? unescaped : String(decoding: raw, as: UTF8.self)
  }

  /// Whether it is this one, however it is written.
  func equals(_ other: StaticString) -> Bool {
    if hasEscapes { return unescaped == "\(other)" }
    guard raw.count == other.utf8CodeUnitCount else { return false }
    for offset in 0..<raw.count where raw[offset] != other.utf8Start[offset] { return false }
    return true
  }

  /// The GUID in it.
  var guid: GUID? {
    hasEscapes ? GUID(unescaped) : GUID(ascii: raw)
  }

  /// The instant in it, in whole seconds since 1970.
  var instant: Int? {
    guard hasEscapes else { return WireInstant.seconds(raw) }
    var text = unescaped
    return text.withUTF8 { WireInstant.seconds($0) }
  }

  private var unescaped: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(raw.count)
    var position = 0
    while position < raw.count {
      guard raw[position] == UInt8(ascii: "\\") else {
        bytes.append(raw[position])
        position += 1
        continue
      }
      guard raw[position + 1] == UInt8(ascii: "u") else {
        bytes.append(Self.meaning(of: raw[position + 1]))
        position += 2
        continue
      }
      var units: [UInt16] = []
      while let unit = Self.unit(in: raw, at: position) {
        units.append(unit)
        position += 6
      }
      bytes += Array(String(decoding: units, as: UTF16.self).utf8)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func meaning(of letter: UInt8) -> UInt8 {
    switch letter {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: letter
    }
  }

  /// The code unit of `\uXXXX`; nil where something else stands.
  static func unit(in bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> UInt16? {
    guard position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { return nil }
    var unit: UInt16 = 0
    for byte in bytes[(position + 2)..<(position + 6)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        return nil
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }
}

/// Instants as Microsoft Graph writes them, counted without a calendar.
///
/// ``Timestamp`` reads a text in some microseconds, and a tenant has half a million of them.
enum WireInstant {
  /// The last second of the year 9999, which stands for every later one.
  static let last = 253_402_300_799

  /// Seconds since 1970 of an RFC 3339 text with any number of fractional digits, which are dropped.
  ///
  /// Years beyond 9999 count as the last instant of 9999 and those before 1970 as the first of 1970:
  /// what never ends, and what ended long ago. Returns nil for anything else.
  static func seconds(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard text.count <= 48, let first = text.first, let last = text.last else { return nil }
    // .NET knows no such year, but whoever writes one means that the secret has no end.
    if first == UInt8(ascii: "+") { return Self.last }
    let yearDigits = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
    if yearDigits > 4 { return yearDigits < 10 ? Self.last : nil }
    guard yearDigits == 4, text.count >= 20 else { return nil }
    let digits = DigitReader(text: text)
    guard let year = digits.number(0, 4), let month = digits.number(5, 2),
      let day = digits.number(8, 2), let hour = digits.number(11, 2),
      let minute = digits.number(14, 2), let second = digits.number(17, 2),
      digits.holds("-", 4), digits.holds("-", 7), digits.holds(":", 13), digits.holds(":", 16),
      text[10] | 0x20 == UInt8(ascii: "t"), (1...12).contains(month), day >= 1,
      day <= daysIn(month, of: year), hour < 24, minute < 60, second < 60
    else { return nil }
    var end = 19
    if digits.holds(".", end) {
      end += 1
      let start = end
      while end < text.count, digits.number(end, 1) != nil { end += 1 }
      guard end > start else { return nil }
    }
    var offset = 0
    if end == text.count - 1 {
      guard last | 0x20 == UInt8(ascii: "z") else { return nil }
    } else {
      guard end == text.count - 6, let hours = digits.number(end + 1, 2),
        digits.holds(":", end + 3),
        let minutes = digits.number(end + 4, 2), hours < 24, minutes < 60,
        digits.holds("+", end) || digits.holds("-", end)
      else { return nil }
      offset = (hours * 60 + minutes) * (digits.holds("-", end) ? -60 : 60)
    }
    let instant =
      days(to: day, month, year) * 86_400 + hour * 3_600 + minute * 60 + second - offset
    return min(max(instant, 0), Self.last)
  }

  /// Days since 1970-01-01 in the Gregorian calendar, its years beginning in March.
  private static func days(to day: Int, _ month: Int, _ year: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let ofEra = year - era * 400
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }

  private static func daysIn(_ month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

/// Digits at fixed places of a text.
private struct DigitReader {
  let text: UnsafeBufferPointer<UInt8>

  func number(_ start: Int, _ count: Int) -> Int? {
    var number = 0
    for position in start..<(start + count) {
      guard position < text.count,
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position])
      else { return nil }
      number = number * 10 + Int(text[position] - UInt8(ascii: "0"))
    }
    return number
  }

  func holds(_ character: Unicode.Scalar, _ position: Int) -> Bool {
    position < text.count && UInt32(text[position]) == character.value
  }
}
