import Foundation

/// JSON as it is written, byte by byte, for answers that hold hundreds of thousands of values.
struct JSONBytes: Sendable {
  private static let digits = Array("0123456789abcdef".utf8)
  private(set) var bytes: [UInt8] = []

  /// Everything that was written.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  mutating func append(_ other: [UInt8]) { bytes.append(contentsOf: other) }

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func append(_ value: JSON) { append(value.text) }

  /// Writes a string literal, or null.
  mutating func appendString(_ text: String?) {
    guard let text else { return append("null") }
    let isPlain = !text.utf8.contains { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c }
    guard isPlain else { return append(JSON.string(text)) }
    append(UInt8(ascii: "\""))
    append(text)
    append(UInt8(ascii: "\""))
  }

  /// Writes a GUID in lower case, without quotation marks.
  mutating func append(_ id: GUIDBits) {
    for shift in stride(from: 60, through: 0, by: -4) {
      if shift == 28 || shift == 12 { append(UInt8(ascii: "-")) }
      append(Self.digits[Int(id.high >> UInt64(shift) & 15)])
    }
    append(UInt8(ascii: "-"))
    for shift in stride(from: 60, through: 0, by: -4) {
      if shift == 44 { append(UInt8(ascii: "-")) }
      append(Self.digits[Int(id.low >> UInt64(shift) & 15)])
    }
  }

  /// Writes a moment in Graph's form, without quotation marks.
  mutating func append(ticks: Int64, fraction: Bool = true) {
    let time = CivilTime(ticks: ticks)
    append(time.year, width: 4)
    append(UInt8(ascii: "-"))
    append(time.month, width: 2)
    append(UInt8(ascii: "-"))
    append(time.day, width: 2)
    append(UInt8(ascii: "T"))
    append(time.hour, width: 2)
    append(UInt8(ascii: ":"))
    append(time.minute, width: 2)
    append(UInt8(ascii: ":"))
    append(time.second, width: 2)
    if fraction {
      append(UInt8(ascii: "."))
      append(time.fraction, width: 7)
    }
    append(UInt8(ascii: "Z"))
  }

  /// The last digits of a number, in lower case.
  static func hexadecimal(_ number: UInt64, digits count: Int) -> String {
    var output: [UInt8] = []
    for position in (0..<count).reversed() {
      let digit = Int(truncatingIfNeeded: number >> UInt64(position * 4)) & 15
      output.append(digits[digit])
    }
    return String(decoding: output, as: UTF8.self)
  }

  private mutating func append(_ number: Int, width: Int) {
    var divisor = 1
    for _ in 1..<width { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }
}
