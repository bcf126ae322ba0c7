import TestSupport
import Foundation
import Keyturn
import SimulatedTenant
import Testing

@Suite struct GuidedRotationTests {
  private static let name = Stage.name

  /// What an administrator answers who gives a secret that passes.
  static func giving(_ secret: IssuedSecret, keyID: String = "", end: String = "") -> [Answer] {
    [
      .hidden(at: "Value (not shown)", secret.value), .line(at: "Secret ID", keyID),
      .line(at: "Expires, as the list shows it [2028-11-21]", end),
    ]
  }

  static let handedOver: [Answer] = [
    .line(at: "Show the new value here now?", "no"),
    .line(at: "Have you entered it, saved, and seen it work?", "yes"),
  ]

  @Test func `leads from the portal to the hand-over in five steps`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let secret = try stage.makeSecret()
    let telling = await stage.run(
      "rotate", Self.name,
      answers: Self.giving(secret, keyID: secret.keyID.uppercased()) + Self.handedOver
    ).ended(0)
    let steps = telling.said.split(separator: "\n").filter { $0.hasPrefix("Step ") }
    #expect(
      steps == [
        "Step 1 of 5: Make the new secret in the portal", "Step 2 of 5: Give the new secret",
        "Step 3 of 5: Prove it with real calls", "Step 4 of 5: Switch the Consumer Secret store",
        "Step 5 of 5: Hand it over",
      ])
    let page =
      "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/"
      + "Credentials/appId/\(stage.clientID)"
    for text in [
      "Open  \(page)\n", "+ New client secret", "  Description  Magentrix D365 Secret · kt-",
      "  Expires      730 days (24 months)\n", "Leave the old secret where it is",
      "The new secret is accepted, and Dynamics 365 knows its application user.",
      "Log in to https://partners.contoso.com as an administrator.",
      "Setup > Extend > Connected Apps > DynamicsCrm > Edit", "  Consumer Key     NA\n",
      "  Refresh Token    \(stage.clientID)\n", "  Security Token   \(stage.clientID)\n",
      "keyturn show \(Self.name) --field consumer-secret",
      "The previous secret works until 2026-12-15.",
    ] { telling.saying(text) }
    telling.neverShowing(secret.value).neverShowing(stage.seeded.value)
    telling.printing("\(Self.name): current \(secret.keyID), expires 2028-11-21, record version 6")
    telling.printing("kept until 2026-11-29, then keyturn retire \(Self.name)")
    await #expect(stage.storedValue() == secret.value)
  }

  @Test func `the date that is suggested counts as assumed, one that is given as recorded`()
    async throws
  {
    for (typed, source, end) in [
      ("", "assumed", "2028-11-21"), ("2028-11-20", "recorded", "2028-11-20"),
    ] {
      let stage = try await Stage()
      let secret = try stage.makeSecret()
      let telling = await stage.run(
        "rotate", Self.name, answers: Self.giving(secret, end: typed) + Self.handedOver
      ).ended(0)
      #expect(telling.said.contains("The end is recorded as 2028-11-21") == typed.isEmpty)
      let current = try await stage.state()["current"] as? [String: Any]
      #expect(current?["source"] as? String == source)
      #expect((current?["expires_at"] as? String)?.hasPrefix(end) == true)
      #expect(current?["key_id"] is NSNull)
    }
  }

  @Test func `asks again for what it can't understand, and keeps the value that was pasted`()
    async throws
  {
    let stage = try await Stage()
    let secret = try stage.makeSecret()
    await stage.run(
      "rotate", Self.name,
      answers: [
        .hidden(at: "Value", secret.value), .line(at: "Secret ID", "the second one"),
        .line(at: "Secret ID", secret.keyID), .line(at: "Expires", "22.11.2028"),
        .line(at: "Expires", "2018-11-22"), .line(at: "Expires", "2028-11-21"),
        .line(at: "Show the new value", "perhaps"), .line(at: "Show the new value", "n"),
        .line(at: "Have you entered it", "Y"),
      ]
    ).ended(0)
      .saying("That is no GUID").saying("Write it as 2028-11-22.").saying("2018-11-22 is over")
      .saying("Please answer yes or no.")
    await #expect(stage.storedValue() == secret.value)
  }

  @Test func `shows the new value where somebody asks to see it, once`() async throws {
    let stage = try await Stage()
    let secret = try stage.makeSecret()
    let telling = await stage.run(
      "rotate", Self.name,
      answers: Self.giving(secret) + [
        .line(at: "Show the new value here now?", "yes"), .line(at: "Have you entered it", "no"),
      ]
    ).ended(0)
    #expect(telling.said.components(separatedBy: secret.value).count == 2)
    telling.printing("next: enter it at magentrix, then keyturn confirm \(Self.name)")
  }

  @Test func `a wrong value is told, and the right one goes on from there`() async throws {
    let stage = try await Stage(settings: ["validation: { timeout: 30s }"])
    await stage.adopt()
    let secret = try stage.makeSecret()
    let wrong = String(secret.value.reversed())
    let telling = await stage.run(
      "rotate", Self.name,
      answers: [
        .hidden(at: "Value", wrong), .line(at: "Secret ID", ""), .line(at: "Expires", ""),
      ] + Self.giving(secret) + Self.handedOver
    ).ended(0)
      .saying("AADSTS7000215").saying("Paste the Value again, or leave with Ctrl-C")
      .neverShowing(wrong)
    #expect(telling.said.components(separatedBy: "accepted 0 of 3").count > 2)
    await #expect(stage.storedValue() == secret.value)
  }

  @Test func `waits while replicas disagree, and says for what and how long`() async throws {
    let stage = try await Stage(replication: .mild)
    await stage.adopt()
    let secret = try stage.makeSecret()
    let telling = await stage.run(
      "rotate", Self.name, "--key-id", secret.keyID, "--secret-stdin", input: secret.value
    ).ended(0)
    telling.saying("Token calls: accepted 0 of 3, next call in ").saying(", giving up in 9 min ")
      .saying("(AADSTS7000215").saying("Token calls: accepted 3 of 3\n")
    let accepted = stage.tenant.withTenant {
      $0.isAcceptedEverywhere(secret.value, appID: stage.clientID)
    }
    #expect(accepted)
  }

  @Test func `on a terminal the waiting is one line, drawn over itself and never too long`()
    async throws
  {
    let stage = try await Stage(replication: .mild)
    let secret = try stage.makeSecret()
    let telling = await stage.run(
      "rotate", Self.name, answers: Self.giving(secret) + Self.handedOver, colors: true
    ).ended(0)
    let line = telling.said.split(separator: "\n").filter { $0.contains("Token calls:") }
    #expect(line.count == 1)
    for drawn in line[0].components(separatedBy: "\r\u{1b}[2K") { #expect(drawn.count < 100) }
  }

  @Test func `a connection that is read by programs alone needs no confirmation`() async throws {
    let stage = try await Stage(connection: ["consumer: none"])
    await stage.adopt()
    let secret = try stage.makeSecret()
    await stage.run("rotate", Self.name, answers: Self.giving(secret)).ended(0)
      .printing("then keyturn retire \(Self.name)")
  }
}
