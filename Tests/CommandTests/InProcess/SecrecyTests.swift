import TestSupport
import SimulatedTenant
import Foundation
import Synchronization
import Testing

/// I6: a value is shown where somebody asked to see it, and nowhere else.
@Suite struct SecrecyTests {
  private static let name = Stage.name

  /// Runs a story and keeps everything that was shown.
  private actor Transcript {
    let stage: Stage
    var text = ""

    init(_ stage: Stage) { self.stage = stage }

    func run(
      _ arguments: [String], answers: [Answer]? = nil, input: String = ""
    ) async {
      let telling = await stage.run(arguments, answers: answers, input: input)
      text += telling.everything + telling.notes.compactMap(\.self).joined()
    }
  }

  @Test func `through a whole story with every mistake, no value is told`() async throws {
    let stage = try await Stage(settings: ["validation: { timeout: 30s }"])
    let story = Transcript(stage)
    let seeded = stage.seeded.value
    let wrong = String(seeded.reversed())
    var values = [seeded, wrong]
    await story.run(
      ["record", Self.name, "--expires", "2026-12-15", "--secret-stdin"], input: wrong)
    await story.run(
      ["record", Self.name, "--expires", "2026-12-15", "--secret-stdin"], input: seeded)
    for isKnown in [true, false] {
      let current = await stage.storedValue()
      let secret = try stage.makeSecret()
      values.append(secret.value)
      await story.run(
        ["rotate", Self.name],
        answers: [
          .hidden(at: "Value", "\"\(secret.value)\""), .hidden(at: "Value", " \(secret.value)"),
          .hidden(at: "Value", current), .hidden(at: "Value", wrong), .line(at: "Secret ID", ""),
          .line(at: "Expires", ""), .hidden(at: "Value", secret.value),
          .line(at: "Secret ID", isKnown ? secret.keyID : ""), .line(at: "Expires", ""),
          .line(at: "Show the new value", "no"), .line(at: "Have you entered", "yes"),
        ])
      await story.run(["rollback", Self.name, "--yes"])
      await story.run(["rollback", Self.name, "--yes"])
      await story.run(["confirm", Self.name])
      for arguments in Self.looking { await story.run(arguments) }
      stage.fail { $0.signInFailure = .init(code: 7_000_215, count: 40) }
      await story.run(["validate"])
      await story.run(["check"])
      stage.fail { $0.signInFailure = nil }
      await story.run(["validate"])
      for secret in stage.tenant.withTenant({ $0.application(appID: stage.clientID)?.secrets })
        ?? []
      where secret.value != values.last {
        try stage.deleteSecret(secret)
      }
      await story.run(["retire", Self.name, "--now", "--yes"])
      stage.pass(days: 2)
      await story.run(["check", "--log-level", "trace"])
    }
    let text = await story.text
    for (index, value) in values.enumerated() {
      // Neither the value nor what remains of it without the hint that everybody may see.
      #expect(!text.contains(value) && !text.contains(value.dropFirst(3)), "value \(index)")
    }
    #expect(text.contains("rotation.completed"))
  }

  @Test func `no file holds a value in the clear`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let secret = try await stage.rotate()
    let files = try #require(
      FileManager.default.enumerator(at: stage.folder, includingPropertiesForKeys: nil))
    var count = 0
    while let file = files.nextObject() as? URL {
      guard let data = try? Data(contentsOf: file) else { continue }
      count += 1
      for value in [stage.seeded.value, secret.value] {
        #expect(data.range(of: Data(value.utf8)) == nil, "\(file.lastPathComponent)")
      }
    }
    #expect(count >= 3)
  }

  /// Every command that reads.
  private static let looking: [[String]] = [
    ["status"], ["status", name], ["status", "--json"], ["plan"], ["plan", "--json"],
    ["show", name], ["show", name, "--json"], ["show", name, "--field", "refresh-token"],
    ["history", "--limit", "0", "--verify"], ["history", "--json"], ["validate", "--json"],
    ["check"], ["check", "--json"], ["check", "--dry-run"], ["rotate", name, "--dry-run"],
  ]
}
