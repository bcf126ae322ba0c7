/// A GUID as a number: a third of its text, and compared at once.
public struct GUID: Sendable, Hashable {
  public let high: UInt64
  public let low: UInt64

  /// A GUID of its two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads `f0b0b335-1d71-4883-8f98-567911bfdca6`, in either case; nil for anything else.
  public init?(_ text: String) {
    var text = text
    guard let guid = text.withUTF8({ GUID(ascii: $0) }) else { return nil }
    self = guid
  }

  /// Reads the same from the bytes of a text.
  public init?(ascii bytes: UnsafeBufferPointer<UInt8>) {
    guard bytes.count == 36 else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    var digits = 0
    for (position, byte) in bytes.enumerated() {
      if position == 8 || position == 13 || position == 18 || position == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let digit = Self.value(of: byte) else { return nil }
      if digits < 16 {
        halves.0 = halves.0 << 4 | digit
      } else {
        halves.1 = halves.1 << 4 | digit
      }
      digits += 1
    }
    self.init(high: halves.0, low: halves.1)
  }

  /// Reads 16 bytes, the most significant first; nil for another number of them.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    let number = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    self.init(high: number, low: bytes.dropFirst(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// Its 16 bytes, the most significant first.
  public var bytes: [UInt8] {
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
  }

  private static func value(of byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}

extension GUID: CustomStringConvertible {
  /// The GUID as Microsoft Graph writes it, in lower case.
  public var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 36) { buffer in
      var position = 0
      for (index, byte) in bytes.enumerated() {
        if index == 4 || index == 6 || index == 8 || index == 10 {
          buffer[position] = UInt8(ascii: "-")
          position += 1
        }
        buffer[position] = digits[Int(byte >> 4)]
        buffer[position + 1] = digits[Int(byte & 0xF)]
        position += 2
      }
      return position
    }
  }
}

extension GUID: Comparable {
  public static func < (first: GUID, second: GUID) -> Bool {
    (first.high, first.low) < (second.high, second.low)
  }
}
