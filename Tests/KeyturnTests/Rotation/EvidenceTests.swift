import Foundation
import Synchronization
import Testing

@testable import Keyturn

/// What a tenant says of a secret's use, before it is removed.
@Suite struct EvidenceTests {
  private func scene() async throws -> (scene: Scene, record: ConsumerRecord) {
    var scene = try Scene()
    scene.connection.server.graph = GraphAccess(signIn: .managedIdentity(clientID: nil))
    scene.connection.policy.rotate = .automatic
    scene.connection.policy.grace = .hours(0)
    return (scene, try await scene.reach(.handedOver))
  }

  @Test func `a report that can't be had just now is waited for`() async throws {
    let (scene, record) = try await scene()
    let reports = Reports(failing: 2, .later(retryAfter: nil))
    let engine = scene.engine(directory: reports)
    #expect(try await engine.useOfPrevious(scene.connection, record) == nil)
    #expect(reports.asked.withLock { $0 } == 3)
  }

  @Test func `the previous secret is kept until the tenant can say who uses it`() async throws {
    let (scene, record) = try await scene()
    let engine = scene.engine(directory: Reports(failing: .max, .later(retryAfter: nil)))
    let failure = try await error { try await engine.perform(.retire, scene.connection, record) }
    #expect(failure.message.contains("the report is not ready"))
    let stored = try await scene.record()
    #expect(stored.rotation?.step == .handedOver)
    #expect(stored.rotation?.lastError == "the report is not ready")
  }

  @Test func `where the tenant does not say at all, grace and confirmation decide`() async throws {
    let (scene, record) = try await scene()
    let engine = scene.engine(directory: Reports(failing: .max, .forbidden))
    _ = try await error { try await engine.perform(.retire, scene.connection, record) }
    // There is no Graph that could remove it, but the removal is declared.
    #expect(try await scene.record().rotation?.step == .retiring)
  }
}

/// A Graph that has nothing but reports of sign-ins, of which the first ones fail.
private final class Reports: PartialDirectory {
  let asked = Mutex(0)
  private let failures: Int
  private let verdict: DirectoryFailure.Verdict

  init(failing failures: Int, _ verdict: DirectoryFailure.Verdict) {
    self.failures = failures
    self.verdict = verdict
  }

  func newestSignIn(
    keyID: String, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> CredentialSignIn? {
    let count = asked.withLock { count in
      count += 1
      return count
    }
    guard count <= failures else { return nil }
    throw DirectoryFailure(verdict, "the report is not ready", remedy: "")
  }
}
