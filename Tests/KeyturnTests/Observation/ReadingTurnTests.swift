import Foundation
import Synchronization
import Testing

@testable import Keyturn

/// What tenants that are read side by side wait for.
@Suite struct ReadingTurnTests {
  private let world = SimulatedWorld()

  private func slots(tenants: Int, requests: Int) -> ReadingSlots {
    var limits = TenantWatch.Limits()
    limits.tenants = tenants
    limits.requests = requests
    return ReadingSlots(limits)
  }

  private func turn(_ slots: ReadingSlots) throws -> ReadingTurn {
    ReadingTurn(try Connection.sample().server, slots, in: world.context)
  }

  private var deadline: Date { world.now.addingTimeInterval(600) }

  /// Lets every task run as far as it gets.
  private func settle() async {
    for _ in 0..<100 { await Task.yield() }
  }

  @Test func `while one stores what it got, another asks`() async throws {
    let slots = slots(tenants: 2, requests: 1)
    let (first, second) = (try turn(slots), try turn(slots))
    await first.begin()
    await second.begin()
    try await first.ask(until: deadline)
    let isAsking = Mutex(false)
    let waiting = Task {
      try await second.ask(until: deadline)
      isAsking.withLock { $0 = true }
    }
    await settle()
    #expect(!isAsking.withLock { $0 })
    await first.rest()
    try await waiting.value
    // Whoever rests twice does not give away what it no longer has.
    await first.rest()
    let third = Task { try await first.ask(until: deadline) }
    await settle()
    await second.end()
    try await third.value
    await first.end()
  }

  @Test func `no more tenants are in hand than there is room for, unless one only waits`()
    async throws
  {
    let slots = slots(tenants: 1, requests: 5)
    let (first, second) = (try turn(slots), try turn(slots))
    await first.begin()
    let hasBegun = Mutex(false)
    let waiting = Task {
      await second.begin()
      hasBegun.withLock { $0 = true }
      await settle()
      await second.end()
    }
    await settle()
    #expect(!hasBegun.withLock { $0 })
    try await first.ask(after: 30, until: deadline)
    await waiting.value
    #expect(hasBegun.withLock { $0 })
    #expect(world.now == SimulatedWorld.night.addingTimeInterval(30))
    await first.end()
  }

  @Test func `a wait beyond the deadline is none, and keeps what was held`() async throws {
    let slots = slots(tenants: 1, requests: 1)
    let turn = try turn(slots)
    await turn.begin()
    try await turn.ask(until: deadline)
    await #expect(throws: DirectoryFailure.self) { try await turn.ask(after: 900, until: deadline) }
    #expect(world.now == SimulatedWorld.night)
    await turn.end()
    // Both are free again.
    let next = try self.turn(slots)
    await next.begin()
    try await next.ask(until: deadline)
    await next.end()
  }
}
