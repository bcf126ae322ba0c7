import TestSupport
import Foundation
import SimulatedTenant
import Testing

/// The commands that take a rotation further, or back.
@Suite struct StepTests {
  private static let name = Stage.name

  @Test func `confirm opens the grace, and says until when`() async throws {
    let stage = try await Stage()
    await stage.run("confirm", Self.name).ended(64).saying("no rotation is open")
    await stage.adopt()
    let secret = try await stage.rotate()
    await stage.run("confirm", Self.name, "--consumer", "portal").ended(64)
      .saying("no hand-over to portal is open").saying("open: magentrix")
    let confirmed = await stage.run("confirm", Self.name).ended(0)
    #expect(
      confirmed.lines == [
        "\(Self.name): current \(secret.keyID), expires 2028-11-21, record version 6",
        "next: the previous secret is kept until 2026-11-29, then keyturn retire \(Self.name)",
      ])
    #expect(confirmed.said.isEmpty)
    await stage.run("confirm", Self.name).ended(64).saying("at step handed_over")
  }

  @Test func `several consumers are confirmed one by one`() async throws {
    let stage = try await Stage(
      connection: ["consumers: [{ name: partners, type: magentrix }, { name: erp, type: manual }]"])
    await stage.adopt()
    let secret = try stage.makeSecret()
    await stage.run("rotate", Self.name, "--secret-stdin", input: secret.value).ended(0)
      .saying("At erp: replace the client secret").printing("enter it at partners, erp")
    await stage.run("confirm", Self.name, "--consumer", "erp").ended(0)
      .printing("enter it at partners, then")
    await stage.run("rotate", Self.name).ended(0).saying("Consumer Key     NA")
    await stage.run("confirm", Self.name).ended(0).printing("kept until")
  }

  @Test func `retire waits for the grace, then wants proof that the value is refused`()
    async throws
  {
    let stage = try await Stage(settings: ["validation: { timeout: 30s }"])
    await stage.run("retire", Self.name, "--yes").ended(64).saying("no rotation is open")
    await stage.adopt()
    try await stage.rotate()
    await stage.run("retire", Self.name, "--yes").ended(64).saying("at step switched")
    await stage.run("confirm", Self.name).ended(0)
    await stage.run("retire", Self.name, "--yes").ended(75)
      .saying("kept until 2026-11-29T").saying("add --now")
    #expect(try await stage.step() == "handed_over")
    await stage.run("retire", Self.name, "--now", "--yes").ended(69)
      .saying("the secret is still accepted").saying("delete it in the portal")
    #expect(try await stage.step() == "retiring")
    #expect((try await stage.state()["previous"] as? [String: Any]) != nil)
    try stage.deleteSecret(stage.seeded)
    await stage.run("retire", Self.name, "--yes").ended(0).saying("Deleted secret: refused 3 of 3")
      .printing("next: 2028-08-23, first warning")
    let state = try await stage.state()
    #expect(state["previous"] is NSNull && state["rotation"] is NSNull)
    await stage.run("history").printing("is gone: refused by the server")
  }

  @Test func `retiring notices that the current secret was deleted in place of the old one`()
    async throws
  {
    let stage = try await Stage(settings: ["validation: { timeout: 30s }"])
    await stage.adopt()
    let secret = try await stage.rotate()
    await stage.run("confirm", Self.name).ended(0)
    try stage.deleteSecret(stage.seeded)
    try stage.deleteSecret(secret)
    await stage.run("retire", Self.name, "--now", "--yes").ended(65)
      .saying("the previous secret is gone, but the current one does not work")
    #expect((try await stage.state()["previous"] as? [String: Any]) != nil)
  }

  @Test func `what can't be proven gone is said to be unproven`() async throws {
    let stage = try await Stage()
    await stage.run("record", Self.name, "--expires", "2026-12-15").ended(0)
    try await stage.rotate()
    await stage.run("confirm", Self.name).ended(0)
    await stage.run("retire", Self.name, "--now", "--yes").ended(0)
      .saying("Its value is not known, so nothing proves that it is gone.")
    await stage.run("history").printing("unverified, its value is not known")
  }

  @Test func `rollback proves the previous secret, then opens the hand-over again`() async throws {
    let stage = try await Stage()
    await stage.run("rollback", Self.name, "--yes").ended(64).saying(
      "no previous value to go back to")
    await stage.adopt()
    let secret = try await stage.rotate()
    let question = "Go back to the secret \(stage.seeded.keyID)?"
    await stage.run("rollback", Self.name, answers: [.line(at: question, "no")]).ended(0)
    await #expect(stage.storedValue() == secret.value)
    await stage.run("rollback", Self.name, answers: [.line(at: question, "yes")]).ended(0)
      .saying("Token calls: accepted 1 of 1").saying("Consumer Key     NA")
      .printing("next: enter it at magentrix, then keyturn confirm \(Self.name)")
    await #expect(stage.storedValue() == stage.seeded.value)
    await stage.run("confirm", Self.name).ended(0)
    // The newer one is now the one to be retired.
    try stage.deleteSecret(secret)
    await stage.run("retire", Self.name, "--now", "--yes").ended(0)
      .saying("with the Secret ID \(secret.keyID)")
  }

  @Test func `there is no way back to a secret that is refused or expired`() async throws {
    let stage = try await Stage(settings: ["validation: { timeout: 30s }"])
    await stage.adopt()
    let secret = try await stage.rotate()
    try stage.deleteSecret(stage.seeded)
    await stage.run("rollback", Self.name, "--yes").ended(65).saying("AADSTS7000215")
    stage.pass(days: 30)
    await stage.run("rollback", Self.name, "--yes").ended(65).saying("expired on 2026-12-15")
    await #expect(stage.storedValue() == secret.value)
  }

  @Test func `abandon gives up what is not switched, and nothing else`() async throws {
    let stage = try await Stage(settings: ["validation: { timeout: 30s }"])
    await stage.adopt()
    await stage.run("abandon", Self.name, "--yes").ended(64).saying("no rotation is open")
    await stage.run("rotate", Self.name, answers: [.end(at: "Value")]).ended(130)
    await stage.run("record", Self.name, "--expires", "2027-01-01").ended(64)
      .saying("a rotation is open since 2026-11-22").saying("give it up with keyturn abandon")
    await stage.run("abandon", Self.name, "--yes").ended(0)
      .saying("If you made a secret whose Description ends in kt-")
    let secret = try stage.makeSecret()
    stage.fail { $0.applicationUserMissing = true }
    await stage.run("rotate", Self.name, "--secret-stdin", input: secret.value).ended(77)
    stage.fail { $0.applicationUserMissing = false }
    await stage.run("abandon", Self.name, "--yes").ended(69).saying("the secret is still accepted")
    await stage.run("rotate", Self.name).ended(64).saying("finish it: keyturn abandon")
    try stage.deleteSecret(secret)
    await stage.run("abandon", Self.name, "--yes").ended(0)
    await #expect(stage.storedValue() == stage.seeded.value)
    try await stage.rotate()
    await stage.run("abandon", Self.name, "--yes").ended(64).saying("at step switched")
  }

  @Test func `a dry run says what is ahead, calls nothing and writes nothing`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let calls = stage.tenant.requests.count
    let version = try await stage.state()["version"] as? Int
    let telling = await stage.run("rotate", Self.name, "--dry-run").ended(0)
    #expect(telling.lines.count == 8 && telling.said.isEmpty)
    telling.printing("3. prove it: 3 token calls in a row, then WhoAmI")
      .printing("\(stage.seeded.keyID) becomes previous").printing("for 7d")
    #expect(stage.tenant.requests.count == calls)
    #expect(try await stage.state()["version"] as? Int == version)
  }
}
