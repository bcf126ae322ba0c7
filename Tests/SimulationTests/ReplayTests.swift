import Foundation
import Testing

@testable import SimulationCommand

/// What a seed is worth depends on this: it tells the same history each time, on every machine.
@Suite struct ReplayTests {
  /// Every tenth seed has a real database.
  @Test(arguments: [3, 10] as [UInt64])
  func `a seed replays exactly`(seed: UInt64) async {
    let first = await run(seed)
    let second = await run(seed)
    #expect(first.hash == second.hash)
    #expect(first.last == second.last)
    #expect(first.statistics.events == second.statistics.events)
    #expect(first.statistics.events > 500)
  }

  @Test func `another seed is another history`() async {
    let (first, second) = (await run(5), await run(6))
    #expect(first.hash != second.hash)
  }

  @Test func `a history leaves nothing behind`() async throws {
    _ = await run(20)
    let left = try FileManager.default.contentsOfDirectory(atPath: History.root.path)
      .filter { $0.hasPrefix(History.folderName(of: 20)) }
    #expect(left.isEmpty)
  }

  /// A history holds a thread for itself, which must not be one of those that tests run on.
  private func run(_ seed: UInt64) async -> History.Result {
    await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: History.run(seed: seed, nights: 20)) }
      thread.stackSize = 8 << 20
      thread.start()
    }
  }
}
