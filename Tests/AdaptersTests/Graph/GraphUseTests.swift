import Foundation
import Keyturn
import NIOHTTP1
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

@Suite struct GraphUseTests {
  private static func scene(_ role: String = "AuditLog.Read.All") throws -> GraphScene {
    try GraphScene { $0.appRoles.insert(role) }
  }

  /// The consumer gets a token for Dataverse with the secret in use.
  private static func use(_ scene: GraphScene) async {
    let service = TokenEndpointClient(
      transport: scene.tenant.transport, context: scene.world.context)
    _ = await service.requestToken(
      for: scene.connection, secret: SecretValue(scene.secret.value))
  }

  @Test func `a secret that nobody used has no sign-in`() async throws {
    let scene = try Self.scene()
    let secret = try await scene.addPassword()
    let keyID = try #require(secret.keyID)
    #expect(try await scene.client.newestSignIn(keyID: keyID, scene.caller) == nil)
  }

  @Test func `keyturn's own sign-in is one like any other`() async throws {
    let scene = try Self.scene()
    let signIn = try await scene.client.newestSignIn(keyID: scene.secret.keyID, scene.caller)
    #expect(signIn == CredentialSignIn(at: scene.world.now, origin: "Microsoft Graph"))
  }

  @Test func `the newest sign-in is found in the report of credentials`() async throws {
    let scene = try Self.scene()
    _ = try await scene.client.application(scene.caller)
    scene.world.pass(600)
    await Self.use(scene)
    let at = scene.world.now
    scene.world.pass(600)
    let signIn = try await scene.client.newestSignIn(keyID: scene.secret.keyID, scene.caller)
    #expect(signIn == CredentialSignIn(at: at, origin: "Dataverse"))
  }

  @Test func `without that report the log of sign-ins says from where, too`() async throws {
    let scene = try Self.scene()
    scene.set(\.activityReportMissing, true)
    _ = try await scene.client.application(scene.caller)
    scene.world.pass(600)
    await Self.use(scene)
    let at = scene.world.now
    let signIn = try await scene.client.newestSignIn(
      keyID: scene.secret.keyID.uppercased(), scene.caller)
    #expect(signIn == CredentialSignIn(at: at, origin: "203.0.113.7, Dataverse"))
  }

  @Test func `the reports lag behind`() async throws {
    let scene = try Self.scene()
    scene.set(\.signInReportLatency, 3_600)
    _ = try await scene.client.application(scene.caller)
    #expect(
      try await scene.client.newestSignIn(keyID: scene.secret.keyID, scene.caller) == nil)
    scene.world.pass(3_000)
    await Self.use(scene)
    scene.world.pass(700)
    let signIn = try await scene.client.newestSignIn(keyID: scene.secret.keyID, scene.caller)
    #expect(signIn?.origin == "Microsoft Graph")
  }

  @Test func `without the permission there is no evidence`() async throws {
    let scene = try GraphScene()
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await scene.client.newestSignIn(keyID: scene.secret.keyID, scene.caller)
    }
    #expect(failure.verdict == .forbidden)
    #expect(failure.remedy.contains("AuditLog.Read.All"))
    #expect(scene.count(of: "auditLogs/signIns") == 1)
  }

  @Test func `a tenant without the licence gives no evidence`() async throws {
    let client = try GraphClient.answering("no-premium")
    let caller = try DirectoryCaller.entra()
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await client.newestSignIn(keyID: "f0b0b335-1d71-4883-8f98-567911bfdca6", caller)
    }
    #expect(failure.verdict == .forbidden)
    #expect(failure.remedy.contains("Entra ID P1"))
  }

  @Test(arguments: ["bad-request", "not-found"])
  func `a cloud without the reports gives no evidence`(fixture: String) async throws {
    let client = try GraphClient.answering(fixture)
    let caller = try DirectoryCaller.entra()
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await client.newestSignIn(keyID: "f0b0b335-1d71-4883-8f98-567911bfdca6", caller)
    }
    #expect(failure.verdict == .forbidden)
    #expect(failure.message.contains("the tenant gives no evidence of sign-ins"))
  }

  @Test func `reads an activity that stands alone, with an offset of one digit`() async throws {
    let client = try GraphClient.answering("activity")
    let caller = try DirectoryCaller.entra()
    let signIn = try await client.newestSignIn(
      keyID: "f0b0b335-1d71-4883-8f98-567911bfdca6", caller)
    #expect(signIn?.at == Timestamp.parse("2021-04-01T08:00:00Z"))
    #expect(signIn?.origin == nil)
    let other = "11111111-1111-4111-8111-111111111111"
    #expect(try await client.newestSignIn(keyID: other, caller) == nil)
  }

  @Test(
    arguments: [
      ("null", nil), ("{}", nil), (#"{"lastSignInDateTime":null}"#, nil),
      (#"{"lastSignInDateTime":"0001-01-01T00:00:00Z"}"#, nil),
      (
        #"{"lastSignInDateTime":"2026-11-01T00:00:00Z","lastNonInteractiveSignInDateTime":"2026-11-02T00:00:00.1234567Z"}"#,
        "2026-11-02T00:00:00Z"
      ),
    ] as [(String, String?)])
  func `reads when a credential was last used`(activity: String, at: String?) async throws {
    let client = GraphClient.answering(json: Self.report(activity))
    let signIn = try await client.newestSignIn(
      keyID: "f0b0b335-1d71-4883-8f98-567911bfdca6", .entra())
    #expect(signIn.map { Timestamp.format($0.at) } == at)
  }

  @Test(arguments: [
    #"{"lastSignInDateTime":"yesterday"}"#, #"{"lastSignInDateTime":1e999,"lastSignInDateTime":7}"#,
  ])
  func `a sign-in without a date is not taken for none`(activity: String) async throws {
    let client = GraphClient.answering(json: Self.report(activity))
    let caller = try DirectoryCaller.entra()
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await client.newestSignIn(keyID: "f0b0b335-1d71-4883-8f98-567911bfdca6", caller)
    }
    #expect(failure.verdict == .later(retryAfter: nil))
  }

  @Test func `reads on where a page is empty, and not for ever`() async throws {
    let caller = try DirectoryCaller.entra()
    let full = Self.report(#"{"lastSignInDateTime":"2026-11-01T00:00:00Z"}"#)
    let client = GraphClient.answering { request in
      let isSecond = request.url.query()?.contains("skiptoken=2") == true
      let next = "https://graph.microsoft.com/beta/reports/x?$skiptoken=2"
      return HTTPExchangeResponse(
        status: 200, headers: [:],
        body: Data((isSecond ? full : #"{"value":[],"@odata.nextLink":"\#(next)"}"#).utf8))
    }
    let signIn = try await client.newestSignIn(
      keyID: "f0b0b335-1d71-4883-8f98-567911bfdca6", caller)
    #expect(signIn != nil)
    let endless = GraphClient.answering(
      json: #"{"value":[],"@odata.nextLink":"https://graph.microsoft.com/beta/reports/x"}"#)
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await endless.newestSignIn(keyID: "f0b0b335-1d71-4883-8f98-567911bfdca6", caller)
    }
    #expect(failure.message.contains("there are more than 10 pages"))
  }

  private static func report(_ activity: String) -> String {
    #"{"value":[{"keyId":"F0B0B335-1d71-4883-8f98-567911bfdca6","signInActivity":\#(activity)}]}"#
  }
}
