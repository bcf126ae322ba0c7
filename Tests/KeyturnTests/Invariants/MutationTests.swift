import Foundation
import Testing

@testable import Keyturn

/// The checker is no decoration: each invariant, broken on purpose, is noticed within a few seeds.
@Suite struct MutationTests {
  /// The invariants that some of the first histories break.
  private func broken(by replacement: History.Replacement) async throws -> Set<String> {
    var broken: Set<String> = []
    for seed in UInt64(0)..<40 {
      let history = try History(seed: seed, replacement)
      await history.run(events: 60)
      broken.formUnion(history.checker.violations.map { String($0.prefix(2)) })
    }
    return broken
  }

  @Test func `a server that grants everything breaks I1`() async throws {
    let replacement = History.Replacement(tokens: { _ in CredulousService() })
    #expect(try await broken(by: replacement).contains("I1"))
  }

  @Test func `a store that drops the previous secret breaks I4`() async throws {
    let replacement = History.Replacement(store: { ForgettingStore(inner: $0) })
    #expect(try await broken(by: replacement).contains("I4"))
  }

  @Test func `a store that ignores the version breaks I5`() async throws {
    let replacement = History.Replacement(store: { CarelessStore(inner: $0) })
    #expect(try await broken(by: replacement).contains("I5"))
  }

  @Test func `a server whose answer repeats the secret breaks I6`() async throws {
    let replacement = History.Replacement(tokens: { _ in EchoingService() })
    #expect(try await broken(by: replacement).contains("I6"))
  }

  @Test func `a store that only says that it wrote breaks I7`() async throws {
    let replacement = History.Replacement(store: { LyingStore(inner: $0) })
    #expect(try await broken(by: replacement).contains("I7"))
  }

  @Test func `a night that hides its failure breaks I8`() throws {
    let checker = InvariantChecker(SimulatedServer(SimulatedWorld()))
    var report = CheckReport(
      startedAt: .night(0), finishedAt: .night(0), connections: 1, findings: [], actions: [])
    checker.hear(report)
    #expect(checker.violations.isEmpty)
    report.actions = [.init(connection: "c", what: "switch", result: .failed, message: "no")]
    checker.hear(report)
    #expect(checker.violations.map { $0.prefix(2) } == ["I8"])
  }
}

private struct CredulousService: TokenService {
  func requestToken(for connection: Connection, secret: SecretValue) async -> TokenOutcome {
    .granted(AccessToken(SecretValue("token")))
  }
}

private struct EchoingService: TokenService {
  func requestToken(for connection: Connection, secret: SecretValue) async -> TokenOutcome {
    .failed(CallFailure(.refused, "\(secret.reveal()) is wrong", remedy: "try another"))
  }
}

/// A store that reads well and writes badly.
private protocol BrokenStore: ConsumerSecretStore {
  var inner: MemoryStore { get }
}

extension BrokenStore {
  var storeID: String { inner.storeID }

  func record(of connection: String) async throws -> ConsumerRecord? {
    try await inner.record(of: connection)
  }

  func records(of connections: [String]) async throws
    -> [String: Result<ConsumerRecord, KeyturnError>]
  {
    try await inner.records(of: connections)
  }
}

/// Writes whatever version is stored.
private struct CarelessStore: BrokenStore {
  let inner: MemoryStore

  func swap(_ change: RecordChange) async throws -> Bool {
    inner.force(change)
    return true
  }
}

/// Loses the previous secret as soon as the hand-over is done.
private struct ForgettingStore: BrokenStore {
  let inner: MemoryStore

  func swap(_ change: RecordChange) async throws -> Bool {
    var change = change
    if change.record.rotation?.step == .handedOver { change.record.previous = nil }
    return try await inner.swap(change)
  }
}

/// Says that a value is written, and writes nothing.
private struct LyingStore: BrokenStore {
  let inner: MemoryStore

  func swap(_ change: RecordChange) async throws -> Bool {
    guard change.event.action != "rotation.created" else { return true }
    return try await inner.swap(change)
  }
}
