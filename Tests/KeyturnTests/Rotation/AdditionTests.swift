import Foundation
import Synchronization
import Testing

@testable import Keyturn

/// Whether a new secret is still there once it is accepted, and with which secret Graph is asked.
@Suite struct AdditionTests {
  /// A connection that signs in to Graph by itself, with a secret that was made through Graph.
  private func scene() async throws -> (Scene, ConsumerRecord) {
    var scene = try Scene()
    scene.connection.server.graph = GraphAccess(signIn: .connection)
    var record = try await scene.reach(.created)
    record.rotation?.mode = .automatic
    scene.store.put(record, of: scene.connection)
    return (scene, record)
  }

  @Test func `the secret in use asks, as long as it works`() async throws {
    let (scene, record) = try await scene()
    let graph = OwnGraph(scene.server, keyIDs: [ClientSecret.oldKey, ClientSecret.newKey])
    let proven = try await scene.engine(directory: graph).validate(scene.connection, record)
    #expect(proven.rotation?.step == .validated)
    #expect(scene.server.calls.last == .old)
  }

  @Test(arguments: [true, false])
  func `where the secret in use opens nothing any more, the new one asks, and is switched to`(
    isExpired: Bool
  ) async throws {
    var (scene, record) = try await scene()
    if isExpired {
      record.current?.expiresAt = scene.world.now
    } else {
      record.current?.failure = .missing(at: scene.world.now)
    }
    scene.server.delete(.old)
    scene.store.put(record, of: scene.connection)
    let engine = scene.engine(
      directory: OwnGraph(scene.server, keyIDs: [ClientSecret.newKey]))
    record = try await engine.validate(scene.connection, record)
    #expect(scene.server.calls.last == .new)
    record = try await engine.switchOver(scene.connection, record)
    #expect(record.current?.value == .new)
  }

  @Test func `an expired secret in use does not hide that the new one was lost`() async throws {
    var (scene, record) = try await scene()
    record.current?.expiresAt = scene.world.now
    scene.server.delete(.old)
    scene.store.put(record, of: scene.connection)
    let engine = scene.engine(
      directory: OwnGraph(scene.server, keyIDs: [ClientSecret.oldKey]))
    let failure = try await error { try await engine.validate(scene.connection, record) }
    #expect(failure.message.contains("the change was lost"))
    let stored = try await scene.record()
    #expect(stored.rotation?.step == .created)
    #expect(stored.pending?.failure?.kind == .missing)
  }

  /// A value that a person gave, for the newest of two attempts.
  private func pasted(keyID: String?) async throws -> (Scene, ConsumerRecord) {
    var scene = try Scene()
    scene.connection.server.graph = GraphAccess(signIn: .connection)
    var record = try await scene.reach(.begun)
    record = try await scene.engine().takeOver(scene.connection, record, as: .guided)
    let secret = scene.made(.new, keyID: keyID)
    return (scene, try await scene.engine().supply(secret, scene.connection, record))
  }

  @Test(arguments: [ClientSecret.newKey, nil])
  func `what was made for an attempt that was given up is not switched to`(keyID: String?)
    async throws
  {
    let (scene, record) = try await pasted(keyID: keyID)
    let given = try #require(record.attempts.first?.marker)
    let graph = OwnGraph(
      scene.server, keyIDs: [ClientSecret.newKey, ClientSecret.oldKey],
      hints: [SecretValue.new.hint], markers: [given])
    let failure = try await error {
      try await scene.engine(directory: graph).validate(scene.connection, record)
    }
    #expect(failure.code == .badInput)
    #expect(failure.message.contains("was made for an attempt that was given up (\(given))"))
    var stored = try await scene.record()
    #expect(stored.rotation?.step == .created)
    #expect(stored.pending?.failure?.kind == .blocked)
    // Once it is replaced, the calls with it are known to be keyturn's own.
    stored = try await scene.engine().supply(
      scene.made(.wrong, keyID: nil), scene.connection, stored)
    #expect(stored.attempts.first?.triedUntil == scene.world.now)
  }

  @Test(arguments: [ClientSecret.newKey, nil])
  func `what was made for the newest attempt, or for none, is`(keyID: String?) async throws {
    let (scene, record) = try await pasted(keyID: keyID)
    for marker in [record.attempts.last?.marker, "kt-ffff-ffffff", nil] {
      let graph = OwnGraph(
        scene.server, keyIDs: [ClientSecret.newKey, ClientSecret.oldKey],
        hints: [SecretValue.new.hint], markers: [marker])
      scene.store.put(record, of: scene.connection)
      let proven = try await scene.engine(directory: graph).validate(scene.connection, record)
      #expect(proven.rotation?.step == .validated)
    }
  }

  /// A rotation of which the new secret is lost, and the one before it was given without its key id.
  private func toSetAside() async throws -> (Scene, ConsumerRecord) {
    var scene = try Scene()
    scene.connection.server.graph = GraphAccess(signIn: .connection)
    var record = try await scene.reach(.handedOver)
    record.previous?.keyID = nil
    record.current?.failure = .missing(at: scene.world.now)
    scene.store.put(record, of: scene.connection)
    return (scene, record)
  }

  @Test func `where Graph lets nobody in, what is set aside is known by its marker`() async throws {
    var (scene, record) = try await toSetAside()
    record.previous?.marker = record.attempts.first?.marker
    scene.store.put(record, of: scene.connection)
    let marker = try #require(record.previous?.marker)
    scene.server.delete(.new)
    let locked = scene.engine(directory: OwnGraph(scene.server, keyIDs: [ClientSecret.oldKey]))
    var after = try await locked.setAside(scene.connection, record)
    #expect(after.leftovers.map(\.marker) == [marker])
    // It has its grace, and is no orphan meanwhile.
    let shown = DirectoryApplication(
      objectID: "object", displayName: "Portal",
      passwords: [DirectoryPassword(keyID: ClientSecret.oldKey, displayName: "Secret · \(marker)")])
    #expect(after.orphans(in: shown) == [])
    #expect(after.removableLeftovers(at: scene.world.now) == [])
    // Its day comes once the next secret is in use.
    after.current = scene.made(SecretValue("3rd8Q~one.more.value-0123456789abcdefgh"))
    scene.store.put(after, of: scene.connection)
    scene.world.pass(days: 60)
    let graph = OwnGraph(
      scene.server, keyIDs: [ClientSecret.newKey, ClientSecret.oldKey], markers: [nil, marker])
    _ = try await scene.engine(directory: graph).sweep(scene.connection, after)
    #expect(graph.removed.withLock { $0 } == [ClientSecret.oldKey])
    let swept = try await scene.engine(directory: graph).sweep(
      scene.connection, try await scene.record())
    #expect(swept.leftovers == [])
  }

  /// A previous secret, with a key id that a person gave and that belongs to somebody else's secret.
  private func toRetire(_ hints: [String]) async throws -> (Scene, ConsumerRecord, OwnGraph) {
    var scene = try Scene()
    scene.connection.server.graph = GraphAccess(signIn: .connection)
    var record = try await scene.reach(.retiring)
    record.previous?.keyID = "others"
    scene.store.put(record, of: scene.connection)
    let graph = OwnGraph(
      scene.server, keyIDs: ["others", ClientSecret.newKey, ClientSecret.oldKey],
      hints: hints)
    return (scene, record, graph)
  }

  @Test func `what is removed is what the value belongs to, whatever key id was given`()
    async throws
  {
    let (scene, record, graph) = try await toRetire([
      "xyz", SecretValue.new.hint, SecretValue.old.hint,
    ])
    let after = try await scene.engine(directory: graph).removePrevious(scene.connection, record)
    #expect(graph.removed.withLock { $0 } == [ClientSecret.oldKey])
    #expect(after.rotation == nil)
  }

  @Test func `where nothing tells which secret it is, a person removes it`() async throws {
    let (scene, record, graph) = try await toRetire(["xyz", SecretValue.new.hint])
    let engine = scene.engine(directory: graph)
    let failure = try await error { try await engine.removePrevious(scene.connection, record) }
    #expect(failure.code == .notPermitted)
    #expect(failure.hints.first?.contains("which begins with old,") == true)
    #expect(graph.removed.withLock { $0 } == [])
    #expect(try await !scene.connection.canRemove(scene.record().previous))
    scene.server.delete(.old)
    let after = try await engine.completeRetirement(scene.connection, try await scene.record())
    #expect(after.rotation == nil)
    #expect(after.leftovers == [])
  }

  @Test func `that there is no secret with a key id does not say that the previous one is gone`()
    async throws
  {
    var (scene, record, _) = try await toRetire([])
    record.previous?.keyID = "mistyped"
    scene.store.put(record, of: scene.connection)
    let graph = OwnGraph(scene.server, keyIDs: [ClientSecret.newKey, ClientSecret.oldKey])
    let engine = scene.engine(directory: graph)
    let failure = try await error { try await engine.removePrevious(scene.connection, record) }
    #expect(failure.code == .notPermitted)
    // Once the server refuses it, it is.
    scene.server.delete(.old)
    let after = try await engine.removePrevious(scene.connection, try await scene.record())
    #expect(after.rotation == nil)
    #expect(graph.removed.withLock { $0 } == [])
  }

  @Test func `what is set aside is never what somebody else's key id leads to`() async throws {
    let (scene, record, graph) = try await toRetire(["xyz", SecretValue.new.hint])
    var aside = record
    aside.current?.failure = .missing(at: scene.world.now)
    scene.store.put(aside, of: scene.connection)
    // Graph can't be read on the day, and can later.
    aside = try await scene.engine().setAside(scene.connection, aside)
    #expect(aside.leftovers.map(\.keyID) == ["others"])
    aside.unserved = []
    aside.current = scene.made(.new)
    scene.store.put(aside, of: scene.connection)
    scene.world.pass(days: 60)
    _ = try await scene.engine(directory: graph).sweep(scene.connection, aside)
    #expect(graph.removed.withLock { $0 } == [])
  }

  @Test(arguments: [ClientSecret.oldKey, nil])
  func `nobody has to sign in to set aside what something leads to`(keyID: String?) async throws {
    var (scene, record) = try await toSetAside()
    scene.connection.server.graph = GraphAccess(signIn: .deviceCode(clientID: "client"))
    record.previous?.keyID = keyID
    scene.store.put(record, of: scene.connection)
    let before = scene.server.calls.count
    let graph = OwnGraph(
      scene.server, keyIDs: [ClientSecret.oldKey], hints: [SecretValue.old.hint])
    let after = try await scene.engine(directory: graph).setAside(scene.connection, record)
    #expect(after.leftovers.map(\.keyID) == [ClientSecret.oldKey])
    #expect((scene.server.calls.count == before) == (keyID != nil))
  }

  @Test func `what is set aside is known by its key id, or nobody could remove it`() async throws {
    let (scene, record) = try await toSetAside()
    let graph = OwnGraph(
      scene.server, keyIDs: [ClientSecret.oldKey], hints: [SecretValue.old.hint])
    let after = try await scene.engine(directory: graph).setAside(scene.connection, record)
    #expect(after.leftovers.map(\.keyID) == [ClientSecret.oldKey])
    #expect(try #require(after.leftovers.first).removableFrom > scene.world.now)
  }
}

/// A Graph that lets in whoever brings a secret that the server accepts.
private final class OwnGraph: PartialDirectory {
  let removed = Mutex<[String]>([])
  private let server: SimulatedServer
  private let keyIDs: [String]
  private let hints: [String]
  private let markers: [String?]

  /// A Graph that shows these secrets, and of the first ones their first characters and markers.
  init(
    _ server: SimulatedServer, keyIDs: [String], hints: [String] = [], markers: [String?] = []
  ) {
    self.server = server
    self.keyIDs = keyIDs
    self.hints = hints
    self.markers = markers
  }

  func application(
    _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> DirectoryApplication {
    guard let secret = caller.secret,
      case .granted = await server.requestToken(for: caller.connection, secret: secret)
    else {
      throw DirectoryFailure(.notSignedIn, "signing in to Microsoft Graph: refused", remedy: "")
    }
    let removed = removed.withLock { $0 }
    let shown = keyIDs.enumerated().map { index, keyID in
      let marker = index < markers.count ? markers[index] : nil
      return DirectoryPassword(
        keyID: keyID, displayName: marker.map { "Secret · \($0)" },
        hint: index < hints.count ? hints[index] : nil, expiresAt: .night(700))
    }
    return DirectoryApplication(
      objectID: "object", displayName: "Portal",
      passwords: shown.filter { !removed.contains($0.keyID) })
  }

  func removePassword(keyID: String, _ caller: DirectoryCaller) async throws(DirectoryFailure) {
    removed.withLock { $0.append(keyID) }
  }
}
