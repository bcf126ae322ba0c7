import Foundation
import SimulatedTenant
import TestSupport
import Testing

/// Whatever goes wrong at Microsoft, alone or with one other thing: a night copes with it or tells of
/// it, the secret in use stays good, and three nights after it is over all is well.
///
/// KEYTURN_KNOB_PAIRS=all mixes each knob with each other one.
@Suite(.timeLimit(.minutes(30))) struct KnobTests {
  private static let pairs = Knob.pairs(
    of: ProcessInfo.processInfo.environment["KEYTURN_KNOB_PAIRS"] == "all"
      ? Knob.all : Knob.all.filter(\.isMixed))

  @Test(arguments: Knob.all)
  func `each knob alone`(knob: Knob) async throws {
    try await Trial(knobs: [knob]).run()
  }

  @Test(arguments: pairs)
  func `each knob with another one`(pair: Knob.Pair) async throws {
    try await Trial(knobs: [pair.first, pair.second]).run()
  }
}

/// Three nights with knobs turned, from the one in which a rotation is due, and three without.
private struct Trial {
  private struct Night {
    let status: Int32
    let findings: [[String: Any]]
    let actions: [[String: Any]]
    let state: [String: Any]
    let story: String

    var currentID: String? { (state["current"] as? [String: Any])?["key_id"] as? String }
    var step: String? { (state["rotation"] as? [String: Any])?["step"] as? String }
    var mode: String? { (state["rotation"] as? [String: Any])?["mode"] as? String }
    var failed: [[String: Any]] { actions.filter { $0["result"] as? String == "failed" } }
  }

  let knobs: [Knob]

  private var needsPerson: Bool { knobs.contains(where: \.needsPerson) }
  /// Two things with which a night copes one by one may be too much for it together: then the rotation
  /// waits, or the previous secret does.
  private var codes: Set<String> {
    knobs.reduce(into: knobs.count > 1 ? ["rotation_stuck", "leftover"] : []) {
      $0.formUnion($1.codes)
    }
  }

  func run() async throws {
    let stage = try await Stage(
      connection: ["consumer: none", "policy: { rotate: automatic, grace: 1d }"], graph: true,
      replication: .mild)
    await stage.adopt()
    var stories: [String] = []
    var told: Set<String> = []
    for number in 1...6 {
      stage.fail { faults in
        faults = Faults()
        if number <= 3 { for knob in knobs { knob.turn(&faults) } }
      }
      let night = try await night(number, on: stage)
      stories.append(night.story)
      told.formUnion(night.findings.compactMap { $0["code"] as? String })
      expectNothingWorse(night, on: stage, stories)
      if number <= 3 { expectTold(night, on: stage, stories) }
    }
    if told.isDisjoint(with: codes), knobs.count == 1, let knob = knobs.first {
      #expect(knob.codes.isEmpty || knob.isHarmlessAlone, "never told:\n\(list(stories))")
    }
    if needsPerson, try await stage.step() == "begun" {
      try await expectPersonHelps(stage, &stories)
    }
    try await expectHealed(stage, stories)
  }

  private func night(_ number: Int, on stage: Stage) async throws -> Night {
    let telling = await stage.run("check", "--json")
    let report = try telling.json()
    let night = Night(
      status: telling.status, findings: report["findings"] as? [[String: Any]] ?? [],
      actions: report["actions"] as? [[String: Any]] ?? [], state: try await stage.state(),
      story: "night \(number): exit \(telling.status), \(telling.printed)")
    stage.pass(days: 1)
    return night
  }

  /// The secret in use exists and is valid, whatever is the case.
  private func expectNothingWorse(_ night: Night, on stage: Stage, _ stories: [String]) {
    let current = secrets(stage).first { $0.keyID == night.currentID }
    let isValid = current.map { $0.isValid(at: stage.clock.now) } ?? false
    #expect(isValid, "\(night.currentID ?? "nothing") is in use:\n\(list(stories))")
  }

  /// What could not be done is told by its right name, and with what to do about it.
  private func expectTold(_ night: Night, on stage: Stage, _ stories: [String]) {
    let isDone = night.failed.isEmpty && night.currentID != stage.seeded.keyID
    guard !isDone else { return }
    let bad = night.findings.filter { $0["severity"] as? String != "ok" }
    #expect(night.status != 0 && !bad.isEmpty, "silent:\n\(list(stories))")
    let named = bad.filter { codes.contains($0["code"] as? String ?? "") }
    #expect(!named.isEmpty, "not by its name:\n\(list(stories))")
    let remedies = bad.allSatisfy { !($0["remedy"] as? String ?? "").isEmpty }
    #expect(remedies, "no remedy:\n\(list(stories))")
  }

  /// A rotation that was left to a person is told each night, and goes on when one comes.
  private func expectPersonHelps(_ stage: Stage, _ stories: inout [String]) async throws {
    #expect(stories.last?.contains("rotation_stuck") == true, "\(list(stories))")
    await stage.run("rotate", Stage.name, "--automatic", "--yes").ended(0)
    stage.pass(days: 1)
    for number in 7...8 { stories.append(try await night(number, on: stage).story) }
  }

  private func expectHealed(_ stage: Stage, _ stories: [String]) async throws {
    let state = try await stage.state()
    let current = (state["current"] as? [String: Any])?["key_id"] as? String
    #expect(current != stage.seeded.keyID, "not replaced:\n\(list(stories))")
    #expect(try await stage.step() == nil, "stuck:\n\(list(stories))")
    let left = secrets(stage)
    #expect(left.map(\.keyID) == [current], "orphans:\n\(list(stories))")
    #expect(state["state"] as? String == "ok", "\(list(stories))")
    let value = await stage.storedValue()
    let isAccepted = stage.tenant.withTenant {
      $0.isAcceptedEverywhere(value, appID: stage.clientID)
    }
    #expect(isAccepted, "not accepted:\n\(list(stories))")
    let verified = await stage.run("history", "--verify")
    #expect(verified.status == 0)
  }

  private func secrets(_ stage: Stage) -> [IssuedSecret] {
    stage.tenant.withTenant { $0.application(appID: stage.clientID)?.secrets ?? [] }
  }

  private func list(_ stories: [String]) -> String {
    knobs.map(\.name).joined(separator: ", and ") + ":\n" + stories.joined(separator: "\n")
  }
}

extension Knob {
  /// Whether a night copes with it as long as nothing else goes wrong.
  fileprivate var isHarmlessAlone: Bool {
    ["reads go backwards", "one update is lost"].contains(name)
  }
}
