import Foundation
import Logging
import Testing

@testable import Keyturn

/// One connection, its store, its server, and a clock.
struct Scene: Sendable {
  let world: SimulatedWorld
  let store: MemoryStore
  let registry: MemoryRegistry
  let server: SimulatedServer
  var connection: Connection

  /// A scene in which nothing is recorded yet.
  init(_ connection: Connection? = nil, seed: UInt64 = 1) throws {
    world = SimulatedWorld(seed: seed)
    store = MemoryStore(world)
    registry = MemoryRegistry(store)
    server = SimulatedServer(world)
    self.connection = try connection ?? .sample()
  }

  /// An engine that acts for `actor`; a test may put something else in place of store or server.
  func engine(
    _ actor: String = "admin", store: (any ConsumerSecretStore)? = nil,
    tokens: (any TokenService)? = nil, directory: any Directory = NoDirectory()
  ) -> RotationEngine {
    RotationEngine(
      context: world.context, store: store ?? self.store,
      validator: Validator(
        context: world.context, tokens: tokens ?? server, resource: server,
        settings: ValidationSettings()),
      directory: directory, actor: actor)
  }

  /// The nightly check of these connections.
  func check(
    _ connections: [Connection]? = nil, fingerprint: String = "1", engine: RotationEngine? = nil,
    at instant: Date? = nil
  ) -> Check {
    Check(
      context: instant.map(world.context.stopped(at:)) ?? world.context,
      engine: engine ?? self.engine("cron"), registry: registry,
      connections: connections ?? [connection], fingerprint: fingerprint,
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
  }

  /// The connection's record.
  func record() async throws -> ConsumerRecord {
    try await engine().record(of: connection)
  }

  /// A secret that was just made in the portal.
  func made(
    _ value: SecretValue, keyID: String? = ClientSecret.newKey, spread: TimeInterval = 0
  ) -> ClientSecret {
    server.make(value, for: connection.clientID, spread: spread)
    return ClientSecret(
      keyID: keyID, startsAt: world.now, expiresAt: world.now.addingTimeInterval(730 * 86_400),
      source: .recorded, value: value)
  }

  /// Adopts the old value, made just now.
  @discardableResult
  func adopt() async throws -> ConsumerRecord {
    try await engine().adopt(
      made(.old, keyID: ClientSecret.oldKey), connection, try await record())
  }

  /// Adopts the old value, and takes a rotation to the new one as far as `step`; nil for none.
  @discardableResult
  func reach(_ step: Rotation.Step?) async throws -> ConsumerRecord {
    let engine = engine()
    var record = try await adopt()
    guard let step else { return record }
    record = try await engine.begin(connection, record)
    if step == .begun { return record }
    record = try await engine.supply(made(.new), connection, record)
    if step == .abandoning { return try await engine.declareAbandonment(connection, record) }
    if step == .created { return record }
    record = try await engine.validate(connection, record)
    if step == .validated { return record }
    record = try await engine.switchOver(connection, record)
    if step == .switched { return record }
    record = try await engine.confirm(connection, record)
    if step == .handedOver { return record }
    return try await engine.declareRetirement(connection, record, ignoringGrace: true)
  }
}

/// A tenant without Graph: whoever asks it all the same is told so.
struct NoDirectory: PartialDirectory {}

/// A Graph of which a test says only what matters to it; of everything else there is nothing.
protocol PartialDirectory: Directory {}

extension PartialDirectory {
  private static var absent: DirectoryFailure {
    DirectoryFailure(.refused, "there is no Graph", remedy: "")
  }

  func application(
    _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> DirectoryApplication { throw Self.absent }

  func addPassword(
    named displayName: String, until end: Date, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> ClientSecret { throw Self.absent }

  func removePassword(
    keyID: String, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) { throw Self.absent }

  func longestLifetime(
    _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> TimeInterval? { throw Self.absent }

  func newestSignIn(
    keyID: String, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> CredentialSignIn? { throw Self.absent }

  func ownCredential(
    _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> OwnCredential? { throw Self.absent }
}
