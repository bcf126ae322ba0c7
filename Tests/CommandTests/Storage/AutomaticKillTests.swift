import Foundation
import Testing

/// `kill -9` of the real program at any moment of what it does by itself, against the real sandbox.
///
/// KEYTURN_KILLS says how often (`make kills COUNT=500`), KEYTURN_KILLS_SEED by which chance.
@Suite(.inTurn, .timeLimit(.minutes(120))) struct AutomaticKillTests {
  @Test(.needs(.program("sqlite3")))
  func `killed at any moment, one check puts everything right`() async throws {
    let environment = ProcessInfo.processInfo.environment
    let wanted = environment["KEYTURN_KILLS"].flatMap { Int($0) } ?? 8
    let seed = environment["KEYTURN_KILLS_SEED"].flatMap { UInt64($0) } ?? 1
    let tally = KillTally()
    try await RunningSandbox.run(["--settle", "none", "--graph"]) { sandbox in
      // Each waits most of its time, so that many go at once.
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<min(wanted, 12) {
          group.addTask {
            while let round = await tally.begin(upTo: wanted) {
              let kill = AutomaticKill(sandbox: sandbox, number: round, seed: seed)
              await tally.end(try await kill.run())
            }
          }
        }
        try await group.waitForAll()
      }
    }
    print(await tally.summary(seed: seed))
    #expect(await tally.kills >= wanted)
  }
}

/// What the kills met, over all lanes.
private actor KillTally {
  private(set) var kills = 0
  private var begun = 0
  private var open = 0
  private var ended = 0
  private var met: [String: Int] = [:]

  /// The number of the next round; nil where enough are killed or about to be.
  func begin(upTo wanted: Int) -> Int? {
    guard kills + open < wanted else { return nil }
    begun += 1
    open += 1
    return begun
  }

  func end(_ result: AutomaticKill.Result) {
    open -= 1
    guard result.isKilled else { return ended += 1 }
    kills += 1
    met["\(result.act) at \(result.step ?? "no rotation")", default: 0] += 1
  }

  func summary(seed: UInt64) -> String {
    let lines = met.sorted { $0.key < $1.key }.map { "  \($0.value) × \($0.key)" }
    return (["\(kills) kills by seed \(seed); \(ended) more ended before they were killed"] + lines)
      .joined(separator: "\n")
  }
}
