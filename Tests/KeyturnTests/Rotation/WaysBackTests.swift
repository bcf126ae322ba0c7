import Foundation
import Testing

@testable import Keyturn

/// Refusals, rollback, abandoning and retiring: what may go wrong on the way, and what stays safe.
@Suite struct WaysBackTests {
  // MARK: Validation

  @Test func `a refused value stays pending, and the record remembers why`() async throws {
    let scene = try Scene()
    var record = try await scene.reach(.begun)
    record = try await scene.engine().supply(
      .sample(.wrong, keyID: nil), scene.connection, record)
    let failure = try await error { try await scene.engine().validate(scene.connection, record) }
    #expect(failure.code == .badInput)
    #expect(failure.message == "magentrix-d365: \(CallFailure.unknownValue.message)")
    let stored = try await scene.record()
    #expect(stored.rotation?.step == .created)
    #expect(stored.rotation?.lastError == CallFailure.unknownValue.message)
    #expect(stored.pending?.failure?.kind == .refused)
    #expect(stored.current?.value == .old)
    _ = try await error { try await scene.engine().switchOver(scene.connection, stored) }
  }

  @Test(arguments: [(Rotation.Step.created, true), (.validated, false)])
  func `neither the step nor the word of whoever gave it makes a value proven`(
    step: Rotation.Step, saysValidated: Bool
  ) async throws {
    let scene = try Scene()
    var record = try await scene.reach(step)
    record.pending?.validatedAt = saysValidated ? scene.world.now : nil
    scene.store.put(record, of: scene.connection)
    _ = try await error { try await scene.engine().switchOver(scene.connection, record) }
    #expect(scene.store[scene.connection.name] == record)
  }

  @Test func `after a refusal another value may be given`() async throws {
    let scene = try Scene()
    let (engine, connection) = (scene.engine(), scene.connection)
    var record = try await scene.reach(.begun)
    record = try await engine.supply(.sample(.wrong, keyID: nil), connection, record)
    _ = try await error { try await engine.validate(connection, record) }
    record = try await engine.supply(scene.made(.new), connection, try await scene.record())
    #expect(record.rotation?.lastError == nil)
    #expect(record.pending?.failure == nil)
    record = try await engine.validate(connection, record)
    record = try await engine.switchOver(connection, record)
    #expect(record.current?.value == .new)
  }

  // MARK: Rollback

  @Test(arguments: [Rotation.Step.switched, .handedOver])
  func `rollback lets current and previous change places, and opens the hand-over again`(
    step: Rotation.Step
  ) async throws {
    let scene = try Scene()
    let record = try await scene.reach(step)
    scene.world.pass(days: 1)
    let back = try await scene.engine().rollBack(scene.connection, record)
    #expect(back.current?.value == .old)
    #expect(back.current?.validatedAt == scene.world.now)
    #expect(back.previous?.value == .new)
    #expect(back.rotation?.openHandOvers.map(\.target) == ["magentrix"])
    #expect(back.rotation?.openHandOvers.map(\.secret) == [ClientSecret.oldKey])
    #expect(back.retireAfter == nil)
    let again = try await scene.engine().rollBack(scene.connection, back)
    #expect(again.current?.value == .new)
  }

  @Test func `there is no way back to a value that is refused`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.switched)
    scene.server.delete(.old)
    let failure = try await error { try await scene.engine().rollBack(scene.connection, record) }
    #expect(failure.code == .badInput)
    // That it was tried is remembered, and nothing else has changed.
    var expected = record
    expected.version += 1
    expected.previous?.failure = scene.store[scene.connection.name]?.previous?.failure
    #expect(expected.previous?.failure?.kind == .refused)
    #expect(scene.store[scene.connection.name] == expected)
  }

  @Test func `there is no way back to a value that has expired`() async throws {
    let scene = try Scene()
    var record = try await scene.reach(.switched)
    record.previous?.expiresAt = scene.world.now
    let calls = scene.server.calls.count
    let failure = try await error { try await scene.engine().rollBack(scene.connection, record) }
    #expect(failure.message == "magentrix-d365: the previous secret expired on 2026-11-22")
    #expect(scene.server.calls.count == calls)
  }

  @Test func `there is no way back to a value that nobody knows`() async throws {
    let scene = try Scene()
    var record = try await scene.reach(.switched)
    record.previous?.value = nil
    let failure = try await error { try await scene.engine().rollBack(scene.connection, record) }
    #expect(failure.message == "magentrix-d365: there is no previous value to go back to")
  }

  // MARK: Abandoning

  @Test(arguments: [Rotation.Step.begun, .created, .validated])
  func `abandoning leaves the current secret untouched`(step: Rotation.Step) async throws {
    let scene = try Scene()
    let adopted = try await scene.reach(nil)
    let engine = scene.engine()
    var record = try await engine.begin(scene.connection, adopted)
    if step != .begun {
      record = try await engine.supply(scene.made(.new), scene.connection, record)
    }
    if step == .validated { record = try await engine.validate(scene.connection, record) }
    record = try await engine.declareAbandonment(scene.connection, record)
    scene.server.delete(.new)
    record = try await engine.completeAbandonment(scene.connection, record)
    var expected = adopted
    expected.version = record.version
    #expect(record == expected)
    #expect(scene.store.changes.last?.ended?.outcome == .abandoned)
  }

  @Test func `a rotation is abandoned only when its value is refused for good`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.abandoning)
    let failure = try await error {
      try await scene.engine().completeAbandonment(scene.connection, record)
    }
    #expect(failure.message == "magentrix-d365: the secret is still accepted")
    #expect(scene.store[scene.connection.name] == record)
  }

  // MARK: Retiring

  @Test func `nothing is retired before the grace is over`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.handedOver)
    scene.world.pass(days: 6.99)
    let failure = try await error {
      try await scene.engine().declareRetirement(scene.connection, record)
    }
    #expect(failure.code == .tryAgain)
    scene.world.pass(days: 0.02)
    let next = try await scene.engine().declareRetirement(scene.connection, record)
    #expect(next.rotation?.step == .retiring)
  }

  @Test func `nothing is retired while the current secret does not work`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.handedOver)
    scene.world.pass(days: 8)
    scene.server.delete(.new)
    let failure = try await error {
      try await scene.engine().declareRetirement(scene.connection, record)
    }
    #expect(failure.message.contains("so the previous one is kept"))
    let kept = try await scene.record()
    #expect(kept.rotation?.step == .handedOver)
    #expect(kept.previous?.value == .old)
    #expect(kept.current?.failure?.kind == .refused)
  }

  @Test func `a proof of a moment ago is not repeated to retire`() async throws {
    let scene = try Scene()
    var record = try await scene.reach(.handedOver)
    scene.world.pass(days: 8)
    record = try await scene.engine().validateCurrent(scene.connection, record).record
    let calls = scene.server.calls.count
    _ = try await scene.engine().declareRetirement(scene.connection, record)
    #expect(scene.server.calls.count == calls)
  }

  @Test func `retiring is completed only when the old value is refused for good`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.retiring)
    let failure = try await error {
      try await scene.engine().completeRetirement(scene.connection, record)
    }
    #expect(failure.message == "magentrix-d365: the secret is still accepted")
    #expect(scene.store[scene.connection.name] == record)
  }

  @Test func `retiring is completed only while the current secret works`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.retiring)
    scene.server.delete(.old)
    scene.server.delete(.new)
    let failure = try await error {
      try await scene.engine().completeRetirement(scene.connection, record)
    }
    #expect(failure.message.contains("the current one does not work"))
    #expect(scene.store[scene.connection.name] == record)
  }

  @Test func `a value that is not known is gone when it has expired`() async throws {
    let scene = try Scene()
    var record = try await scene.reach(.retiring)
    record.previous?.value = nil
    record.previous?.expiresAt = scene.world.now
    record = try await scene.engine().completeRetirement(scene.connection, record)
    #expect(scene.store.changes.last?.event.detail.hasSuffix("it has expired") == true)
    #expect(record.previous == nil)
  }

  @Test(arguments: [true, false])
  func `the only secret that still works is never declared for removal`(hasExpired: Bool)
    async throws
  {
    let scene = try Scene()
    var record = try await scene.reach(.handedOver)
    if hasExpired {
      record.current?.expiresAt = scene.world.now
    } else {
      record.current?.failure = CallFailure.unknownValue.remembered(at: scene.world.now)
    }
    scene.store.put(record, of: scene.connection)
    let failure = try await error {
      try await scene.engine().declareRetirement(scene.connection, record, ignoringGrace: true)
    }
    #expect(failure.message.contains("the current secret"))
    #expect(failure.hints.contains { $0.contains("keyturn rollback") })
    #expect(scene.store[scene.connection.name] == record)
  }
}
