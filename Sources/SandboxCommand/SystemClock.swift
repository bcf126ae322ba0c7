import Foundation

/// The machine's clock; nothing else in the sandbox reads it.
enum SystemClock {
  static func now() -> Date { Date() }
}
