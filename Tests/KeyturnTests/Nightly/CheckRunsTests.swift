import Foundation
import Testing

@testable import Keyturn

/// What a night learns from the nights before: one is missing, or the clock went back.
@Suite struct CheckRunsTests {
  private func run(endingAt end: Date, _ severity: Severity = .ok) -> Run {
    Run(startedAt: end, finishedAt: end, severity: severity, fingerprint: "1", summary: "")
  }

  @Test(arguments: [(36.0, false), (36.01, true), (24, false), (240, true)])
  func `a good night that is too long ago is told`(hours: Double, isMissed: Bool) {
    let history = RunHistory(newest: nil, newestGood: run(endingAt: .night(-hours / 24)))
    let findings = Check.findingsAboutRuns(history, at: .night(0))
    #expect(findings.map(\.code) == (isMissed ? [.missedRun] : []))
    #expect(findings.allSatisfy { $0.severity == .warning })
  }

  @Test func `without any night before nothing is missing`() {
    #expect(Check.findingsAboutRuns(RunHistory(), at: .night(0)).isEmpty)
  }

  @Test(arguments: [(35.9, false), (36.01, true)])
  func `whoever looks sees that no night ever ran`(hours: Double, isMissed: Bool) throws {
    let first = SimulatedWorld.night.addingTimeInterval(-hours * 3_600)
    let findings = Check.findingsAboutRuns(RunHistory(), recordedSince: first, at: .night(0))
    #expect(findings.map(\.code) == (isMissed ? [.missedRun] : []))
    #expect(findings.allSatisfy { $0.message.hasPrefix("no check has run since ") })
    let vain = RunHistory(newest: run(endingAt: .night(0), .unknown))
    let others = Check.findingsAboutRuns(vain, recordedSince: first, at: .night(0))
    #expect(others.map(\.code) == findings.map(\.code))
    #expect(others.allSatisfy { $0.remedy.contains("keyturn check") })
    // One good night is what is counted from.
    let good = RunHistory(newest: nil, newestGood: run(endingAt: .night(-1)))
    #expect(Check.findingsAboutRuns(good, recordedSince: first, at: .night(0)).isEmpty)
  }

  @Test func `a night that could not do its work is not a good one`() async throws {
    let scene = try Scene()
    try await scene.adopt()
    scene.world.pass(days: 1)
    _ = try await scene.check().run()
    scene.server.fail { .unreachable }
    scene.world.pass(days: 1)
    let unknown = try await scene.check().run()
    #expect(unknown.findings.map(\.code) == [.validationFailed])
    scene.world.pass(days: 1)
    let report = try await scene.check().run()
    #expect(report.findings.map(\.code) == [.validationFailed, .missedRun])
    scene.server.fail { nil }
    scene.world.pass(days: 1)
    _ = try await scene.check().run()
    scene.world.pass(days: 1)
    #expect(try await scene.check().run().severity == .ok)
  }

  // MARK: The clock

  @Test(arguments: [(-299.0, false), (-301, true), (-86_400, true), (60, false)])
  func `a clock that went back by more than minutes is told`(seconds: Double, isBack: Bool) {
    let history = RunHistory(newest: run(endingAt: .night(0)), newestGood: nil)
    let now = SimulatedWorld.night.addingTimeInterval(seconds)
    let findings = Check.findingsAboutRuns(history, at: now)
    #expect(findings.map(\.code) == (isBack ? [.clockSetBack] : []))
    #expect(findings.allSatisfy { $0.severity == .unknown })
  }

  @Test(arguments: [Rotation.Step.created, .validated, .retiring, .abandoning])
  func `with the clock set back no action is taken`(step: Rotation.Step) async throws {
    let scene = try Scene()
    try await scene.reach(step)
    if step == .retiring { scene.server.delete(.old) }
    try await scene.registry.add(run(endingAt: .night(30)))
    let before = scene.store[scene.connection.name]
    let calls = scene.server.calls.count
    let report = try await scene.check().run()
    #expect(report.findings.first { $0.code == .clockSetBack } != nil)
    #expect(report.severity == .unknown)
    #expect(report.actions.allSatisfy { $0.result == .planned })
    #expect(scene.store[scene.connection.name] == before)
    #expect(scene.server.calls.count == calls)
  }

  @Test func `with the clock set back no warning is postponed`() async throws {
    let scene = try Scene()
    scene.store.put(.sample(value: nil, endsIn: 80), of: scene.connection)
    #expect(try await scene.check().run().findings.map(\.code) == [.expiring])
    scene.world.pass(days: -60)
    let report = try await scene.check().run()
    #expect(report.findings.map(\.code) == [.clockSetBack, .expiring])
    #expect(report.findings.last?.message == "expires in 80 days, on 2027-02-10")
  }

  @Test func `one night after it was told, the clock is believed again`() async throws {
    let scene = try Scene()
    try await scene.adopt()
    try await scene.registry.add(run(endingAt: .night(300)))
    #expect(try await scene.check().run().findings.map(\.code) == [.clockSetBack])
    // A clock that ran ahead once would otherwise stop every night until it comes true.
    scene.world.pass(days: 1)
    #expect(try await scene.check().run().severity == .ok)
  }

  @Test func `each night is remembered with its summary and its configuration`() async throws {
    let scene = try Scene()
    let report = try await scene.check(fingerprint: "abc").run()
    let run = try #require(scene.registry.allRuns.first)
    #expect(run.fingerprint == "abc")
    #expect(run.summary == report.summary)
    #expect(run.severity == .unknown)
    #expect(run.startedAt == report.startedAt)
    #expect(run.finishedAt == report.finishedAt)
  }
}
