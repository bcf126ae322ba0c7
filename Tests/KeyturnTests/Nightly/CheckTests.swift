import Foundation
import Testing

@testable import Keyturn

/// The night as a whole: what is told, and what never stops it.
@Suite struct CheckTests {
  @Test func `a quiet night validates the current secret and has nothing to tell`() async throws {
    let scene = try Scene()
    try await scene.adopt()
    scene.world.pass(days: 1)
    let report = try await scene.check().run()
    #expect(report.severity == .ok)
    #expect(report.actions.map(\.what) == ["validate"])
    #expect(report.actions.map(\.result) == [.done])
    #expect(try await scene.record().current?.validatedAt == scene.world.now)
    #expect(scene.registry.allRuns.map(\.severity) == [.ok])
  }

  @Test func `two checks in one night validate once`() async throws {
    let scene = try Scene()
    try await scene.adopt()
    scene.world.pass(days: 1)
    _ = try await scene.check().run()
    let calls = scene.server.calls.count
    scene.world.pass(3_600)
    let report = try await scene.check().run()
    #expect(report.actions.isEmpty)
    #expect(scene.server.calls.count == calls)
  }

  // MARK: I8, a failed night is told

  @Test(arguments: [
    (CallFailure.unknownValue, Finding.Code.refused, Severity.critical),
    (.overdue, .expired, .critical), (.noSuchApplication, .validationFailed, .critical),
    (.unreachable, .validationFailed, .unknown), (.throttled(900), .validationFailed, .unknown),
  ])
  func `a validation that failed is told with its remedy`(
    failure: CallFailure, code: Finding.Code, severity: Severity
  ) async throws {
    let scene = try Scene()
    try await scene.adopt()
    scene.world.pass(days: 1)
    scene.server.fail { failure }
    let report = try await scene.check().run()
    let finding = try #require(report.findings.first)
    #expect(finding.code == code)
    #expect(finding.severity == severity)
    #expect(finding.message == failure.message)
    #expect(finding.remedy == failure.remedy)
    #expect(report.actions.map(\.result) == [.failed])
    #expect(report.severity.exitStatus == severity.exitStatus)
  }

  @Test func `a failure is forgotten when the secret is accepted again`() async throws {
    let scene = try Scene()
    try await scene.adopt()
    scene.world.pass(days: 1)
    scene.server.fail { .unreachable }
    #expect(try await scene.check().run().severity == .unknown)
    scene.server.fail { nil }
    // Not tomorrow: what is unknown is asked again by the next run.
    scene.world.pass(600)
    #expect(try await scene.check().run().severity == .ok)
  }

  @Test func `one record that can't be opened does not stop the others`() async throws {
    let scene = try Scene()
    let connections = try Connection.samples(20)
    for connection in connections { scene.store.put(.sample(endsIn: 30), of: connection) }
    scene.server.make(.old)
    let broken = KeyturnError(.configuration, "the seal is broken", hints: ["restore the backup"])
    scene.store.makeUnreadable("connection-7", broken)
    let report = try await scene.check(connections).run()
    let first = try #require(report.findings.first)
    #expect(first.code == .unreadable)
    #expect(first.severity == .unknown)
    #expect(first.connection == "connection-7")
    #expect(first.message == "could not be checked: the seal is broken")
    #expect(first.remedy == "restore the backup")
    #expect(report.findings.filter { $0.code == .expiring }.count == 19)
    #expect(report.severity == .unknown)
  }

  @Test func `a validation that can't be written down is told`() async throws {
    let scene = try Scene()
    try await scene.adopt()
    scene.world.pass(days: 1)
    scene.store.onWrite { _, moment in if moment == .before { throw KeyturnError.diskFull } }
    let report = try await scene.check().run()
    #expect(report.findings.map(\.code) == [.unreadable])
    #expect(report.severity == .unknown)
  }

  @Test(arguments: [Rotation.Step.created, .validated, .handedOver, .retiring, .abandoning])
  func `a step that can't be written down is told`(step: Rotation.Step) async throws {
    let scene = try Scene()
    let record = try await scene.reach(step)
    if step == .handedOver || step == .retiring { scene.server.delete(.old) }
    if step == .abandoning { scene.server.delete(.new) }
    scene.world.pass((record.retireAfter ?? scene.world.now).timeIntervalSince(scene.world.now))
    let fresh = scene.world.now
    var validated = record
    validated.current?.validatedAt = fresh
    scene.store.put(validated, of: scene.connection)
    scene.store.onWrite { _, moment in if moment == .before { throw KeyturnError.diskFull } }
    let report = try await scene.check().run()
    #expect(report.actions.map(\.result) == [.failed])
    #expect(report.severity != .ok)
    #expect(report.findings.contains { $0.message.contains(KeyturnError.diskFull.message) })
  }

  @Test func `a current secret that fails while the old one is retired is told`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.retiring)
    scene.server.delete(.old)
    scene.server.delete(.new)
    let report = try await scene.check().run()
    #expect(report.actions.map(\.result) == [.failed])
    #expect(report.findings.contains { $0.message.contains("the current one does not work") })
    #expect(report.severity != .ok)
    #expect(scene.store[scene.connection.name] == record)
  }

  @Test func `an emptied configuration is no quiet night`() async throws {
    let report = try await Scene().check([]).run()
    #expect(report.severity == .unknown)
    #expect(report.summary.hasPrefix("UNKNOWN: no connection is configured | due=0;;;0;0"))
  }
}
