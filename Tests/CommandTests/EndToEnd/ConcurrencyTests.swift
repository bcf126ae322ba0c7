import Foundation
import Testing

/// Real processes that want the same at the same moment.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct ConcurrencyTests {
  @Test func `of eight rotations and two checks at once one is kept, and the others say why not`()
    async throws
  {
    try await RunningSandbox.run(["--settle", "none", "--graph"]) { sandbox in
      let scene = try await AutomaticScene(in: sandbox, named: "at-once", grace: "7d")
      let old = try await scene.existing()
      let rotate = ["rotate", Stage.name, "--automatic", "--yes"]
      let commands = Array(repeating: rotate, count: 8) + Array(repeating: ["check"], count: 2)
      let tellings = try await withThrowingTaskGroup(of: Telling.self) { group in
        for command in commands {
          group.addTask {
            try await Programs.run(
              [Programs.keyturn] + command, environment: scene.installed.environment)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(tellings.contains { $0.status == 0 })
      for telling in tellings where telling.status != 0 {
        telling.ended(75).saying("another check or rotation is at work").saying("hint: ")
      }
      // Whoever came later found the lock held, or the rotation made: exactly one secret was made.
      let truth = try await scene.truth()
      #expect(truth.count == 2, "made: \(truth)")
      let existing = try await scene.existing()
      #expect(existing.count == 2 && existing.isSuperset(of: old), "made: \(truth)")
      let state = try await scene.state()
      #expect(AutomaticScene.keyIDs(in: state) == existing)
      #expect((state["rotation"] as? [String: Any])?["step"] as? String == "handed_over")
      try await scene.installed.run("validate").ended(0)
      try await scene.installed.run("history", "--verify").ended(0)
      try await scene.installed.run("check").ended(0)
      #expect(try await scene.existing() == existing)
    }
  }
}
