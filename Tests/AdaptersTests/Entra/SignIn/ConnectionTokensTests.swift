import Foundation
import Keyturn
import NIOHTTP1
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

@Suite struct ConnectionTokensTests {
  @Test func `one token serves many calls, until five minutes before its end`() async throws {
    let scene = try GraphScene()
    for _ in 0..<3 { _ = try await scene.client.application(scene.caller) }
    #expect(scene.count(of: "oauth2/v2.0/token") == 1)
    scene.world.pass(3_599 - 301)
    _ = try await scene.client.application(scene.caller)
    #expect(scene.count(of: "oauth2/v2.0/token") == 1)
    scene.world.pass(1)
    _ = try await scene.client.application(scene.caller)
    #expect(scene.count(of: "oauth2/v2.0/token") == 2)
  }

  @Test func `asks for Graph and for nothing else`() async throws {
    let scene = try GraphScene()
    _ = try await scene.client.application(scene.caller)
    let request = try #require(scene.tenant.requests.first)
    #expect(
      String(decoding: request.body, as: UTF8.self)
        .contains("&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&"))
  }

  @Test func `another secret is another sign-in, and so is a fresh token`() async throws {
    let scene = try GraphScene()
    let tokens = ConnectionTokens(
      transport: scene.tenant.transport, context: scene.world.context)
    let first = try await tokens.token(for: scene.caller, isFresh: false)
    let again = try await tokens.token(for: scene.caller, isFresh: false)
    #expect(first.value == again.value)
    let fresh = try await tokens.token(for: scene.caller, isFresh: true)
    #expect(fresh.value != first.value)
    let kept = try await tokens.token(for: scene.caller, isFresh: false)
    #expect(kept.value == fresh.value)
    let added = try await scene.addPassword()
    let other = DirectoryCaller(scene.connection, secret: added.value)
    #expect(try await tokens.token(for: other, isFresh: false).value != fresh.value)
    #expect(try await tokens.ownCredential(for: scene.caller) == nil)
  }

  @Test func `a token that Graph no longer takes is replaced`() async throws {
    let scene = try GraphScene()
    _ = try await scene.client.application(scene.caller)
    // A machine whose clock stands still does not notice that the token has ended.
    let stopped = GraphClient(
      transport: scene.tenant.transport,
      tokens: ConnectionTokens(
        transport: scene.tenant.transport, context: scene.world.context.stopped(at: scene.world.now)
      ),
      context: scene.world.context)
    _ = try await stopped.application(scene.caller)
    scene.world.pass(3_600)
    _ = try await stopped.application(scene.caller)
    #expect(scene.count(of: "oauth2/v2.0/token") == 3)
  }

  @Test(arguments: [
    (90_033, DirectoryFailure.Verdict.later(retryAfter: nil)), (7_000_222, .notSignedIn),
    (7_000_215, .notSignedIn), (700_016, .notSignedIn),
  ])
  func `says that the sign-in failed`(code: Int, verdict: DirectoryFailure.Verdict) async throws {
    let scene = try GraphScene()
    scene.set(\.signInFailure, Faults.SignIn(code: code))
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await scene.addPassword()
    }
    #expect(failure.verdict == verdict)
    #expect(failure.message.hasPrefix("signing in to Microsoft Graph: AADSTS\(code): "))
    #expect(!failure.remedy.isEmpty)
  }

  @Test func `without a recorded value nobody can sign in`() async throws {
    let scene = try GraphScene()
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await scene.client.application(DirectoryCaller(scene.connection, secret: nil))
    }
    #expect(failure.verdict == .notSignedIn)
    #expect(scene.tenant.requests.isEmpty)
  }

  @Test(
    arguments: [("3599", 3_599), (#""3599""#, 3_599), ("999999999", 86_400)]
      as [(String, TimeInterval)])
  func `reads how long a token is good for`(written: String, lifetime: TimeInterval) async throws {
    let end = try await end(#","expires_in":\#(written)"#)
    #expect(end == TestWorld.night.addingTimeInterval(lifetime))
  }

  @Test(arguments: [
    "", #","expires_in":0"#, #","expires_in":-5"#, #","expires_in":"soon""#,
    #","expires_in":1e999"#,
  ])
  func `a token whose end nobody knows is not kept`(member: String) async throws {
    #expect(try await end(member) == nil)
  }

  private func end(_ member: String) async throws -> Date? {
    let body = #"{"access_token":"eyJ0.a.b","token_type":"Bearer"\#(member)}"#
    let response = HTTPExchangeResponse(status: 200, headers: [:], body: Data(body.utf8))
    let service = TokenEndpointClient(
      transport: HTTPTransport { _ in response }, context: TestWorld().context)
    let outcome = await service.requestToken(for: try .entra(), secret: SecretValue("x"))
    guard case .granted(let token) = outcome else {
      Issue.record("\(outcome)")
      return nil
    }
    return token.expiresAt
  }
}
