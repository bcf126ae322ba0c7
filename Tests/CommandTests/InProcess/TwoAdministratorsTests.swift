import TestSupport
import SimulatedTenant
import Adapters
import Foundation
import Synchronization
import Testing

/// I5 on one machine: of two people who rotate at once one wins, and the other is told.
@Suite struct TwoAdministratorsTests {
  private static let name = Stage.name

  /// A transport that lets something else happen before its first request goes on.
  private func pausing(
    _ stage: Stage, _ meanwhile: @escaping @Sendable () async -> Void
  ) -> HTTPTransport {
    let isFirst = Atomic(true)
    let tenant = stage.tenant.transport
    return HTTPTransport { request throws(TransportFailure) in
      if isFirst.exchange(false, ordering: .relaxed) { await meanwhile() }
      return try await tenant.send(request)
    }
  }

  @Test func `who is overtaken while proving exits 75, and the winner's value stays`()
    async throws
  {
    let stage = try await Stage()
    await stage.adopt()
    let first = try stage.makeSecret()
    let second = try stage.makeSecret()
    let overtaken = pausing(stage) {
      await stage.run(
        "rotate", Self.name, "--key-id", second.keyID, "--secret-stdin", input: second.value
      ).ended(0)
    }
    await stage.run(
      "rotate", Self.name, "--key-id", first.keyID, "--secret-stdin", input: first.value,
      transport: overtaken
    ).ended(75).saying("another process changed the record at the same time")
      .saying("see keyturn status \(Self.name)").neverShowing(first.value)
    await #expect(stage.storedValue() == second.value)
    let previous = try await stage.state()["previous"] as? [String: Any]
    #expect(previous?["key_id"] as? String == stage.seeded.keyID)
  }

  @Test func `a nightly check at the same time costs nobody their step`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    stage.pass(days: 1)
    let secret = try stage.makeSecret()
    let disturbed = pausing(stage) { await stage.run("check").ended(1) }
    await stage.run(
      "rotate", Self.name, "--key-id", secret.keyID, "--secret-stdin", input: secret.value,
      transport: disturbed
    )
    await #expect(stage.storedValue() == secret.value)
    #expect(try await stage.step() == "switched")
  }

  @Test func `who confirms, retires or goes back too late is told so`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    try await stage.rotate()
    let disturbed = pausing(stage) { await stage.run("confirm", Self.name).ended(0) }
    await stage.run("rollback", Self.name, "--yes", transport: disturbed).ended(75)
    #expect(try await stage.step() == "handed_over")
  }

  @Test func `a second check finds the first at work, and exits 75`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    stage.pass(days: 1)
    let busy = pausing(stage) {
      await stage.run("check").ended(75)
        .saying("another check or rotation is at work on \(stage.database)")
      // Looking is not held up.
      await stage.run("check", "--dry-run").ended(1)
    }
    await stage.run("check", transport: busy).ended(1)
  }
}
