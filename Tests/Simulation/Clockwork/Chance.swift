import Foundation

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

  /// A source of its own, so that what one process draws changes nothing for the others.
  mutating func branch() -> Chance {
    Chance(seed: next())
  }

  /// A number from 0 up to 1.
  mutating func fraction() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Whether something of this probability happens.
  mutating func happens(_ probability: Double) -> Bool {
    fraction() < probability
  }

  /// A number from a range.
  mutating func number(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + fraction() * (range.upperBound - range.lowerBound)
  }

  /// A number whose orders of magnitude are equally likely: as often 1 to 10 as 10 to 100.
  mutating func magnitude(_ range: ClosedRange<Double>) -> Double {
    exp(number(log(range.lowerBound)...log(range.upperBound)))
  }

  /// A whole number from a range.
  mutating func count(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }

  /// One of several.
  mutating func pick<T>(_ choices: [T]) -> T {
    choices[Int(next() % UInt64(choices.count))]
  }

  /// A waiting time with this mean, as long as nothing remembers how long it has lasted.
  mutating func waiting(mean: Double) -> Double {
    -log(1 - fraction()) * mean
  }
}
