import Foundation

/// Runs every task of one history on one thread, one job after the other, in the order they came.
///
/// So nothing depends on how many cores there are or how busy they are, and the end of the queue is
/// a fact: then every process waits for the world, and the world decides who goes on.
final class SingleThread: TaskExecutor {
  private let condition = NSCondition()
  nonisolated(unsafe) private var jobs: [UnownedJob] = []
  nonisolated(unsafe) private var next = 0
  /// How many jobs are away at the database, which has a queue of its own; they come back.
  nonisolated(unsafe) private var away = 0

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    condition.lock()
    jobs.append(job)
    condition.signal()
    condition.unlock()
  }

  /// Runs what is there, and what comes of it, until every task waits.
  func runUntilQuiet() {
    while let job = take() {
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  /// Does something that leaves this thread and comes back to it.
  func abroad<T>(_ work: () async throws -> T) async rethrows -> T {
    away += 1
    defer { away -= 1 }
    return try await work()
  }

  private func take() -> UnownedJob? {
    condition.lock()
    defer { condition.unlock() }
    // `away` is only changed by jobs, so by this thread, and none of them runs now.
    while next == jobs.count && away > 0 { condition.wait() }
    guard next < jobs.count else {
      jobs.removeAll(keepingCapacity: true)
      next = 0
      return nil
    }
    defer { next += 1 }
    return jobs[next]
  }
}
