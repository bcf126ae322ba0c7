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
    let hyphen = UInt8(ascii: "-")
    guard bytes.count == 36, bytes[8] == hyphen, bytes[13] == hyphen, bytes[18] == hyphen,
      bytes[23] == hyphen
    else { return nil }
    // A whole tenant has a million of them: what is no digit is noted, and looked at once, at the end.
    var strange: UInt8 = 0
    func number(_ places: Range<Int>, after number: UInt64) -> UInt64 {
      var number = number
      for place in places {
        let digit = Self.digit(bytes[place])
        strange |= digit
        number = number << 4 | UInt64(digit & 0xF)
      }
      return number
    }
    let high = number(14..<18, after: number(9..<13, after: number(0..<8, after: 0)))
    let low = number(24..<36, after: number(19..<23, after: 0))
    guard strange < 16 else { return nil }
    self.init(high: high, low: low)
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

  /// The value of a hexadecimal digit; 255 for any other byte.
  private static func digit(_ byte: UInt8) -> UInt8 {
    let number = byte &- UInt8(ascii: "0")
    // Capital letters differ from small ones in this bit.
    let letter = (byte | 0x20) &- UInt8(ascii: "a")
    return number < 10 ? number : letter < 6 ? letter + 10 : .max
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
