import Foundation
import Synchronization

/// Many histories, one after the other or several at a time.
struct Campaign: Sendable {
  var seeds: ClosedRange<UInt64>
  var nights: Int
  var jobs: Int
  var isVerbose: Bool
  var stopsAtFirst: Bool
  var tolerated: [String] = []

  private struct Progress: Sendable {
    var next: UInt64
    var outcome = Outcome()
  }

  /// Runs them all.
  func run() -> Outcome {
    let startedAt = ContinuousClock.now
    let before = Self.processorSeconds()
    let progress = Mutex(Progress(next: seeds.lowerBound))
    let threads = (0..<max(1, jobs)).map { _ in
      let done = DispatchSemaphore(value: 0)
      let thread = Thread {
        work(progress)
        done.signal()
      }
      thread.stackSize = 8 << 20
      thread.start()
      return done
    }
    for thread in threads { thread.wait() }
    var outcome = progress.withLock { $0.outcome }
    outcome.seconds = (ContinuousClock.now - startedAt) / .seconds(1)
    outcome.processorSeconds = Self.processorSeconds() - before
    outcome.violations.sort { $0.seed < $1.seed }
    return outcome
  }

  /// What this process has used of all processors together; POSIX counts it in millionths.
  private static func processorSeconds() -> Double {
    Double(clock()) / 1_000_000
  }

  private func work(_ progress: borrowing Mutex<Progress>) {
    while true {
      let seed: UInt64? = progress.withLock { state in
        let isOver = stopsAtFirst && !state.outcome.violations.isEmpty
        guard state.next <= seeds.upperBound, !isOver else { return nil }
        state.next += 1
        return state.next - 1
      }
      guard let seed else { return }
      var result = History.run(
        seed: seed, nights: nights, isVerbose: isVerbose, hasWords: false, tolerated: tolerated)
      if result.violation != nil, !isVerbose, !stopsAtFirst {
        result = History.run(seed: seed, nights: nights, tolerated: tolerated)
      }
      progress.withLock { $0.outcome.add(result) }
    }
  }
}
