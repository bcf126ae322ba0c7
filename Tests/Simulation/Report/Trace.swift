import Foundation

/// What happened, in words: its end is shown, and all of it is in a hash.
///
/// Words cost more than what they tell of: a history of which nobody has to read is told without, and
/// once more with them if something happened in it that must not.
final class Trace {
  private let isVerbose: Bool
  private let hasWords: Bool
  private var lines: [(at: Double, text: String)] = []
  /// FNV-1a over everything so far, as far as it is told.
  private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  init(isVerbose: Bool, hasWords: Bool) {
    self.isVerbose = isVerbose
    self.hasWords = hasWords
  }

  func add(_ now: Double, _ words: @autoclosure () -> String) {
    mix(now.bitPattern)
    guard hasWords else { return }
    let text = words()
    for byte in text.utf8 { mix(UInt64(byte)) }
    if isVerbose { print(Self.line(now, text)) }
    lines.append((now, text))
    if lines.count > 400 { lines.removeFirst(200) }
  }

  private func mix(_ value: UInt64) {
    hash = (hash ^ value) &* 0x0000_0100_0000_01B3
  }

  /// The last events, oldest first.
  func last(_ count: Int) -> [String] {
    lines.suffix(count).map { Self.line($0.at, $0.text) }
  }

  private static func line(_ now: Double, _ text: String) -> String {
    let seconds = now.rounded(.down)
    let date = Date(timeIntervalSince1970: seconds)
    let thousandths = Int((now - seconds) * 1_000)
    let digits = String(thousandths + 1_000).dropFirst()
    return "\(date.formatted(.iso8601).dropLast()).\(digits)  \(text)"
  }
}
