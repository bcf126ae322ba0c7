import Foundation
import Testing

@testable import Keyturn

/// What a night looks at, who may come in between, and what a dry run leaves alone.
@Suite struct CheckDueTests {
  @Test func `only what is due is read`() async throws {
    let scene = try Scene()
    let connections = try Connection.samples(3)
    scene.store.put(.sample(value: nil, endsIn: 200), of: connections[0])
    scene.store.put(.sample(value: nil, endsIn: 80), of: connections[1])
    _ = try await scene.check(connections).run()
    #expect(Set(scene.store.reads).count == 3)
    let before = scene.store.reads.count
    scene.world.pass(days: 1)
    let report = try await scene.check(connections).run()
    // The one with 80 days left, and the one of which nothing is known.
    #expect(scene.store.reads.dropFirst(before) == ["connection-2", "connection-3"])
    #expect(report.findings.map(\.code) == [.unrecorded, .expiring])
    #expect(report.connections == 3)
  }

  @Test func `another configuration makes everything due`() async throws {
    let scene = try Scene()
    let connections = try Connection.samples(2)
    for connection in connections {
      scene.store.put(.sample(value: nil, endsIn: 200), of: connection)
    }
    _ = try await scene.check(connections, fingerprint: "1").run()
    scene.world.pass(days: 1)
    _ = try await scene.check(connections, fingerprint: "1").run()
    #expect(scene.store.reads.count == 2)
    scene.world.pass(days: 1)
    _ = try await scene.check(connections, fingerprint: "2").run()
    #expect(scene.store.reads.count == 4)
  }

  @Test func `an earlier threshold warns on the nights after the first, too`() async throws {
    var scene = try Scene()
    scene.store.put(.sample(value: nil, endsIn: 120), of: scene.connection)
    _ = try await scene.check(fingerprint: "1").run()
    scene.connection.policy.warnBefore = [.days(180)]
    var nights: [[Finding.Code]] = []
    for _ in 0..<3 {
      scene.world.pass(days: 1)
      nights.append(try await scene.check(fingerprint: "2").run().findings.map(\.code))
    }
    #expect(nights.first == [.expiring])
    #expect(nights == [[.expiring], [.expiring], [.expiring]])
  }

  @Test func `another application is told every night until it is put right`() async throws {
    var scene = try Scene()
    scene.store.put(.sample(value: nil, endsIn: 300), of: scene.connection)
    _ = try await scene.check(fingerprint: "1").run()
    scene.connection.clientID = "0b1a9ea1-4c65-4a4e-9a6e-1d9f2f3a4b5c"
    var nights: [[Finding.Code]] = []
    for _ in 0..<3 {
      scene.world.pass(days: 1)
      nights.append(try await scene.check(fingerprint: "2").run().findings.map(\.code))
    }
    #expect(nights.first == [.drifted])
    #expect(nights == [[.drifted], [.drifted], [.drifted]])
  }

  // MARK: Others at work

  @Test func `a record that somebody else changed is read again`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.validated)
    scene.world.pass(days: 1)
    scene.store.onWrite { change, moment in
      guard moment == .before, change.event.actor == "cron", change.record.version == 5 else {
        return
      }
      _ = try await scene.engine("admin").declareAbandonment(scene.connection, record)
    }
    let report = try await scene.check().run()
    let stored = try await scene.record()
    #expect(stored.rotation?.step == .abandoning)
    #expect(stored.current?.value == .old)
    #expect(report.findings.isEmpty)
    #expect(report.actions.map(\.what) == ["validate"])
  }

  @Test func `a record that changes all the time is told of in the end`() async throws {
    let scene = try Scene()
    try await scene.adopt()
    scene.world.pass(days: 1)
    scene.store.onWrite { change, moment in
      guard moment == .before, change.event.actor == "cron" else { return }
      let fresh = try await scene.record()
      _ = try await scene.engine("admin").commit(fresh, scene.connection, "rival", "")
    }
    let report = try await scene.check().run()
    #expect(report.findings.map(\.code) == [.unreadable])
    #expect(report.severity == .unknown)
  }

  @Test func `who we are is told once`() async throws {
    let scene = try Scene()
    try await scene.adopt()
    scene.server.identify(organization: "org-2")
    var codes: [[Finding.Code]] = []
    for _ in 0..<3 {
      scene.world.pass(days: 1)
      codes.append(try await scene.check().run().findings.map(\.code))
    }
    #expect(codes == [[.identityChanged], [], []])
  }

  @Test func `who we are is told even if a rotation saw it first`() async throws {
    let scene = try Scene()
    try await scene.reach(.created)
    scene.server.identify(user: "user-2")
    var codes: Set<Finding.Code> = []
    for _ in 0..<3 {
      scene.world.pass(days: 0.9)
      codes.formUnion(try await scene.check().run().findings.map(\.code))
    }
    #expect(try await scene.record().identity?.userID == "user-2")
    #expect(codes.contains(.identityChanged))
  }

  // MARK: Dry runs

  @Test(arguments: [nil] + Rotation.Step.allCases.map(Optional.some))
  func `a dry run calls nothing and writes nothing`(step: Rotation.Step?) async throws {
    let scene = try Scene()
    let record = try await scene.reach(step)
    let (calls, changes) = (scene.server.calls.count, scene.store.changes.count)
    let report = try await scene.check(at: .night(20)).run(dryRun: true)
    #expect(scene.server.calls.count == calls)
    #expect(scene.store.changes.count == changes)
    #expect(scene.store[scene.connection.name] == record)
    #expect(scene.registry.allRuns.isEmpty)
    #expect(report.actions.allSatisfy { $0.result == .planned })
    #expect(report.actions.contains { $0.what == "validate" })
    #expect(report.startedAt == report.finishedAt)
  }
}
