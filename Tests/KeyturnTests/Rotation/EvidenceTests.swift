import Foundation
import Synchronization
import Testing

@testable import Keyturn

/// What a tenant says of a secret's use, before it is removed.
@Suite struct EvidenceTests {
  private func scene() async throws -> (scene: Scene, record: ConsumerRecord) {
    var scene = try Scene()
    scene.connection.server.graph = GraphAccess(signIn: .managedIdentity(clientID: nil))
    scene.connection.policy.rotate = .automatic
    scene.connection.policy.grace = .hours(0)
    return (scene, try await scene.reach(.handedOver))
  }

  /// A secret that has five days left of two years.
  private func aged(_ secret: ClientSecret?, _ scene: Scene) -> ClientSecret? {
    var secret = secret
    secret?.startsAt = scene.world.now.subtracting(.days(725))
    secret?.expiresAt = scene.world.now.adding(.days(5))
    return secret
  }

  @Test func `a report that can't be had just now is waited for`() async throws {
    let (scene, record) = try await scene()
    let reports = Reports(failing: 2, .later(retryAfter: nil))
    let engine = scene.engine(directory: reports)
    #expect(try await engine.useOfPrevious(scene.connection, record) == nil)
    #expect(reports.asked.withLock { $0 } == 3)
  }

  @Test func `the previous secret is kept until the tenant can say who uses it`() async throws {
    let (scene, record) = try await scene()
    let engine = scene.engine(directory: Reports(failing: .max, .later(retryAfter: nil)))
    let failure = try await error { try await engine.perform(.retire, scene.connection, record) }
    #expect(failure.message.contains("the report is not ready"))
    var stored = try await scene.record()
    #expect(stored.rotation?.step == .handedOver)
    #expect(stored.rotation?.lastError == "the report is not ready")
    // A tenant that never says holds up no renewal either.
    stored.current = aged(stored.current, scene)
    #expect(engine.nextStep(scene.connection, stored) == .setAside)
    let next = try stored.settingAside(grace: .hours(0), at: scene.world.now)
    #expect(next.unserved == [Consumer.portal.name])
  }

  @Test func `where the tenant does not say at all, grace and confirmation decide`() async throws {
    let (scene, record) = try await scene()
    let engine = scene.engine(directory: Reports(failing: .max, .forbidden))
    _ = try await error { try await engine.perform(.retire, scene.connection, record) }
    // There is no Graph that could remove it, but the removal is declared.
    #expect(try await scene.record().rotation?.step == .retiring)
  }

  @Test func `what has expired is used by nobody, whatever was seen before`() async throws {
    let (scene, record) = try await scene()
    let engine = scene.engine(directory: Reports(use: scene.world.now.addingTimeInterval(3_600)))
    scene.world.pass(days: 1)
    let failure = try await error { try await engine.perform(.retire, scene.connection, record) }
    #expect(failure.message.contains("the previous secret is kept: it was used on"))
    let postponed = try await scene.record()
    let end = try #require(record.previous?.expiresAt)
    scene.world.pass(end.timeIntervalSince(scene.world.now))
    #expect(try await engine.useOfPrevious(scene.connection, postponed) == nil)
    _ = try await error { try await engine.perform(.retire, scene.connection, postponed) }
    #expect(try await scene.record().rotation?.step == .retiring)
  }

  @Test func `whoever uses the previous secret does not hold up the next one`() async throws {
    let (scene, record) = try await scene()
    let engine = scene.engine(directory: Reports(use: scene.world.now.addingTimeInterval(3_600)))
    scene.world.pass(days: 1)
    _ = try await error { try await engine.perform(.retire, scene.connection, record) }
    var postponed = try await scene.record()
    #expect(engine.nextStep(scene.connection, postponed) == .retire)
    // The current one is due as well.
    postponed.current = aged(postponed.current, scene)
    #expect(engine.nextStep(scene.connection, postponed) == .setAside)
    let next = try postponed.settingAside(grace: .hours(0), at: scene.world.now)
    // What is used is kept until the consumers have confirmed the one that comes.
    #expect(next.leftovers.map(\.keyID) == [ClientSecret.oldKey])
    #expect(next.unserved == [Consumer.portal.name])
    #expect(next.removableLeftovers(at: scene.world.now.adding(.days(3))) == [])
  }

  @Test func `a person may renew what ends soon, whoever uses its predecessor`() async throws {
    var (scene, record) = try await scene()
    let engine = scene.engine(directory: Reports(use: scene.world.now.addingTimeInterval(3_600)))
    scene.world.pass(days: 1)
    _ = try await error { try await engine.perform(.retire, scene.connection, record) }
    record = try await scene.record()
    scene.connection.policy.rotate = .guided
    #expect(engine.nextStep(scene.connection, record, isUrged: true) == .retire)
    record.current = aged(record.current, scene)
    #expect(engine.nextStep(scene.connection, record, isUrged: true) == .setAside)
    #expect(engine.nextStep(scene.connection, record) == .retire)
  }
}

/// A Graph that has nothing but reports of sign-ins, of which the first ones fail.
private final class Reports: PartialDirectory {
  let asked = Mutex(0)
  private let failures: Int
  private let verdict: DirectoryFailure.Verdict
  private let use: Date?

  init(failing failures: Int, _ verdict: DirectoryFailure.Verdict) {
    self.failures = failures
    self.verdict = verdict
    use = nil
  }

  /// Every secret was used last at this instant.
  init(use: Date) {
    failures = 0
    verdict = .forbidden
    self.use = use
  }

  func newestSignIn(
    keyID: String, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> CredentialSignIn? {
    let count = asked.withLock { count in
      count += 1
      return count
    }
    guard count <= failures else { return use.map { CredentialSignIn(at: $0, origin: nil) } }
    throw DirectoryFailure(verdict, "the report is not ready", remedy: "")
  }
}
