import Foundation
import Keyturn
import Synchronization

/// A clock that moves only when somebody sleeps, and chance that repeats itself.
package final class TestWorld: Sendable {
  /// Sunday, 22 November 2026, 02:10 UTC: an ordinary night.
  package static let night = Date(timeIntervalSince1970: 1_795_313_400)

  private let time: Mutex<Date>
  private let chance: Mutex<UInt64>

  /// A world that begins at `start`.
  package init(start: Date = night, seed: UInt64 = 1) {
    time = Mutex(start)
    chance = Mutex(seed)
  }

  package var now: Date { time.withLock { $0 } }

  /// Lets so many seconds pass.
  package func pass(_ seconds: TimeInterval) {
    time.withLock { $0 += seconds }
  }

  /// The world as the core sees it.
  package var context: Context {
    Context(
      now: { self.now },
      sleep: { seconds in
        try Task.checkCancellation()
        self.pass(seconds)
      },
      random: { count in
        self.chance.withLock { state in
          (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
          }
        }
      })
  }
}
