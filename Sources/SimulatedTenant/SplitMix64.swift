import Foundation

/// The tenant's source of randomness: one number of state, the same sequence for the same seed.
///
/// See <https://prng.di.unimi.it/splitmix64.c>.
struct SplitMix64: RandomNumberGenerator, Sendable, Equatable {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.mixed(state)
  }

  /// The number that a state stands for: a bijection that leaves nothing of the order.
  static func mixed(_ state: UInt64) -> UInt64 {
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

extension SplitMix64 {
  /// A random GUID (RFC 9562, version 4), in lower case as Microsoft writes them.
  mutating func guid() -> String {
    let high = next() & 0xffff_ffff_ffff_0fff | 0x4000
    let low = next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
    let bytes = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) {
      $0.loadUnaligned(as: uuid_t.self)
    }
    return UUID(uuid: bytes).uuidString.lowercased()
  }

  /// A GUID that is always the same for the same text.
  static func guid(from text: String) -> String {
    // FNV-1a: Swift's own hashes differ from one process to the next.
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3
    }
    var generator = SplitMix64(seed: hash)
    return generator.guid()
  }

  /// A client secret as Entra makes them: 40 characters, `8Q~` after the first three.
  mutating func secretValue() -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return text(3, from: letters + "_~.") + "8Q~" + text(34, from: letters + "_~.-")
  }

  /// As many bytes as an RSA signature with a key of 2048 bits has.
  mutating func signature() -> Data {
    var data = Data(capacity: 256)
    for _ in 0..<32 { withUnsafeBytes(of: next().bigEndian) { data.append(contentsOf: $0) } }
    return data
  }

  /// A number of seconds out of a range.
  mutating func seconds(in range: ClosedRange<Double>) -> Double {
    range.lowerBound == range.upperBound
      ? range.lowerBound : Double.random(in: range, using: &self)
  }

  private mutating func text(_ length: Int, from alphabet: String) -> String {
    let characters = Array(alphabet)
    return String(
      (0..<length).map { _ in characters[Int.random(in: characters.indices, using: &self)] })
  }
}
