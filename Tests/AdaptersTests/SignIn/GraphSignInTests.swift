import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

/// What all ways to sign in share: which one is taken, and how long a token is kept.
@Suite struct GraphSignInTests {
  private let scene: SignInScene
  private let way: GraphAccess.SignIn

  init() throws {
    scene = try SignInScene()
    way = .certificate(clientID: SignInScene.automationID, file: try scene.certificateFile())
  }

  @Test func `a token is kept until five minutes before its end`() async throws {
    let signIn = scene.signIn()
    let caller = try scene.caller(way)
    let first = try await signIn.token(for: caller, isFresh: false)
    scene.world.pass(3_298)
    #expect(try await signIn.token(for: caller, isFresh: false).value == first.value)
    scene.world.pass(2)
    #expect(try await signIn.token(for: caller, isFresh: false).value != first.value)
    #expect(scene.tenant.requests.count == 2)
  }

  @Test func `a refused token is replaced, for everybody`() async throws {
    let signIn = scene.signIn()
    let caller = try scene.caller(way)
    let first = try await signIn.token(for: caller, isFresh: false)
    let second = try await signIn.token(for: caller, isFresh: true)
    #expect(first.value != second.value)
    #expect(try await signIn.token(for: caller, isFresh: false).value == second.value)
  }

  @Test func `all connections of an identity share one sign-in`() async throws {
    let signIn = scene.signIn()
    var callers: [DirectoryCaller] = []
    for number in 0..<8 {
      var caller = try scene.caller(way)
      caller.connection.name = "c\(number)"
      caller.connection.clientID = "\(number)"
      callers.append(caller)
    }
    let tokens = try await withThrowingTaskGroup(of: SecretValue.self) { group in
      for caller in callers {
        group.addTask { try await signIn.token(for: caller, isFresh: false).value }
      }
      return try await group.reduce(into: Set<SecretValue>()) { $0.insert($1) }
    }
    #expect(tokens.count == 1)
    #expect(scene.tenant.requests.count == 1)
  }

  @Test func `another tenant, cloud or identity is another sign-in`() async throws {
    let signIn = scene.signIn()
    _ = try await signIn.token(for: scene.caller(way), isFresh: false)
    let other = "99998888-bbbb-3333-cccc-4444dddd5555"
    scene.tenant.withTenant { $0.otherTenants = [other] }
    var caller = try scene.caller(way)
    guard case .entra(_, let cloud) = caller.connection.server.kind else { return }
    caller.connection.server.kind = .entra(directory: other, cloud: cloud)
    // The tenant takes the statement for its own address only: the sign-in was another one.
    _ = try? await signIn.token(for: caller, isFresh: false)
    #expect(scene.tenant.requests.last?.path.hasPrefix("/\(other)/") == true)
    let file = try scene.file("secret", scene.secret.reveal())
    let bySecret = GraphAccess.SignIn.clientSecret(
      clientID: SignInScene.automationID, source: .file(file))
    let count = scene.tenant.requests.count
    _ = try await signIn.token(for: scene.caller(bySecret), isFresh: false)
    #expect(scene.tenant.requests.count == count + 1)
  }

  @Test func `a failed sign-in is tried again by the next call`() async throws {
    let signIn = scene.signIn()
    let caller = try scene.caller(way)
    scene.tenant.withTenant { $0.faults.tokenThrottle = Faults.Throttle(count: 1, retryAfter: 70) }
    let failure = await #expect(throws: DirectoryFailure.self) {
      try await signIn.token(for: caller, isFresh: false)
    }
    #expect(failure?.verdict == .later(retryAfter: 70))
    _ = try await signIn.token(for: caller, isFresh: false)
  }

  @Test func `the connection signs in with its own secret`() async throws {
    var caller = try scene.caller(.connection)
    let failure = await #expect(throws: DirectoryFailure.self) {
      try await scene.signIn().token(for: caller, isFresh: false)
    }
    #expect(failure?.verdict == .notSignedIn)
    let value = scene.tenant.withTenant {
      $0.application(appID: Connection.entraClient)?.history[0].value
    }
    caller.secret = value.map(SecretValue.init)
    let token = try await scene.signIn().token(for: caller, isFresh: false)
    #expect(!token.value.reveal().isEmpty)
    #expect(try await scene.signIn().ownCredential(for: caller) == nil)
  }

  @Test func `a tenant without Graph says so`() async throws {
    let failure = try await scene.failure(nil)
    #expect(failure.verdict == .notSignedIn)
    #expect(failure.message.contains("has no graph: in the configuration"))
  }

  @Test func `a network that fails is told as that`() async throws {
    scene.tenant.withTenant {
      $0.faults.tokenAnswer = Faults.TokenAnswer(kind: .closed)
    }
    let failure = try await scene.failure(way)
    #expect(failure.verdict == .later(retryAfter: nil))
    #expect(failure.message.contains("login.microsoftonline.com"))
  }
}
