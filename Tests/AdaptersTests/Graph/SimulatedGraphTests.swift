import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

/// Each fault of the simulated tenant, as the core gets to know it.
@Suite struct SimulatedGraphTests {
  @Test func `waits as long as a throttled service asks, and no longer than a run can`()
    async throws
  {
    let scene = try GraphScene()
    for (asked, waits) in [(90, 90), (9_999, 300)] as [(Int, TimeInterval)] {
      scene.set(\.graphThrottle, Faults.Throttle(count: 1, retryAfter: asked))
      let failure = try await failure { () throws(DirectoryFailure) in
        _ = try await scene.addPassword()
      }
      #expect(failure.verdict == .later(retryAfter: waits))
    }
    #expect(scene.secrets.count == 1)
    scene.set(\.graphThrottle, Faults.Throttle(count: 1, retryAfter: 5, status: 503))
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await scene.client.application(scene.caller)
    }
    #expect(failure.verdict == .later(retryAfter: 5))
  }

  @Test func `a lost answer may hide a secret, and is not asked for again`() async throws {
    let scene = try GraphScene()
    scene.set(\.lostAnswers, 1)
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await scene.addPassword()
    }
    #expect(failure.verdict == .maybeDone(retryAfter: nil))
    #expect(scene.secrets.count == 2)
    #expect(scene.count(of: "addPassword") == 1)
  }

  @Test(arguments: [409, 503])
  func `requests at the same time may have been done`(status: Int) async throws {
    let scene = try GraphScene()
    scene.set(\.concurrencyViolations, 1)
    scene.set(\.concurrencyViolationStatus, status)
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await scene.addPassword()
    }
    #expect(failure.verdict == .maybeDone(retryAfter: nil))
    #expect(failure.message.contains("(\(status) Directory_ConcurrencyViolation"))
  }

  @Test func `a removal that fails may have been done`() async throws {
    let scene = try GraphScene()
    scene.set(\.removalFailsAfterAddition, 30)
    let secret = try await scene.addPassword()
    let keyID = try #require(secret.keyID)
    let failure = try await failure { () throws(DirectoryFailure) in
      try await scene.client.removePassword(keyID: keyID, scene.caller)
    }
    #expect(failure.verdict == .maybeDone(retryAfter: nil))
  }

  @Test func `a secret that this replica does not show is unknown`() async throws {
    let scene = try GraphScene()
    let failure = try await failure { () throws(DirectoryFailure) in
      try await scene.client.removePassword(
        keyID: "f0b0b335-1d71-4883-8f98-567911bfdca6", scene.caller)
    }
    #expect(failure.verdict == .unknownPassword)
    #expect(failure.message.hasPrefix("removing the client secret f0b0b335-"))
  }

  @Test func `what is forbidden says who may permit it`() async throws {
    let scene = try GraphScene { $0.ownsItself = false }
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await scene.addPassword()
    }
    #expect(failure.verdict == .forbidden)
    #expect(failure.remedy.contains("Application.ReadWrite.OwnedBy"))
    #expect(failure.remedy.contains("make it an owner of the application"))
  }

  @Test func `policies and limits are told apart`() async throws {
    let scene = try GraphScene()
    func verdict() async throws -> DirectoryFailure.Verdict {
      try await failure { () throws(DirectoryFailure) in _ = try await scene.addPassword() }.verdict
    }
    scene.set(\.maximumLifetimeDays, 180)
    #expect(try await verdict() == .lifetimeTooLong)
    #expect(try await scene.addPassword(days: 180).value != nil)
    scene.set(\.secretsForbidden, true)
    #expect(try await verdict() == .passwordsForbidden)
    scene.tenant.withTenant { $0.faults = Faults() }
    scene.set(\.objectTooLarge, true)
    #expect(try await verdict() == .full)
    #expect(scene.secrets.count == 2)
  }

  @Test func `where two secrets are the limit, the one that has ended is named`() async throws {
    let scene = try GraphScene { $0.signInAudience = .organizationsAndPersonalAccounts }
    let second = try await scene.addPassword()
    let full = try await failure { () throws(DirectoryFailure) in
      _ = try await scene.addPassword()
    }
    #expect(full.verdict == .full)
    #expect(!full.remedy.contains("have ended"))
    scene.world.pass(31 * 86_400)
    let caller = DirectoryCaller(scene.connection, secret: second.value)
    let end = scene.world.now.addingTimeInterval(86_400)
    let ended = try await failure { () throws(DirectoryFailure) in
      _ = try await scene.client.addPassword(named: "x", until: end, caller)
    }
    #expect(ended.verdict == .full)
    #expect(
      ended.remedy.hasPrefix(
        "remove those that have ended first: \(scene.secret.keyID) (ended 2026-12-22); "))
  }

  @Test func `an application that is not there is unknown`() async throws {
    let scene = try GraphScene { $0.appRoles = ["Application.ReadWrite.All"] }
    let tokens = OtherTokens(
      tokens: ConnectionTokens(transport: scene.tenant.transport, context: scene.world.context),
      caller: scene.caller)
    let client = GraphClient(
      transport: scene.tenant.transport, tokens: tokens, context: scene.world.context)
    let other = DirectoryCaller(
      try .entra(clientID: "11111111-1111-4111-8111-111111111111"), secret: nil)
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await client.application(other)
    }
    #expect(failure.verdict == .unknownApplication)
  }
}

/// Signs in as somebody else than the application that is asked about.
private struct OtherTokens: GraphTokens {
  let tokens: ConnectionTokens
  let caller: DirectoryCaller

  func token(
    for _: DirectoryCaller, isFresh: Bool
  ) async throws(DirectoryFailure) -> AccessToken {
    try await tokens.token(for: caller, isFresh: isFresh)
  }

  func ownCredential(for caller: DirectoryCaller) async throws(DirectoryFailure) -> OwnCredential? {
    nil
  }
}
