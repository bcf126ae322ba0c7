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
    let progress = Mutex(Progress(next: seeds.lowerBound))
    let threads = (0..<max(1, jobs)).map { _ in
      let done = DispatchSemaphore(value: 0)
      let thread = Thread {
        work(progress); done.signal()
      }
      thread.stackSize = 8 << 20
      thread.start()
      return done
    }
    for thread in threads { thread.wait() }
    var outcome = progress.withLock { $0.outcome }
    outcome.seconds = (ContinuousClock.now - startedAt) / .seconds(1)
    outcome.violations.sort { $0.seed < $1.seed }
    return outcome
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
      let result = History.run(
        seed: seed, nights: nights, isVerbose: isVerbose, tolerated: tolerated)
      progress.withLock { $0.outcome.add(result) }
    }
  }
}

/// One seed, from its first night to its last.
enum History {
  /// What came of it.
  struct Result: Sendable {
    var seed: UInt64
    var violation: Checker.Violation?
    var last: [String]
    var hash: UInt64
    var statistics: Statistics
  }

  /// Runs it; everything that it writes is gone afterwards.
  static func run(
    seed: UInt64, nights: Int, isVerbose: Bool = false, tolerated: [String] = []
  ) -> Result {
    let root =
      FileManager.default.isWritableFile(atPath: "/dev/shm")
      ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory
    let folder = root.appending(
      path: "keyturn-simulation-\(ProcessInfo.processInfo.processIdentifier)-\(seed)")
    do {
      let world = try Scenario.world(seed: seed, folder: folder, isVerbose: isVerbose)
      world.checker.tolerated = tolerated
      world.run(until: World.start + Double(nights) * World.day)
      world.close()
      return Result(
        seed: seed, violation: world.checker.violation, last: world.trace.last(60),
        hash: world.trace.hash, statistics: world.statistics)
    } catch {
      return Result(
        seed: seed, violation: .init(invariant: "harness", text: "\(error)", event: 0), last: [],
        hash: 0, statistics: Statistics())
    }
  }
}
