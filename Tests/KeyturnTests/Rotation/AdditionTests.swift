import Foundation
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

  @Test func `what is set aside is known by its key id, or nobody could remove it`() async throws {
    var scene = try Scene()
    scene.connection.server.graph = GraphAccess(signIn: .connection)
    var record = try await scene.reach(.handedOver)
    record.previous?.keyID = nil
    record.current?.failure = .missing(at: scene.world.now)
    scene.store.put(record, of: scene.connection)
    let graph = OwnGraph(
      scene.server, keyIDs: [ClientSecret.oldKey], hints: [SecretValue.old.hint])
    let after = try await scene.engine(directory: graph).setAside(scene.connection, record)
    #expect(after.leftovers.map(\.keyID) == [ClientSecret.oldKey])
    #expect(try #require(after.leftovers.first).removableFrom > scene.world.now)
  }
}

/// A Graph that lets in whoever brings a secret that the server accepts.
private struct OwnGraph: PartialDirectory {
  private let server: SimulatedServer
  private let keyIDs: [String]
  private let hints: [String]

  /// A Graph that shows these secrets, and of the first ones their first characters.
  init(_ server: SimulatedServer, keyIDs: [String], hints: [String] = []) {
    self.server = server
    self.keyIDs = keyIDs
    self.hints = hints
  }

  func application(
    _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> DirectoryApplication {
    guard let secret = caller.secret,
      case .granted = await server.requestToken(for: caller.connection, secret: secret)
    else {
      throw DirectoryFailure(.notSignedIn, "signing in to Microsoft Graph: refused", remedy: "")
    }
    return DirectoryApplication(
      objectID: "object", displayName: "Portal",
      passwords: keyIDs.enumerated().map { index, keyID in
        DirectoryPassword(keyID: keyID, hint: index < hints.count ? hints[index] : nil)
      })
  }
}
