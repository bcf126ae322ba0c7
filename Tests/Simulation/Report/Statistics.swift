import Keyturn

/// What happened in one history, or in many.
struct Statistics: Sendable {
  var seeds = 0
  var events = 0
  var nights = 0
  var failedNights = 0
  var writes = 0
  /// Backups that were not put back, because the result would be the protocol's known hole.
  var restoresLeftOut = 0
  /// How often each fault met each step; idle is the first column.
  private(set) var faults: [Fault: [Int]] = [:]

  static let steps: [Rotation.Step?] = [nil] + Rotation.Step.allCases

  mutating func count(_ fault: Fault, _ step: Rotation.Step?) {
    let column = Self.steps.firstIndex(of: step) ?? 0
    faults[fault, default: Array(repeating: 0, count: Self.steps.count)][column] += 1
  }

  /// Adds what happened in another history.
  mutating func add(_ other: Statistics) {
    seeds += 1
    events += other.events
    nights += other.nights
    failedNights += other.failedNights
    writes += other.writes
    restoresLeftOut += other.restoresLeftOut
    for (fault, counts) in other.faults {
      let old = faults[fault] ?? Array(repeating: 0, count: Self.steps.count)
      faults[fault] = zip(old, counts).map(+)
    }
  }
}
