import Foundation
import SimulatedTenant
import Testing

/// A conversation can be left at every question, and goes on where it was.
@Suite struct LeavingTests {
  private static let name = Stage.name

  /// The questions of a rotation in their order, as an administrator with `secret` answers them.
  private static func answers(_ secret: IssuedSecret) -> [Answer] {
    GuidedRotationTests.giving(secret, keyID: secret.keyID) + GuidedRotationTests.handedOver
  }

  @Test(arguments: 0..<5)
  func `left at a question, a rotation goes on from there`(question: Int) async throws {
    let stage = try await Stage()
    await stage.adopt()
    let secret = try stage.makeSecret()
    let all = Self.answers(secret)
    let left = await stage.run(
      "rotate", Self.name, answers: all.prefix(question) + [.end(at: all[question].question)]
    ).ended(130)
    left.saying("keyturn: error: the input ended").saying("keyturn: hint: nothing is lost")
    #expect(
      left.notes.contains("left; nothing is lost. Continue with: keyturn rotate \(Self.name)"))
    let expected = question < 3 ? stage.seeded.value : secret.value
    await #expect(stage.storedValue() == expected)

    let rest = question < 3 ? all : Array(all.dropFirst(3))
    await stage.run("rotate", Self.name, answers: rest).ended(0)
      .saying("Continuing the rotation of \(Self.name).")
      .printing("then keyturn retire \(Self.name)")
    await #expect(stage.storedValue() == secret.value)
    // Continued is not begun anew: there is one rotation, with one marker.
    let history = await stage.run("history", Self.name).printed
    #expect(history.components(separatedBy: "rotation.begun").count == 2)
  }

  @Test func `left in the middle, status and check say how to go on`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    await stage.run("rotate", Self.name, answers: [.end(at: "Value")]).ended(130)
    let next = try await stage.state()["next"] as? [String: Any]
    #expect(next?["what"] as? String == "continue the rotation: keyturn rotate \(Self.name)")
    stage.pass(days: 1.1)
    await stage.run("check").ended(1).printing("rotation stands at 'begun' since 2026-11-22")
      .printing("continue it: keyturn rotate \(Self.name)")
  }

  @Test func `left at the hand-over, saying that it is done later is enough`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let secret = try stage.makeSecret()
    await stage.run(
      "rotate", Self.name, answers: Self.answers(secret).prefix(3) + [.end(at: "Show the new")]
    ).ended(130)
    await stage.run("confirm", Self.name).ended(0).printing("kept until 2026-11-29")
  }

  @Test func `retiring can be left before and after the point of no return`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    try await stage.rotate()
    await stage.run("confirm", Self.name).ended(0)
    stage.pass(days: 8)
    let first = "Retire the previous secret \(stage.seeded.keyID)? From here there is no rollback."
    await stage.run("retire", Self.name, answers: [.end(at: first)]).ended(130)
    await stage.run("retire", Self.name, answers: [.line(at: first, "no")]).ended(0)
    #expect(try await stage.step() == "handed_over")
    let left = await stage.run(
      "retire", Self.name, answers: [.line(at: first, "yes"), .end(at: "Is it deleted?")]
    ).ended(130)
    left.saying(
      "delete the one with the Secret ID \(stage.seeded.keyID), whose Value begins with"
        + " \(stage.seeded.value.prefix(3)), and no other.")
    #expect(left.notes == ["left; nothing is lost. Continue with: keyturn retire \(Self.name)"])
    #expect(try await stage.step() == "retiring")
    await stage.run("rotate", Self.name, "--secret-stdin", input: "x").ended(64)
      .saying("keyturn: hint: finish it: keyturn retire \(Self.name)")
    try stage.deleteSecret(stage.seeded)
    await stage.run(
      "retire", Self.name,
      answers: [.line(at: "Is it deleted?", "no"), .line(at: "Is it deleted?", "yes")]
    ).ended(0).saying("Take your time").saying("Deleted secret: refused 3 of 3")
    #expect(try await stage.step() == nil)
  }

  @Test func `giving up can be left, and goes on`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let secret = try stage.makeSecret()
    stage.fail { $0.applicationUserMissing = true }
    await stage.run(
      "rotate", Self.name, "--key-id", secret.keyID, "--secret-stdin", input: secret.value
    ).ended(77)
    let question = "Give up the rotation of \(Self.name)?"
    await stage.run("abandon", Self.name, answers: [.line(at: question, "n")]).ended(0)
    #expect(try await stage.step() == "created")
    await stage.run(
      "abandon", Self.name, answers: [.line(at: question, "y"), .end(at: "Is it deleted?")]
    ).ended(130)
    #expect(try await stage.step() == "abandoning")
    try stage.deleteSecret(secret)
    await stage.run("abandon", Self.name, answers: [.line(at: "Is it deleted?", "y")]).ended(0)
    #expect(try await stage.step() == nil)
    await #expect(stage.storedValue() == stage.seeded.value)
  }
}
