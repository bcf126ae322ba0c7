import Foundation
import Testing

@testable import SimulatedTenant

/// One kill: a new application with a new installation, an act that is killed, and what holds then.
struct AutomaticKill: Sendable {
  /// What is killed.
  enum Act: CaseIterable {
    /// The nightly check, which makes, proves, switches and removes.
    case check
    /// The same by hand.
    case rotate
    /// Removing the old secret before its grace is over.
    case retire
    /// Giving up a rotation whose new secret exists already.
    case abandon

    var arguments: [String] {
      switch self {
      case .check: ["check"]
      case .rotate: ["rotate", Stage.name, "--automatic", "--yes"]
      case .retire: ["retire", Stage.name, "--now", "--yes"]
      case .abandon: ["abandon", Stage.name, "--yes"]
      }
    }

    /// Seconds of its two parts where nothing disturbs it, and somewhat more: up to the switch, or
    /// the removal, a lot happens; afterwards most of it is waiting until reads agree.
    var parts: (first: Double, second: Double) {
      switch self {
      case .check, .rotate: (2.5, 5)
      case .retire, .abandon: (1, 5)
      }
    }
  }

  /// What a kill met.
  struct Result: Sendable {
    let act: Act
    let isKilled: Bool
    /// The step at which the record stood after the kill.
    let step: String?
  }

  private static let nowhere = "environment: https://nowhere.invalid"

  let sandbox: RunningSandbox
  let number: Int
  private let act: Act
  private let delay: Double

  /// The kill of a number, by chance that the seed decides.
  init(sandbox: RunningSandbox, number: Int, seed: UInt64) {
    self.sandbox = sandbox
    self.number = number
    var random = SplitMix64(seed: seed &* 1_000_003 &+ UInt64(number))
    let acts: [Act] = [.check, .check, .rotate, .rotate, .retire, .abandon]
    act = acts[Int.random(in: acts.indices, using: &random)]
    let parts = act.parts
    delay =
      Bool.random(using: &random)
      ? Double.random(in: 0...parts.first, using: &random)
      : parts.first + Double.random(in: 0...parts.second, using: &random)
  }

  func run() async throws -> Result {
    let name = "kill-\(number)"
    let grace = act == .retire ? "7d" : "0d"
    let scene = try await AutomaticScene(in: sandbox, named: name, grace: grace)
    try await prepare(scene)
    let telling = try await Programs.run(
      [Programs.keyturn] + act.arguments, environment: scene.installed.environment, until: SIGKILL
    ) { _, _ in try await Task.sleep(for: .seconds(delay)) }
    let about = "round \(number): \(act) killed after \(delay) s"
    if telling.status != -1 { #expect(telling.status == 0, "\(about): \(telling.said)") }
    let step = try await expectWhole(scene, about)
    let check = try await scene.installed.run("check")
    #expect(check.status == 0, "\(about) at \(step ?? "-"): \(check.everything)")
    try await expectHealed(scene, about)
    try FileManager.default.removeItem(at: scene.installed.folder)
    return Result(act: act, isKilled: telling.status == -1, step: step)
  }

  /// Brings the installation to where the act begins.
  private func prepare(_ scene: AutomaticScene) async throws {
    let installed = scene.installed
    switch act {
    case .check, .rotate: break
    case .retire: try await installed.run("check").ended(0)
    case .abandon:
      // With no environment to ask, the new secret is made and not proven.
      let somewhere = "environment: \"\(sandbox.baseURL)\""
      try installed.reconfigure(somewhere, Self.nowhere)
      try await installed.run("rotate", Stage.name, "--automatic", "--yes").ended(77)
      try installed.reconfigure(Self.nowhere, somewhere)
      #expect(try await installed.step() == "created")
    }
  }

  /// Checks what holds at any moment, and returns the rotation's step.
  private func expectWhole(_ scene: AutomaticScene, _ about: String) async throws -> String? {
    let integrity = try await Programs.run(
      ["sqlite3", scene.installed.database, "PRAGMA integrity_check"])
    #expect(integrity.lines == ["ok"], "\(about): \(integrity.everything)")
    let history = try await scene.installed.run("history", "--verify")
    #expect(history.status == 0, "\(about): \(history.everything)")
    #expect(history.printed.contains("the audit trail is whole"), "\(about)")
    let state = try await scene.state()
    let current = (state["current"] as? [String: Any])?["key_id"] as? String
    let truth = try await scene.truth()
    let isThere = truth.contains { $0.keyID == current && !$0.isRemoved }
    #expect(isThere, "\(about): \(current ?? "nothing") is current, and there are \(truth)")
    let validated = try await scene.installed.run("validate", Stage.name)
    #expect(validated.status == 0, "\(about): \(validated.everything)")
    return (state["rotation"] as? [String: Any])?["step"] as? String
  }

  /// Checks what holds after the next check: nothing is there that is in no slot, and a new secret is
  /// in use.
  private func expectHealed(_ scene: AutomaticScene, _ about: String) async throws {
    let step = try await expectWhole(scene, about)
    let state = try await scene.state()
    let existing = try await scene.existing()
    let slots = AutomaticScene.keyIDs(in: state)
    let truth = try await scene.truth()
    #expect(existing == slots, "\(about): \(slots) are known, and there are \(truth)")
    #expect(state["state"] as? String == "ok", "\(about): \(state)")
    let current = (state["current"] as? [String: Any])?["key_id"] as? String
    #expect(current != truth[0].keyID, "\(about): the old secret is still in use")
    #expect(step == nil || step == "handed_over", "\(about): \(step ?? "-")")
    if act != .retire { #expect(existing.count == 1, "\(about): \(truth)") }
  }
}
