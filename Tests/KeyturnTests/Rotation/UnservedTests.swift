import Foundation
import Testing

@testable import Keyturn

/// Consumers that a rotation passed over, because it was set aside before they were given its secret.
@Suite struct UnservedTests {
  /// A rotation that was set aside while its hand-over was open; afterwards its secret works all the same.
  private func passedOver() async throws -> (scene: Scene, record: ConsumerRecord) {
    var scene = try Scene()
    scene.connection.server.graph = GraphAccess(signIn: .managedIdentity(clientID: nil))
    scene.connection.policy.rotate = .automatic
    scene.connection.policy.grace = .hours(0)
    var record = try await scene.reach(.switched)
    record.current?.failure = .missing(at: scene.world.now)
    scene.store.put(record, of: scene.connection)
    record = try await scene.engine().setAside(scene.connection, record)
    record = try await scene.engine().validateCurrent(scene.connection, record).record
    return (scene, record)
  }

  @Test func `what they may hold is kept, though the current secret works`() async throws {
    let (scene, record) = try await passedOver()
    #expect(record.unserved == [Consumer.portal.name])
    #expect(record.leftovers.map(\.keyID) == [ClientSecret.oldKey])
    #expect(record.isCurrentUsable(at: scene.world.now))
    #expect(record.removableLeftovers(at: scene.world.now.adding(.days(30))) == [])
  }

  @Test func `they are told of, and get the next secret`() async throws {
    let (scene, record) = try await passedOver()
    let judgement = Judgement(scene.connection, record, at: scene.world.now)
    let finding = try #require(judgement.findings.first)
    #expect(finding.code == .handOverOpen)
    #expect(finding.severity == .critical)
    #expect(finding.message.contains("is perhaps not in use at \(Consumer.portal.name)"))
    #expect(Judgement.attention(scene.connection, record) < scene.world.now)
    #expect(AutomaticStep(scene.connection, record, at: scene.world.now) == .mint)
    var served = record
    served.unserved = []
    #expect(AutomaticStep(scene.connection, served, at: scene.world.now) == nil)
  }

  @Test func `a rotation that is begun for them is judged as any other`() async throws {
    let (scene, record) = try await passedOver()
    let begun = try await scene.engine().begin(scene.connection, record, as: .automatic)
    let judgement = Judgement(scene.connection, begun, at: scene.world.now)
    #expect(!judgement.findings.contains { $0.code == .handOverOpen })
    #expect(begun.unserved == record.unserved)
  }

  @Test func `what they held has its grace from their confirmation on`() async throws {
    let (found, record) = try await passedOver()
    var scene = found
    scene.connection.policy.grace = .days(7)
    let engine = scene.engine()
    var next = try await engine.begin(scene.connection, record)
    let third = SecretValue("3rd8Q~one.more.value-0123456789abcdefgh")
    next = try await engine.supply(scene.made(third, keyID: "third"), scene.connection, next)
    next = try await engine.validate(scene.connection, next)
    next = try await engine.switchOver(scene.connection, next)
    #expect(next.unserved == record.unserved)
    next = try await engine.confirm(scene.connection, next)
    #expect(next.unserved == [])
    #expect(next.leftovers.map(\.removableFrom) == [scene.world.now.adding(.days(7))])
  }

  @Test func `a secret that is adopted is the one that they use`() async throws {
    let (scene, record) = try await passedOver()
    let adopted = try await scene.engine().adopt(
      scene.made(.old, keyID: ClientSecret.oldKey), scene.connection, record)
    #expect(adopted.unserved == [])
  }
}
