import Keyturn
import TestSupport
import Foundation
import Testing

@testable import Adapters
@testable import SimulatedTenant

/// What the tenant and the environment refuse, as an administrator meets it.
@Suite struct RefusalTests {
  private static let name = Stage.name

  /// Every code that both the table and the simulated tenant know.
  static let codes = AADSTSTable.entries.keys.filter { SignInFailure.codes.contains($0) }.sorted()

  @Test(arguments: codes)
  func `each code of Microsoft's gets its own explanation and remedy`(code: Int) async throws {
    let stage = try await Stage(settings: ["validation: { timeout: 30s }"])
    stage.fail { $0.signInFailure = Faults.SignIn(code: code) }
    let telling = await stage.run(
      "record", Self.name, "--expires", "2026-12-15", "--secret-stdin", input: stage.seeded.value)
    let entry = try #require(AADSTSTable.entries[code])
    let status: Int32 =
      switch entry.verdict {
      case .wrongOrNotReplicated, .expired, .refused: 65
      case .blocked: 77
      case .unreachable, .transient: 69
      }
    telling.ended(status).saying("keyturn: error: \(Self.name): AADSTS\(code)")
      .saying(entry.explanation).saying("keyturn: hint: ").saying("correlation ")
      .neverShowing(stage.seeded.value)
    #expect(!telling.said.contains("{"), "a place was left unfilled: \(telling.said)")
    #expect(try await stage.state()["version"] as? Int == 0)
  }

  @Test func `there are enough of them, and no two say the same`() {
    #expect(Self.codes.count >= 30)
    let entries = AADSTSTable.entries.values
    #expect(Set(entries.map(\.explanation)).count == entries.count)
  }

  @Test func `an application user that is missing stops before the switch, with its remedy`()
    async throws
  {
    let stage = try await Stage()
    await stage.adopt()
    let secret = try stage.makeSecret()
    stage.fail { $0.applicationUserMissing = true }
    let arguments = ["rotate", Self.name]
    await stage.run(
      arguments[0], arguments[1], "--key-id", secret.keyID, "--secret-stdin", input: secret.value
    ).ended(77)
      .saying("contoso.crm.dynamics.com does not know the application (403 0x80072560)")
      .saying("Application users > + New app user > + Add an app").neverShowing(secret.value)
    await #expect(stage.storedValue() == stage.seeded.value)
    #expect(try await stage.step() == "created")
    await stage.run("check").ended(1).printing("failed: \(Self.name) validate")
      .printing("0x80072560")
    await #expect(stage.storedValue() == stage.seeded.value)

    stage.fail { $0.applicationUserMissing = false }
    await stage.run(
      "rotate", Self.name,
      answers: [.line(at: "Give another one instead?", "no")] + GuidedRotationTests.handedOver
    ).ended(0)
    await #expect(stage.storedValue() == secret.value)
  }

  @Test func `a wrong value that is piped leaves the old secret current, and can be replaced`()
    async throws
  {
    let stage = try await Stage(settings: ["validation: { timeout: 30s }"])
    await stage.adopt()
    let secret = try stage.makeSecret()
    await stage.run(
      "rotate", Self.name, "--secret-stdin", input: String(secret.value.reversed())
    ).ended(65).saying("AADSTS7000215").saying("not its Secret ID")
    await #expect(stage.storedValue() == stage.seeded.value)
    let rotation = try await stage.state()["rotation"] as? [String: Any]
    #expect((rotation?["last_error"] as? String)?.contains("AADSTS7000215") == true)
    await stage.run("rotate", Self.name, "--secret-stdin", input: secret.value).ended(0)
    await #expect(stage.storedValue() == secret.value)
  }

  @Test(arguments: [
    (Faults.TokenAnswer.Kind.notJSON, "answered with a web page in place of a token"),
    (.truncated, "closed the connection"), (.huge, "sent more than 1048576 bytes"),
    (.empty, "answered with an empty answer in place of a token"),
    (.closed, "closed the connection"),
    (.slow, "did not answer within 30 seconds"),
  ])
  func `an answer that is none is a service's fault, not the secret's`(
    kind: Faults.TokenAnswer.Kind, words: String
  ) async throws {
    let stage = try await Stage()
    await stage.adopt()
    stage.fail { $0.tokenAnswer = Faults.TokenAnswer(kind: kind, seconds: 60) }
    await stage.run("validate", Self.name).ended(69).printing("login.microsoftonline.com")
      .printing(words).neverShowing(stage.seeded.value)
  }

  @Test func `throttling is waited for as long as the service says`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    stage.fail { $0.tokenThrottle = Faults.Throttle(count: 2, retryAfter: 17) }
    let before = stage.clock.now
    await stage.run("validate").ended(0)
    #expect(stage.clock.now.timeIntervalSince(before) >= 34)
  }

  @Test func `another organization behind the environment's address is told`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    stage.fail { $0.environmentChanged = true }
    stage.pass(days: 1)
    await stage.run("check").ended(1).printing("organization id was ")
      .printing("find out who did")
  }
}
