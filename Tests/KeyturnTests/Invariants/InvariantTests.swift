import Foundation
import Keyturn
import Testing

/// I1, I4, I5, I6, I7 and I8, after every event of hundreds of made-up histories.
///
/// A failing seed is the argument of the failing test; it replays exactly.
@Suite struct InvariantTests {
  @Test(arguments: 0..<400)
  func `nothing that must never happen happens`(seed: UInt64) async throws {
    let history = try History(seed: seed)
    await history.run(events: 60)
    #expect(history.checker.violations.isEmpty, "seed \(seed)")
    let isSettled = await history.settle()
    #expect(isSettled, "seed \(seed): the rotation does not end")
    #expect(history.checker.violations.isEmpty, "seed \(seed), at the end")
  }

  @Test func `a seed replays exactly`() async throws {
    var stories: [[String]] = []
    for _ in 0..<2 {
      let history = try History(seed: 11)
      await history.run(events: 60)
      stories.append(
        history.scene.store.changes.map { "\($0.event.at) \($0.event.actor) \($0.event.action)" })
    }
    #expect(stories.first == stories.last)
    #expect(stories.first?.isEmpty == false)
  }

  @Test func `the histories take every step and every way back`() async throws {
    var actions: Set<String> = []
    var rivals = 0
    for seed in UInt64(0)..<60 {
      let history = try History(seed: seed)
      await history.run(events: 60)
      let events = history.scene.store.changes.map(\.event)
      actions.formUnion(events.map(\.action))
      rivals += zip(events, events.dropFirst()).count { $0.actor != $1.actor }
    }
    #expect(
      actions.isSuperset(of: [
        "hand_over.confirmed", "rotation.abandoned", "rotation.abandoning", "rotation.begun",
        "rotation.completed", "rotation.created", "rotation.not_validated", "rotation.retiring",
        "rotation.rolled_back", "rotation.switched", "rotation.validated", "secret.adopted",
        "secret.recorded", "secret.not_validated", "secret.validated",
      ]), "\(actions.sorted())")
    #expect(rivals > 100)
  }
}
