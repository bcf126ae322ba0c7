import TestSupport
import Keyturn
import SimulatedTenant
import Foundation
import Testing

@Suite struct PasteGuardTests {
  static let good = "abc8Q~notTheRightValueButWellFormed0123"

  /// What people paste instead of a value, and the words that tell each from the others.
  static let mistakes: [(pasted: String, words: String)] = [
    ("", "it is empty"),
    ("7bc3ff8e-3ae9-4e4c-9f1b-5f5ddcb5f1d8", "it is a GUID: this is the Secret ID"),
    (" " + good, "it has blanks around it"), (good + "\t", "it has blanks around it"),
    ("\u{00A0}" + good, "it has blanks around it"),
    ("\"\(good)\"", "it has quotes around it"), ("'\(good)'", "it has quotes around it"),
    ("\u{201C}\(good)\u{201D}", "it has quotes around it"),
    ("\u{FEFF}" + good, "it begins with a byte-order mark"),
    ("abc******************", "it is masked"),
    ("abc\u{2022}\u{2022}\u{2022}", "it is masked"),
    ("abc 8Q~" + good, "it holds a blank, a control character or a letter"),
    ("abc\u{1b}[31m" + good, "it holds a blank, a control character or a letter"),
    ("h\u{e9}" + good, "it holds a blank, a control character or a letter"),
    (String(repeating: "a", count: 1_025), "it has more than 1024 characters"),
  ]

  @Test func `each mistake in pasting has its own words, and the question comes again`()
    async throws
  {
    let stage = try await Stage()
    await stage.adopt()
    let secret = try stage.makeSecret()
    let mistakes =
      Self.mistakes + [
        (stage.seeded.value, "it is the value that is current already")
      ]
    let telling = await stage.run(
      "rotate", Stage.name,
      answers: mistakes.map { .hidden(at: "Value (not shown)", $0.pasted) }
        + GuidedRotationTests.giving(secret) + GuidedRotationTests.handedOver
    ).ended(0)
    for mistake in mistakes { telling.saying("the pasted value is refused: \(mistake.words)") }
    telling.neverShowing(Self.good).neverShowing(stage.seeded.value)
  }

  @Test(arguments: mistakes.filter { $0.pasted != "" })
  func `piped, each ends the command before anything is written`(
    mistake: (pasted: String, words: String)
  ) async throws {
    let stage = try await Stage()
    let telling = await stage.run(
      "rotate", Stage.name, "--secret-stdin", input: mistake.pasted + "\n"
    ).ended(65)
    telling.saying("keyturn: error: the pasted value is refused: ").saying(mistake.words)
      .saying("keyturn: hint: ").neverShowing(Self.good)
    #expect(try await stage.state()["version"] as? Int == 0)
    #expect(stage.tenant.requests.isEmpty)
  }

  @Test func `piped, nothing and what is no text are told as well`() async throws {
    let stage = try await Stage()
    for (bytes, words) in [
      (Data(), "it is empty"), (Data("\n".utf8), "it is empty"),
      (Data([0x61, 0xFF, 0xFE, 0x62]), "it is not text"),
      (Data("\(Self.good)\n\n".utf8), "it has a line break around it"),
      (Data("\n\(Self.good)".utf8), "it has a line break around it"),
      (Data("\(Self.good)\n\(Self.good)".utf8), "it holds a blank, a control character"),
      (Data(repeating: 0x61, count: 1 << 20), "it has more than 1024 characters"),
    ] {
      await stage.run(
        "record", Stage.name, "--expires", "2027-01-01", "--secret-stdin", bytes: bytes
      )
      .ended(65).saying(words)
    }
    #expect(try await stage.state()["version"] as? Int == 0)
  }

  @Test(arguments: ["", "\n", "\r\n"])
  func `piped, one line end after the value is no mistake`(end: String) async throws {
    let stage = try await Stage()
    await stage.run(
      "record", Stage.name, "--expires", "2026-12-15", "--secret-stdin",
      input: stage.seeded.value + end
    ).ended(0)
    await #expect(stage.storedValue() == stage.seeded.value)
  }

  @Test func `a value of another secret than the key id's is refused`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let secret = try stage.makeSecret()
    await stage.run(
      "rotate", Stage.name, "--key-id", stage.seeded.keyID, "--secret-stdin", input: secret.value
    ).ended(65)
      .saying("it does not begin with \(stage.seeded.value.prefix(3)), as the secret")
      .saying("copy Value and Secret ID from the same row").neverShowing(secret.value)
  }

  @Test func `a key id of another secret than the value's is asked for again`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let secret = try stage.makeSecret()
    await stage.run(
      "rotate", Stage.name,
      answers: [
        .hidden(at: "Value", secret.value), .line(at: "Secret ID", stage.seeded.keyID.uppercased()),
        .line(at: "Secret ID", secret.keyID), .line(at: "Expires", ""),
      ] + GuidedRotationTests.handedOver
    ).ended(0).saying("That is the Secret ID of the secret that begins with")
    let current = try await stage.state()["current"] as? [String: Any]
    #expect(current?["key_id"] as? String == secret.keyID)
  }

  @Test func `the key id of a secret whose value nobody knows is not a new one's`() async throws {
    let stage = try await Stage()
    await stage.run(
      "record", Stage.name, "--expires", Timestamp.format(stage.seeded.expiresAt), "--key-id",
      stage.seeded.keyID
    ).ended(0)
    let secret = try stage.makeSecret()
    let wrong = ["rotate", Stage.name, "--key-id", stage.seeded.keyID, "--secret-stdin"]
    await stage.run(wrong, input: secret.value).ended(65)
      .saying("the Secret ID \(stage.seeded.keyID) is that of a secret which is in use")
      .saying("copy Value and Secret ID from the same row").neverShowing(secret.value)
    await stage.run(
      "rotate", Stage.name,
      answers: [
        .hidden(at: "Value", secret.value), .line(at: "Secret ID", stage.seeded.keyID),
        .line(at: "Secret ID", secret.keyID), .line(at: "Expires", ""),
      ] + GuidedRotationTests.handedOver
    ).ended(0).saying("That is the Secret ID of the one in use.")
    // Its own value may still be recorded under it.
    let other = try await Stage()
    await other.run(
      "record", Stage.name, "--expires", "2026-12-15", "--key-id", other.seeded.keyID
    ).ended(0)
    await other.run(
      "record", Stage.name,
      answers: [
        .line(at: "Do you have its value?", "yes"), .hidden(at: "Value", other.seeded.value),
        .line(at: "Secret ID", other.seeded.keyID),
      ]
    ).ended(0)
  }

  @Test func `the previous value is refused as well`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    try await stage.rotate()
    await stage.run(
      "record", Stage.name, "--expires", "2026-12-15", "--secret-stdin", input: stage.seeded.value
    ).ended(65).saying("it is the previous value")
  }
}
