import Foundation

/// A GUID as two numbers, which takes a tenth of the room of its text.
struct GUIDBits: Hashable, Sendable {
  let high: UInt64
  let low: UInt64

  /// Makes a GUID of version 4 (RFC 9562) from random bits.
  init(high: UInt64, low: UInt64) {
    self.high = high & 0xffff_ffff_ffff_0fff | 0x4000
    self.low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
  }

  /// Reads a GUID as people and services write it.
  init?(_ text: String) {
    guard let id = UUID(uuidString: text) else { return nil }
    let (high, low) = withUnsafeBytes(of: id.uuid) {
      (
        UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
    self.high = high
    self.low = low
  }

  /// The GUID in lower case, as Microsoft writes it.
  var text: String {
    var output = JSONBytes()
    output.append(self)
    return output.text
  }
}

/// Renumbers 32-bit numbers in an order that looks random, and back.
///
/// It is a Feistel network: whatever its round function does, it is a bijection, so that a number
/// can stand in an id and be read from it again without a table.
struct Renumbering: Sendable {
  private static let rounds = 4
  private let key: UInt64

  init(key: UInt64) {
    self.key = key
  }

  func callAsFunction(_ number: UInt32) -> UInt32 {
    var (left, right) = (UInt16(number >> 16), UInt16(truncatingIfNeeded: number))
    for round in 0..<Self.rounds { (left, right) = (right, left ^ mixed(right, round)) }
    return UInt32(left) << 16 | UInt32(right)
  }

  /// The number that became this one.
  func original(of number: UInt32) -> UInt32 {
    var (left, right) = (UInt16(number >> 16), UInt16(truncatingIfNeeded: number))
    for round in (0..<Self.rounds).reversed() { (left, right) = (right ^ mixed(left, round), left) }
    return UInt32(left) << 16 | UInt32(right)
  }

  private func mixed(_ half: UInt16, _ round: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: SplitMix64.mixed(key &+ UInt64(half) << 8 &+ UInt64(round)))
  }
}
