import Foundation
import Synchronization
import Testing

@testable import Keyturn

@Suite struct ValidatorTests {
  private func validator(_ scene: Scene) -> Validator {
    scene.engine().validator
  }

  @Test func `a settled secret is accepted by every replica`() async throws {
    let scene = try Scene()
    _ = scene.made(.new, spread: 120)
    let proof = try await validator(scene).prove(.new, for: scene.connection, as: .newSecret)
    #expect(proof.calls > 3)
    #expect(proof.took >= 60)
    for _ in 0..<3 {
      let outcome = await scene.server.requestToken(for: scene.connection, secret: .new)
      guard case .granted = outcome else {
        Issue.record("a replica still refuses it")
        return
      }
    }
  }

  @Test func `a removed secret is refused by every replica`() async throws {
    let scene = try Scene()
    _ = scene.made(.old)
    scene.server.delete(.old, spread: 120)
    try await validator(scene).proveRefused(.old, for: scene.connection)
    for _ in 0..<3 {
      #expect(await validator(scene).isRefused(.old, for: scene.connection))
    }
  }

  @Test func `a secret that nobody deleted is not proven gone`() async throws {
    let scene = try Scene()
    _ = scene.made(.old)
    let failure = await #expect(throws: CallFailure.self) {
      try await validator(scene).proveRefused(.old, for: scene.connection)
    }
    #expect(failure?.message == "the secret is still accepted")
    #expect(scene.world.slept.reduce(0, +) <= 600)
  }

  @Test func `a wrong value is tried for ten minutes, and no longer`() async throws {
    let scene = try Scene()
    let failure = await #expect(throws: CallFailure.self) {
      _ = try await validator(scene).prove(.wrong, for: scene.connection, as: .newSecret)
    }
    #expect(failure == .unknownValue)
    let waited = scene.world.slept.reduce(0, +)
    #expect(waited > 580)
    #expect(waited <= 600)
  }

  @Test func `a token proves nothing about the environment`() async throws {
    let scene = try Scene()
    _ = scene.made(.new)
    scene.server.answerWhoAmI([.noSuchApplication])
    let failure = await #expect(throws: CallFailure.self) {
      _ = try await validator(scene).prove(.new, for: scene.connection, as: .newSecret)
    }
    #expect(failure == .noSuchApplication)
  }

  @Test func `an environment that is away for a moment is asked again`() async throws {
    let scene = try Scene()
    _ = scene.made(.new)
    scene.server.answerWhoAmI([.unreachable, .throttled(7)])
    let proof = try await validator(scene).prove(.new, for: scene.connection, as: .newSecret)
    #expect(proof.identity == ResourceIdentity(organizationID: "org-1", userID: "user-1"))
    #expect(scene.server.resourceCalls == 3)
    #expect(scene.world.slept.last == 7)
  }

  @Test func `an environment that stays away is the reason`() async throws {
    let scene = try Scene()
    _ = scene.made(.new)
    scene.server.answerWhoAmI([.unreachable, .unreachable, .unreachable])
    let failure = await #expect(throws: CallFailure.self) {
      _ = try await validator(scene).prove(.new, for: scene.connection, as: .newSecret)
    }
    #expect(failure == .unreachable)
  }

  @Test func `without an environment nobody is asked who we are`() async throws {
    let scene = try Scene(.sample(hasEnvironment: false))
    _ = scene.made(.new)
    let proof = try await validator(scene).prove(.new, for: scene.connection, as: .standingSecret)
    #expect(proof.identity == nil)
    #expect(proof.calls == 1)
    #expect(scene.server.resourceCalls == 0)
  }

  @Test func `progress tells where the proof stands`() async throws {
    let scene = try Scene()
    _ = scene.made(.new)
    scene.server.answer([.unknownValue])
    let seen = Mutex<[Validator.Progress]>([])
    _ = try await validator(scene).prove(.new, for: scene.connection, as: .newSecret) { progress in
      seen.withLock { $0.append(progress) }
    }
    let progress = seen.withLock { $0 }
    #expect(progress.map(\.successes) == [0, 1, 2, 3])
    #expect(progress.map(\.required) == [3, 3, 3, 3])
    #expect(progress.first?.obstacle == CallFailure.unknownValue.message)
    #expect(progress.last?.obstacle == nil)
    #expect(progress.map(\.nextCall) == scene.world.slept + [0])
    #expect(progress.map(\.remaining) == progress.map(\.remaining).sorted(by: >))
  }

  @Test func `whoever leaves stops the calls`() async throws {
    let scene = try Scene()
    var context = scene.world.context
    context.sleep = { _ in throw CancellationError() }
    let validator = Validator(
      context: context, tokens: scene.server, resource: scene.server,
      settings: ValidationSettings())
    await #expect(throws: CancellationError.self) {
      _ = try await validator.prove(.wrong, for: scene.connection, as: .newSecret)
    }
    #expect(scene.server.calls.count == 1)
  }

  @Test(arguments: [
    (CallFailure?.none, false), (.unknownValue, true), (.overdue, true), (.emptyValue, true),
    (.noSuchApplication, false), (.unreachable, false),
  ])
  func `one look says refused only where the server does`(answer: CallFailure?, isRefused: Bool)
    async throws
  {
    let scene = try Scene()
    scene.server.answer([answer])
    #expect(await validator(scene).isRefused(.old, for: scene.connection) == isRefused)
  }
}
