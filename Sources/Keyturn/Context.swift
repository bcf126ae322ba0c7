import Foundation

/// The world as a struct of closures: time and chance come in through here and nowhere else.
public struct Context: Sendable {
  /// The present instant.
  public var now: @Sendable () -> Date
  /// Waits for so many seconds; throws `CancellationError` when the task is cancelled.
  public var sleep: @Sendable (TimeInterval) async throws -> Void
  /// So many bytes from a source fit for keys.
  public var random: @Sendable (Int) -> [UInt8]

  /// A world made of these closures.
  public init(
    now: @escaping @Sendable () -> Date,
    sleep: @escaping @Sendable (TimeInterval) async throws -> Void,
    random: @escaping @Sendable (Int) -> [UInt8]
  ) {
    self.now = now
    self.sleep = sleep
    self.random = random
  }

  /// The machine's clock and its random source.
  public static let live = Context(
    now: { Date() },
    sleep: { try await Task.sleep(for: .seconds($0)) },
    random: { count in
      var generator = SystemRandomNumberGenerator()
      return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    })

  /// The world as it will be: the same, with the clock stopped at `instant`.
  public func stopped(at instant: Date) -> Context {
    Context(now: { instant }, sleep: sleep, random: random)
  }

  /// A number from 0 up to 1, for jitter.
  public func fraction() -> Double {
    Double(random(2).reduce(0) { $0 << 8 | UInt16($1) }) / 65_536
  }

  /// A UUID of version 7 (RFC 9562 section 5.7) for the present instant.
  public func uuid7() -> String {
    let milliseconds = UInt64(max(0, now().timeIntervalSince1970) * 1_000)
    var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64($0))) }
    bytes += random(10)
    bytes[6] = bytes[6] & 0x0F | 0x70
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for (position, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(position) { text.append(UInt8(ascii: "-")) }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 0xF)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
