import Foundation
import Testing

@testable import Keyturn

/// The way forward: one rotation from its beginning to its end.
@Suite struct GuidedRotationTests {
  @Test func `a whole rotation replaces the secret, and keeps the old one until the end`()
    async throws
  {
    let scene = try Scene()
    let (engine, connection) = (scene.engine(), scene.connection)
    var record = try await scene.adopt()
    record = try await engine.begin(connection, record)
    let marker = try #require(record.attempts.first?.marker)
    #expect(marker == "kt-5eed-\(try #require(record.rotation).id.suffix(6))")
    record = try await engine.supply(scene.made(.new, spread: 60), connection, record)
    #expect(record.pending?.marker == marker)
    #expect(record.connectedApp?.consumerSecret == .old)
    record = try await engine.validate(connection, record)
    #expect(record.pending?.validatedAt == scene.world.now)
    #expect(record.connectedApp?.consumerSecret == .old)
    record = try await engine.switchOver(connection, record)
    #expect(record.connectedApp?.consumerSecret == .new)
    #expect(record.previous?.value == .old)
    #expect(record.retireAfter == nil)
    #expect(record.attempts.isEmpty)
    record = try await engine.confirm(connection, record)
    #expect(record.retireAfter == scene.world.now.addingTimeInterval(7 * 86_400))
    scene.world.pass(days: 7)
    record = try await engine.declareRetirement(connection, record)
    #expect(record.previous?.value == .old)
    scene.server.delete(.old, spread: 60)
    record = try await engine.completeRetirement(connection, record)
    #expect(record.current?.value == .new)
    #expect(record.previous == nil)
    #expect(record.rotation == nil)
    #expect(
      scene.store.actions == [
        "secret.adopted", "rotation.begun", "rotation.created", "rotation.validated",
        "rotation.switched", "hand_over.confirmed", "rotation.retiring", "rotation.completed",
      ])
    #expect(scene.store.changes.map(\.record.version) == Array(1...8))
  }

  @Test func `the rotation that ended is told with its outcome`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.retiring)
    scene.server.delete(.old)
    _ = try await scene.engine().completeRetirement(scene.connection, record)
    let ended = try #require(scene.store.changes.last?.ended)
    #expect(ended.outcome == .completed)
    #expect(ended.rotation.id == record.rotation?.id)
    #expect(ended.at == scene.world.now)
    #expect(scene.store.changes.dropLast().allSatisfy { $0.ended == nil })
  }

  @Test func `every step remembers when it was reached`() async throws {
    var times: [Date] = []
    for step in [Rotation.Step.created, .validated, .switched, .handedOver, .retiring] {
      let scene = try Scene()
      scene.store.onWrite { _, moment in if moment == .after { scene.world.pass(60) } }
      let record = try await scene.reach(step)
      times.append(try #require(record.rotation?.steppedAt))
      #expect(record.rotation?.steppedAt == scene.store.changes.last?.event.at, "\(step)")
    }
    #expect(times == times.sorted())
  }

  @Test func `a value given later counts as new from then on`() async throws {
    let scene = try Scene()
    var record = try await scene.reach(.created)
    scene.world.pass(days: 3)
    record = try await scene.engine().supply(
      scene.made(SecretValue("another-value-of-the-portal")), scene.connection, record)
    #expect(record.rotation?.steppedAt == scene.world.now)
    #expect(Judgement(scene.connection, record, at: scene.world.now).severity == .ok)
  }

  @Test func `the first rotation of a connection without a value brings it`() async throws {
    let scene = try Scene()
    let (engine, connection) = (scene.engine(), scene.connection)
    var record = try await engine.adopt(
      .sample(nil, endsIn: 20), connection, try await scene.record())
    #expect(record.connectedApp == nil)
    record = try await engine.begin(connection, record)
    record = try await engine.supply(scene.made(.new), connection, record)
    record = try await engine.validate(connection, record)
    record = try await engine.switchOver(connection, record)
    #expect(record.connectedApp?.consumerSecret == .new)
    #expect(record.previous?.keyID == ClientSecret.oldKey)
    record = try await engine.confirm(connection, record)
    record = try await engine.declareRetirement(connection, record, ignoringGrace: true)
    record = try await engine.completeRetirement(connection, record)
    // Nothing can prove that a value which nobody knows is refused; the trail says so.
    let detail = try #require(scene.store.changes.last?.event.detail)
    #expect(detail.hasSuffix("is gone: unverified, its value is not known"))
    #expect(record.previous == nil)
  }

  @Test func `a connection with no secret at all is rotated too`() async throws {
    let scene = try Scene()
    let (engine, connection) = (scene.engine(), scene.connection)
    var record = try await engine.begin(connection, try await scene.record())
    #expect(record.version == 1)
    record = try await engine.supply(scene.made(.new), connection, record)
    record = try await engine.validate(connection, record)
    record = try await engine.switchOver(connection, record)
    #expect(record.previous == nil)
    record = try await engine.confirm(connection, record)
    #expect(record.retireAfter == scene.world.now)
    record = try await engine.declareRetirement(connection, record)
    record = try await engine.completeRetirement(connection, record)
    #expect(record.current?.value == .new)
    #expect(record.rotation == nil)
  }

  // MARK: Consumers

  @Test func `with several consumers the rotation waits for all of them`() async throws {
    let scene = try Scene(.sample(consumers: [.portal, .script, .nobody]))
    let (engine, connection) = (scene.engine(), scene.connection)
    var record = try await scene.reach(.switched)
    #expect(record.rotation?.openHandOvers.map(\.target) == ["magentrix", "export script"])
    record = try await engine.confirm(connection, record, target: "export script")
    #expect(record.rotation?.step == .switched)
    #expect(record.rotation?.openHandOvers.map(\.target) == ["magentrix"])
    #expect(record.retireAfter == nil)
    let again = try await error {
      try await engine.confirm(connection, record, target: "export script")
    }
    #expect(again.message == "magentrix-d365: no hand-over to export script is open")
    #expect(again.hints == ["open: magentrix"])
    record = try await engine.confirm(connection, record, target: "magentrix")
    #expect(record.rotation?.step == .handedOver)
    #expect(record.rotation?.handOver.map(\.by) == ["admin", "admin"])
    #expect(record.retireAfter != nil)
  }

  @Test(arguments: [[Consumer.nobody], []])
  func `with nobody to tell it is handed over at once`(consumers: [Consumer]) async throws {
    let scene = try Scene(.sample(consumers: consumers))
    let record = try await scene.reach(.validated)
    let next = try await scene.engine().switchOver(scene.connection, record)
    #expect(next.rotation?.step == .handedOver)
    #expect(next.rotation?.handOver.isEmpty == true)
    #expect(next.retireAfter == scene.world.now.addingTimeInterval(7 * 86_400))
  }

  @Test func `a hand-over names the secret that it is about`() async throws {
    let record = try await Scene().reach(.switched)
    #expect(record.rotation?.handOver.map(\.secret) == [ClientSecret.newKey])
  }
}
