import Foundation
import Keyturn

/// What came of a campaign, as lines to print.
struct Outcome: Sendable {
  var statistics = Statistics()
  var violations: [History.Result] = []
  /// Seconds on the clock.
  var seconds = 0.0
  /// Seconds of all processors together.
  var processorSeconds = 0.0

  mutating func add(_ result: History.Result) {
    statistics.add(result.statistics)
    if result.violation != nil { violations.append(result) }
  }

  var lines: [String] {
    violations.prefix(2).flatMap(Self.story) + kinds + coverage + empty + [""] + numbers
  }

  /// For programs: the seed, the invariant and the seconds.
  var briefLines: [String] {
    guard let first = violations.first, let violation = first.violation else {
      return ["none\t-\t\(rounded(seconds))"]
    }
    return ["\(first.seed)\t\(violation.invariant)\t\(rounded(seconds))\t\(violation.text)"]
  }

  private static func story(_ result: History.Result) -> [String] {
    guard let violation = result.violation else { return [] }
    return result.last + [
      "VIOLATION seed \(result.seed), event \(violation.event): \(violation.text)",
      "again: make simulate SEED=\(result.seed)", "",
    ]
  }

  /// What was broken, each with the seeds that show it.
  private var kinds: [String] {
    var seeds: [String: [UInt64]] = [:]
    for result in violations {
      // Ids and dates differ from one history to the next.
      let text = (result.violation?.text ?? "").replacing(#/connection-[0-9]: /#, with: "")
        .replacing(#/[0-9a-f]{4,}|[0-9]/#, with: "·")
      seeds[String(text.prefix(70)), default: []].append(result.seed)
    }
    return seeds.sorted { $0.value.count > $1.value.count }
      .map { "\($0.value.count) × \($0.key): seeds \($0.value.prefix(8))" } + [""]
  }

  // MARK: Numbers

  private var numbers: [String] {
    let some = statistics
    let all = some.faults.values.joined().reduce(0, +)
    return [
      "seeds        \(some.seeds), \(rate(some.seeds)) a second",
      "nights       \(some.nights), \(rate(some.nights)) a second,"
        + " \(rounded(Double(some.nights) / max(processorSeconds, 0.001))) a second of one core;"
        + " \(some.failedNights) more failed",
      "events       \(some.events), \(some.writes) of them writes to the store",
      "faults       \(all)",
      "restores     \(some.restoresLeftOut) left out, because nobody could tell what is in use since the"
        + " copy was made",
      "violations   \(violations.count)"
        + (violations.isEmpty ? "" : ", seeds \(violations.map(\.seed))"),
    ]
  }

  private func rate(_ count: Int) -> String {
    rounded(Double(count) / max(seconds, 0.001))
  }

  private func rounded(_ number: Double) -> String {
    String(format: "%.1f", number)
  }

  // MARK: Coverage

  private static let columns = ["idle"] + Rotation.Step.allCases.map(\.rawValue)

  private var coverage: [String] {
    let width = (Fault.allCases.map(\.rawValue.count).max() ?? 0) + 2
    let head =
      "fault".padded(width) + (["all"] + Self.columns).map { $0.paddedLeft(12) }.joined()
    return [head]
      + Fault.allCases.map { fault in
        let counts = statistics.faults[fault] ?? Array(repeating: 0, count: Self.columns.count)
        let all = counts.reduce(0, +)
        return fault.rawValue.padded(width)
          + ([all] + counts).map { "\($0)".paddedLeft(12) }.joined()
      }
  }

  /// The pairs of fault and step that never met.
  private var empty: [String] {
    let cells = Fault.allCases.compactMap { fault -> String? in
      let counts = statistics.faults[fault] ?? Array(repeating: 0, count: Self.columns.count)
      let names = zip(Self.columns, counts).filter { $0.1 == 0 }.map(\.0)
      return names.isEmpty ? nil : "  \(fault.rawValue): \(names.joined(separator: ", "))"
    }
    return cells.isEmpty ? [] : ["", "never met:"] + cells
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  fileprivate func paddedLeft(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
