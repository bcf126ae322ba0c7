import Foundation
import Testing

@testable import Keyturn

/// What a night does with a rotation that was left open.
@Suite struct CheckResumeTests {
  /// The actions of one night at the step where a record was left.
  private func night(_ scene: Scene) async throws -> [String] {
    try await scene.check().run().actions.map { "\($0.what) \($0.result.rawValue)" }
  }

  @Test func `begun waits for an administrator, and is told of after a day`() async throws {
    let scene = try Scene()
    try await scene.reach(.begun)
    #expect(try await night(scene) == [])
    #expect(try await scene.record().rotation?.step == .begun)
    scene.world.pass(days: 1)
    let report = try await scene.check().run()
    #expect(report.findings.map(\.code) == [.rotationStuck])
    #expect(report.severity == .warning)
  }

  @Test func `created is validated and switched`() async throws {
    let scene = try Scene()
    try await scene.reach(.created)
    #expect(try await night(scene) == ["validate done", "switch done"])
    let record = try await scene.record()
    #expect(record.rotation?.step == .switched)
    #expect(record.current?.value == .new)
  }

  @Test func `validated is switched`() async throws {
    let scene = try Scene()
    try await scene.reach(.validated)
    #expect(try await night(scene) == ["switch done"])
    #expect(try await scene.record().rotation?.step == .switched)
  }

  @Test func `switched waits for the hand-over, and says so each night`() async throws {
    let scene = try Scene()
    try await scene.reach(.switched)
    for _ in 0..<3 {
      scene.world.pass(days: 1)
      let report = try await scene.check().run()
      #expect(report.findings.map(\.code) == [.handOverOpen])
      #expect(report.actions.map(\.what) == ["validate"])
    }
    #expect(try await scene.record().rotation?.step == .switched)
  }

  @Test func `in its grace the old secret is left alone`() async throws {
    let scene = try Scene()
    try await scene.reach(.handedOver)
    scene.server.delete(.old)
    scene.world.pass(days: 6)
    #expect(try await night(scene) == ["validate done"])
    #expect(try await scene.record().previous?.value == .old)
  }

  @Test func `after its grace the old secret is a leftover until somebody deletes it`()
    async throws
  {
    let scene = try Scene()
    try await scene.reach(.handedOver)
    scene.world.pass(days: 8)
    let report = try await scene.check().run()
    #expect(report.findings.map(\.code) == [.leftover])
    #expect(report.severity == .warning)
    #expect(try await scene.record().rotation?.step == .handedOver)
    scene.server.delete(.old)
    scene.world.pass(days: 1)
    // What retires it proves the current one.
    #expect(try await night(scene) == ["retire done"])
    let record = try await scene.record()
    #expect(record.rotation == nil)
    #expect(record.previous == nil)
  }

  @Test func `retiring is finished once the old secret is deleted`() async throws {
    let scene = try Scene()
    try await scene.reach(.retiring)
    #expect(try await night(scene) == [])
    #expect(try await scene.record().rotation?.step == .retiring)
    scene.server.delete(.old)
    #expect(try await night(scene) == ["retire done"])
    #expect(try await scene.record().rotation == nil)
  }

  @Test func `abandoning is finished once the new secret is deleted`() async throws {
    let scene = try Scene()
    try await scene.reach(.abandoning)
    #expect(try await night(scene) == [])
    scene.server.delete(.new)
    #expect(try await night(scene) == ["abandon done"])
    let record = try await scene.record()
    #expect(record.rotation == nil)
    #expect(record.current?.value == .old)
  }

  @Test func `a value that nobody knows is not retired by a night`() async throws {
    let scene = try Scene()
    var record = try await scene.reach(.retiring)
    record.previous?.value = nil
    scene.store.put(record, of: scene.connection)
    scene.server.delete(.old)
    #expect(try await night(scene) == [])
    #expect(try await scene.record().rotation?.step == .retiring)
  }

  @Test func `a refused new value is told at once, and tried again`() async throws {
    let scene = try Scene()
    let record = try await scene.reach(.begun)
    _ = try await scene.engine().supply(.sample(.wrong, keyID: nil), scene.connection, record)
    let report = try await scene.check().run()
    #expect(report.actions.map(\.result) == [.failed])
    #expect(report.findings.map(\.code) == [.rotationStuck])
    #expect(report.findings.first?.message.contains("AADSTS7000215") == true)
    scene.server.make(.wrong)
    #expect(try await night(scene) == ["validate done", "switch done"])
  }

  @Test(arguments: [(0.5, 30), (2.0, 3)])
  func `a new value is given time, an old one is not`(days: Double, calls: Int) async throws {
    let scene = try Scene()
    var record = try await scene.reach(.begun)
    record = try await scene.engine().supply(.sample(.wrong, keyID: nil), scene.connection, record)
    scene.world.pass(days: days)
    let before = scene.server.calls.count
    _ = try await scene.check().run()
    let made = scene.server.calls.dropFirst(before).count { $0 == .wrong }
    #expect(calls == 3 ? made == 3 : made >= calls)
  }

  @Test func `what one night began another one finishes`() async throws {
    let scene = try Scene()
    try await scene.reach(.created)
    // The first night dies after each of its writes.
    scene.store.onWrite { _, moment in if moment == .after { throw CancellationError() } }
    await #expect(throws: CancellationError.self) { _ = try await scene.check().run() }
    #expect(try await scene.record().rotation?.step == .validated)
    await #expect(throws: CancellationError.self) { _ = try await scene.check().run() }
    #expect(try await scene.record().rotation?.step == .switched)
  }
}
