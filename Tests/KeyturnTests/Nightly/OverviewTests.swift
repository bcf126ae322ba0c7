import Foundation
import Testing

@testable import Keyturn

@Suite struct OverviewTests {
  private func scene() throws -> (Scene, [Connection]) {
    let connections = try Connection.samples(3)
    let scene = try Scene(connections[0])
    scene.store.put(.sample(endsIn: 20), of: connections[0])
    scene.store.put(.sample(endsIn: 400), of: connections[1])
    return (scene, connections)
  }

  private func read(
    _ scene: Scene, _ connections: [Connection], looksAhead: Bool = true
  ) async throws -> Overview {
    try await Overview.read(
      connections, from: scene.store, scene.registry, history: 2, looksAhead: looksAhead,
      at: .night(0))
  }

  @Test func `each connection is judged as a night would judge it, in its order`() async throws {
    let (scene, connections) = try scene()
    let overview = try await read(scene, connections)
    #expect(overview.entries.map(\.connection) == connections)
    #expect(overview.entries.map(\.severity) == [.warning, .ok, .unknown])
    #expect(overview.entries.map { $0.record?.version } == [1, 1, nil])
    #expect(overview.severity == .unknown)
    #expect(overview.entries[2].judgement == Judgement(connections[2], nil, at: .night(0)))
    #expect(Set(overview.plan.events.map(\.connection)) == Set(connections.map(\.name)))
    let present = try await read(scene, connections, looksAhead: false)
    #expect(present.plan.events.isEmpty && present.severity == .unknown)
  }

  @Test func `a record that can't be opened is a finding about its connection alone`() async throws
  {
    let (scene, connections) = try scene()
    scene.store.makeUnreadable(
      "connection-1",
      KeyturnError(.configuration, "connection-1: it is damaged", hints: ["restore it"]))
    let overview = try await read(scene, connections)
    let entry = overview.entries[0]
    #expect(entry.record == nil && entry.severity == .unknown)
    #expect(entry.findings.map(\.code) == [.unreadable])
    #expect(entry.findings.map(\.message) == ["it is damaged"])
    #expect(entry.judgement.next.what == "restore it")
    #expect(overview.entries[1].severity == .ok)
    // Nobody knows what is ahead of it.
    #expect(!overview.plan.events.contains { $0.connection == "connection-1" })
  }

  @Test func `the newest events, the nights and the settling times are in it`() async throws {
    let (scene, connections) = try scene()
    for detail in ["a", "b", "c"] {
      try await scene.registry.append(
        AuditEntry(at: .night(0), actor: "", action: "", detail: detail), about: "connection-2")
    }
    let run = Run(
      startedAt: .night(-3), finishedAt: .night(-3), severity: .ok, fingerprint: "", summary: "")
    try await scene.registry.add(run)
    let overview = try await read(scene, connections)
    #expect(overview.entries[1].history.map(\.entry.detail) == ["b", "c"])
    #expect(overview.entries[0].history.isEmpty)
    #expect(overview.runs.newestGood == run)
    #expect(overview.findings.map(\.code) == [.missedRun])
  }
}
