import Foundation
import Synchronization
import Testing

@testable import Keyturn

/// I7: a value that was given is in the record, or whoever gave it is told that it is not.
@Suite struct SupplyTests {
  /// Lets `rival` act once, between the next reading of the record and its writing.
  private func letIn(
    _ scene: Scene, _ rival: @escaping @Sendable () async throws -> Void
  ) {
    let isIn = Mutex(false)
    scene.store.onWrite { _, moment in
      let isFirst = isIn.withLock { entered in
        defer { entered = true }
        return !entered && moment == .before
      }
      if isFirst { try await rival() }
    }
  }

  @Test func `a value is kept when a nightly validation changed the record meanwhile`()
    async throws
  {
    let scene = try Scene()
    let record = try await scene.reach(.begun)
    letIn(scene) {
      _ = try await scene.engine("cron").validateCurrent(
        scene.connection, try await scene.record())
    }
    let next = try await scene.engine().supply(scene.made(.new), scene.connection, record)
    #expect(next.pending?.value == .new)
    #expect(next.version == record.version + 2)
    #expect(scene.store[scene.connection.name] == next)
    #expect(scene.store.actions.suffix(2) == ["secret.validated", "rotation.created"])
  }

  @Test func `a value is kept through several changes in a row`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.begun)
    let left = Mutex(5)
    scene.store.onWrite { change, moment in
      guard moment == .before, change.event.action == "rotation.created" else { return }
      let isLeft = left.withLock { count in
        count -= 1
        return count >= 0
      }
      guard isLeft else { return }
      _ = try await scene.engine("cron").validateCurrent(
        scene.connection, try await scene.record())
    }
    let next = try await scene.engine().supply(scene.made(.new), scene.connection, record)
    #expect(next.version == record.version + 6)
    #expect(next.pending?.value == .new)
  }

  @Test func `a value is refused when its rotation was abandoned meanwhile`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.begun)
    letIn(scene) {
      let rival = scene.engine("rival")
      let declared = try await rival.declareAbandonment(
        scene.connection, try await scene.record())
      let ended = try await rival.completeAbandonment(scene.connection, declared)
      _ = try await rival.begin(scene.connection, ended)
    }
    let failure = try await error {
      try await scene.engine().supply(scene.made(.new), scene.connection, record)
    }
    #expect(failure == .recordChanged(scene.connection.name))
    #expect(try await scene.record().pending == nil)
  }

  @Test func `a value is refused when another administrator gave one meanwhile`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.begun)
    let other = SecretValue("other-administrators-value-1234567890")
    letIn(scene) {
      let fresh = try await scene.record()
      _ = try await scene.engine("rival").supply(scene.made(other), scene.connection, fresh)
    }
    let failure = try await error {
      try await scene.engine().supply(scene.made(.new), scene.connection, record)
    }
    #expect(failure == .recordChanged(scene.connection.name))
    #expect(try await scene.record().pending?.value == other)
  }

  @Test(arguments: [Rotation.Step.begun, .created])
  func `the key id of the secret in use is not that of the next one`(step: Rotation.Step)
    async throws
  {
    let scene = try Scene()
    var record = try await scene.reach(step)
    // Nothing is known of it but when it ends.
    record.current?.value = nil
    record.current?.hint = nil
    scene.store.put(record, of: scene.connection)
    let failure = try await error {
      try await scene.engine().supply(
        scene.made(.new, keyID: ClientSecret.oldKey), scene.connection, record)
    }
    #expect(failure.code == .badInput)
    #expect(failure.message.contains("is that of a secret which is in use"))
    #expect(try await scene.record() == record)
  }

  @Test func `a value is refused when its attempt was taken over meanwhile`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.begun)
    letIn(scene) {
      _ = try await scene.engine("rival").takeOver(
        scene.connection, try await scene.record(), as: .automatic)
    }
    let failure = try await error {
      try await scene.engine().supply(scene.made(.new), scene.connection, record)
    }
    let marker = try #require(record.attempts.last?.marker)
    #expect(failure.code == .tryAgain)
    #expect(failure.message.contains("removes what was made under the marker \(marker)"))
    #expect(try await scene.record().pending == nil)
  }

  @Test(arguments: MemoryStore.Moment.allCases)
  func `a value whose write failed is told of`(moment: MemoryStore.Moment) async throws {
    let scene = try Scene()
    let record = try await scene.reach(.begun)
    scene.store.onWrite { _, reached in
      if reached == moment { throw KeyturnError.diskFull }
    }
    let failure = try await error {
      try await scene.engine().supply(scene.made(.new), scene.connection, record)
    }
    #expect(failure == .diskFull)
    let isStored = try await scene.record().pending?.value == .new
    #expect(isStored == (moment == .after))
  }
}
