import Foundation
import Testing

@testable import Keyturn

/// Recording secrets that exist already.
@Suite struct AdoptionTests {
  private let otherClient = "0b1a9ea1-4c65-4a4e-9a6e-1d9f2f3a4b5c"

  @Test func `a secret is adopted once it was accepted`() async throws {
    let scene = try Scene()
    let record = try await scene.adopt()
    #expect(record.version == 1)
    #expect(record.current?.value == .old)
    #expect(record.current?.validatedAt == scene.world.now)
    #expect(record.identity == ResourceIdentity(organizationID: "org-1", userID: "user-1"))
    #expect(record.clientID == scene.connection.clientID)
  }

  @Test(arguments: [
    (CallFailure.unknownValue, KeyturnError.Code.badInput), (.overdue, .badInput),
    (.noSuchApplication, .notPermitted), (.unreachable, .unavailable),
  ])
  func `nothing is written for a value that was not accepted`(
    failure: CallFailure, code: KeyturnError.Code
  ) async throws {
    let scene = try Scene()
    scene.server.fail { failure }
    let thrown = try await error { try await scene.adopt() }
    #expect(
      thrown
        == KeyturnError(
          code, "magentrix-d365: \(failure.message)", hints: [failure.remedy]))
    #expect(scene.store.changes.isEmpty)
  }

  @Test func `a token that does not open the environment adopts nothing`() async throws {
    let scene = try Scene()
    scene.server.answerWhoAmI([.noSuchApplication])
    _ = try await error { try await scene.adopt() }
    #expect(scene.store.changes.isEmpty)
  }

  // MARK: Lifetimes

  @Test func `a lifetime is recorded without a call`() async throws {
    let scene = try Scene()
    let record = try await scene.engine().adopt(
      .sample(nil, endsIn: 90), scene.connection, try await scene.record())
    #expect(record.current?.expiresAt == .night(90))
    #expect(record.current?.value == nil)
    #expect(scene.server.calls.isEmpty)
    #expect(
      scene.store.changes.last?.event.detail
        == "secret \(ClientSecret.oldKey), expires 2027-02-20T02:10:00Z (recorded)")
  }

  @Test func `a lifetime given later leaves the value where it is`() async throws {
    let scene = try Scene()
    var record = try await scene.adopt()
    let lifetime = ClientSecret(expiresAt: .night(50), source: .assumed)
    record = try await scene.engine().recordLifetime(lifetime, scene.connection, record)
    #expect(record.current?.value == .old)
    #expect(record.current?.keyID == ClientSecret.oldKey)
    #expect(record.current?.expiresAt == .night(50))
    #expect(record.current?.source == .assumed)
  }

  @Test func `a lifetime of another secret does not mix with the value of this one`() async throws {
    let scene = try Scene()
    let record = try await scene.adopt()
    let failure = try await error {
      try await scene.engine().recordLifetime(
        .sample(nil, keyID: ClientSecret.newKey), scene.connection, record)
    }
    #expect(failure.code == .badInput)
    #expect(failure.message.contains(ClientSecret.oldKey))
    #expect(scene.store[scene.connection.name] == record)
  }

  @Test func `recording a lifetime takes no value that nobody proved`() async throws {
    let scene = try Scene()
    let record = try await scene.engine().recordLifetime(
      .sample(.wrong), scene.connection, try await scene.record())
    #expect(record.connectedApp == nil)
    #expect(record.current?.hint == "bad")
  }

  // MARK: Another application

  @Test func `a value stays with its application when only a lifetime is recorded`() async throws {
    let scene = try Scene()
    let record = try await scene.adopt()
    let other = try Connection.sample(clientID: otherClient)
    let failure = try await error {
      try await scene.engine().recordLifetime(.sample(nil), other, record)
    }
    #expect(failure.code == .badInput)
    #expect(scene.store[scene.connection.name] == record)
  }

  @Test func `a lifetime alone follows the configuration to another application`() async throws {
    let scene = try Scene()
    var record = try await scene.engine().adopt(
      .sample(nil), scene.connection, try await scene.record())
    let other = try Connection.sample(clientID: otherClient)
    record = try await scene.engine().recordLifetime(.sample(nil, endsIn: 9), other, record)
    #expect(record.clientID == otherClient)
  }

  @Test(arguments: [nil, .begun, .created, .validated, .switched] as [Rotation.Step?])
  func `no rotation mixes two applications`(step: Rotation.Step?) async throws {
    var scene = try Scene()
    let (old, record) = (scene.connection, try await scene.reach(step))
    scene.connection = try Connection.sample(clientID: otherClient)
    let (engine, connection) = (scene.engine(), scene.connection)
    let failure = try await error {
      switch step {
      case nil: try await engine.begin(connection, record)
      case .created: try await engine.validate(connection, record)
      case .validated: try await engine.switchOver(connection, record)
      default: try await engine.supply(scene.made(.new), connection, record)
      }
    }
    #expect(failure.message.contains(connection.name))
    #expect(scene.store[old.name] == record)
  }

  @Test func `there is no way back to a value of another application`() async throws {
    var scene = try Scene()
    let (old, record) = (scene.connection, try await scene.reach(.switched))
    scene.connection = try Connection.sample(clientID: otherClient)
    _ = try await error { try await scene.engine().rollBack(scene.connection, record) }
    #expect(scene.store[old.name] == record)
  }

  // MARK: Validating what is current

  @Test func `a validation is remembered, accepted or not`() async throws {
    let scene = try Scene()
    var record = try await scene.adopt()
    scene.world.pass(days: 1)
    scene.server.answer([.overdue])
    record = try await scene.engine().validateCurrent(scene.connection, record).record
    #expect(record.current?.failure?.kind == .expired)
    #expect(record.current?.validatedAt == SimulatedWorld.night)
    record = try await scene.engine().validateCurrent(scene.connection, record).record
    #expect(record.current?.failure == nil)
    #expect(record.current?.validatedAt == scene.world.now)
  }

  @Test func `what was refused is not forgotten because the server does not answer`() async throws {
    let scene = try Scene()
    var record = try await scene.adopt()
    scene.server.fail { .overdue }
    record = try await scene.engine().validateCurrent(scene.connection, record).record
    scene.world.pass(days: 1)
    scene.server.fail { .unreachable }
    record = try await scene.engine().validateCurrent(scene.connection, record).record
    #expect(record.current?.failure?.kind == .expired)
    #expect(
      try #require(record.current?.failure?.at) >= SimulatedWorld.night.addingTimeInterval(86_400))
    #expect(scene.store.changes.last?.event.action == "secret.not_validated")
    scene.server.fail { nil }
    record = try await scene.engine().validateCurrent(scene.connection, record).record
    #expect(record.current?.failure == nil)
  }

  @Test func `without a value there is nothing to validate`() async throws {
    let scene = try Scene()
    let failure = try await error {
      try await scene.engine().validateCurrent(scene.connection, .sample(value: nil))
    }
    #expect(failure.code == .usage)
    #expect(scene.server.calls.isEmpty)
  }

  @Test(arguments: [
    ("org-2", "user-1", "the environment's organization id was org-1 and is org-2"),
    ("org-1", "user-2", "the application user was user-1 and is user-2"),
  ])
  func `a change of who we are is told once`(organization: String, user: String, change: String)
    async throws
  {
    let scene = try Scene()
    let record = try await scene.adopt()
    scene.server.identify(organization: organization, user: user)
    let first = try await scene.engine().validateCurrent(scene.connection, record)
    #expect(first.identityChange == change)
    #expect(scene.store.changes.last?.event.action == "identity.changed")
    let second = try await scene.engine().validateCurrent(scene.connection, first.record)
    #expect(second.identityChange == nil)
    #expect(scene.store.changes.last?.event.action == "secret.validated")
  }
}
