import Foundation
import Keyturn
import Synchronization

/// A clock that moves only when somebody sleeps, and chance that repeats itself.
final class SimulatedWorld: Sendable {
  /// Sunday, 22 November 2026, 02:10 UTC: an ordinary night.
  static let night = Date(timeIntervalSince1970: 1_795_313_400)

  private struct State {
    var now: Date
    var chance: Chance
    var slept: [TimeInterval] = []
    var interruption: (@Sendable () async -> Void)?
  }

  private let state: Mutex<State>

  /// A world that begins at `start`.
  init(start: Date = night, seed: UInt64 = 1) {
    state = Mutex(State(now: start, chance: Chance(seed: seed)))
  }

  var now: Date { state.withLock { $0.now } }

  /// How long each sleep was, in seconds.
  var slept: [TimeInterval] { state.withLock { $0.slept } }

  /// Lets so many seconds pass; fewer than none sets the clock back.
  func pass(_ seconds: TimeInterval) {
    state.withLock { $0.now += seconds }
  }

  /// Lets so many days pass.
  func pass(days: Double) {
    pass(days * 86_400)
  }

  /// What happens wherever somebody waits: for the store, for a server, for time to pass.
  func interrupt(with interruption: (@Sendable () async -> Void)?) {
    state.withLock { $0.interruption = interruption }
  }

  /// A place where others may come in between.
  func pause() async {
    await state.withLock { $0.interruption }?()
  }

  /// The world as the core sees it.
  var context: Context {
    Context(
      now: { self.now },
      sleep: { seconds in
        try Task.checkCancellation()
        self.state.withLock {
          $0.now += seconds
          $0.slept.append(seconds)
        }
        await self.pause()
      },
      random: { count in
        self.state.withLock { state in
          (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &state.chance) }
        }
      })
  }
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same on every machine.
struct Chance: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Whether something of this probability happens.
  mutating func happens(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &self) < probability
  }
}
