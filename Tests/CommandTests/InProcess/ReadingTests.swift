import SimulatedTenant
import Foundation
import Testing

/// The commands that only read.
@Suite struct ReadingTests {
  private static let name = Stage.name
  /// RFC 3339 in UTC.
  static var time: Regex<Substring> { /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/ }

  private static let secretKeys: Set = [
    "key_id", "hint", "starts_at", "expires_at", "days_left", "validated_at", "retire_after",
    "source", "lifetime_left",
  ]

  @Test func `status has the keys that are promised, whatever is where`() async throws {
    let stage = try await Stage()
    let empty = try await stage.state()
    await stage.adopt()
    try await stage.rotate()
    let document = try await stage.run("status", "--json").ended(0).json()
    #expect(Set(document.keys) == ["as_of", "state", "findings", "connections", "tenants"])
    #expect(document["as_of"] as? String == "2026-11-22T02:10:10Z")
    let state = try await stage.state()
    #expect(
      Set(state.keys) == [
        "name", "tenant", "client_id", "owner", "state", "snoozed_until", "snoozed_by",
        "snooze_reason", "version", "current", "previous",
        "pending",
        "rotation", "findings", "next",
      ])
    #expect(Set(empty.keys) == Set(state.keys))
    #expect(empty["current"] is NSNull && empty["state"] as? String == "unknown")
    for slot in ["current", "previous"] {
      let secret = try #require(state[slot] as? [String: Any])
      #expect(Set(secret.keys) == Self.secretKeys)
      #expect((secret["expires_at"] as? String)?.wholeMatch(of: Self.time) != nil)
    }
    #expect(state["pending"] is NSNull)
    let rotation = try #require(state["rotation"] as? [String: Any])
    #expect(
      Set(rotation.keys) == [
        "id", "mode", "step", "started_at", "stepped_at", "last_error", "hand_over",
      ])
    #expect(rotation["mode"] as? String == "guided" && rotation["step"] as? String == "switched")
    let handOver = try #require((rotation["hand_over"] as? [[String: Any]])?.first)
    #expect(Set(handOver.keys) == ["target", "state", "since", "by"])
    #expect(handOver["target"] as? String == "magentrix")
    #expect(Set((state["next"] as? [String: Any] ?? [:]).keys) == ["at", "what"])
  }

  @Test func `status shows a table, and one connection at length`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let table = await stage.run("status").ended(0)
    #expect(
      table.lines.prefix(2) == [
        "CONNECTION      STATE    EXPIRES     LEFT  LIFETIME              ROTATION",
        "\(Self.name)  WARNING  2026-12-15  23 d  █░░░░░░░░░░░░░░░░░░░  -",
      ])
    table.printing("WARNING: \(Self.name) expires in 23 days, on 2026-12-15")
    #expect(table.lines.last == "1 connection: 1 warning; next: 2026-12-15 \(Self.name)")
    let colored = await stage.run("status", answers: [], colors: true).printed
    #expect(colored.contains("\u{1b}[33mWARNING\u{1b}[0m"))
    let plain = await stage.run("status", "--no-color", answers: [], colors: true).printed
    #expect(plain == table.printed)
    await stage.run("status", Self.name).ended(0).printing("\(Self.name)  WARNING")
      .printing("  application  \(stage.clientID)").printing("key id \(stage.seeded.keyID)")
      .neverShowing(stage.seeded.value)
    await stage.run("status", "magentrix-d356").ended(64).saying("did you mean '\(Self.name)'?")
  }

  @Test func `plan shows each night that will have news`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let plan = await stage.run("plan").ended(0)
    #expect(plan.lines.first == "DATE        CONNECTION      STATE     WHAT")
    #expect(plan.lines.dropFirst().allSatisfy { $0.contains(Self.name) })
    plan.printing("2026-12-08  \(Self.name)  critical  expires in 7 days")
      .printing("expired on 2026-12-15")
    await stage.run("plan", "--as-of", "2026-11-23", "--until", "2026-11-24").ended(0)
    let document = try await stage.run("plan", "--until", "2027-01-01", "--json").ended(0).json()
    #expect(Set(document.keys) == ["from", "until", "events"])
    let event = try #require((document["events"] as? [[String: Any]])?.first)
    #expect(Set(event.keys) == ["at", "connection", "severity", "what", "remedy"])
    #expect((event["at"] as? String)?.wholeMatch(of: Self.time) != nil)
    let quiet = try await Stage()
    await quiet.run("record", Self.name, "--expires", "2028-11-22").ended(0)
    let none = await quiet.run("plan", "--until", "2027-01-01").ended(0)
    #expect(none.printed == "nothing is due from 2026-11-22 to 2027-01-01\n")
  }

  @Test func `show masks the secret, and writes down that it was read`() async throws {
    let stage = try await Stage()
    await stage.run("show", Self.name).ended(64).saying("the store holds no value")
    await stage.adopt()
    let masked = await stage.run("show", Self.name).ended(0)
    #expect(masked.lines.map { $0.prefix(17) }.count == 4)
    masked.printing("Consumer Key     NA\n").printing("Refresh Token    \(stage.clientID)\n")
      .printing("Security Token   \(stage.clientID)\n").printing("Consumer Secret  •••")
      .neverShowing(stage.seeded.value)
    for (field, value) in [
      ("consumer-key", "NA"), ("consumer-secret", stage.seeded.value),
      ("refresh-token", stage.clientID), ("security-token", stage.clientID),
    ] {
      let shown = await stage.run("show", Self.name, "--field", field).ended(0)
      #expect(shown.printed == value + "\n" && shown.said.isEmpty)
    }
    await stage.run("show", Self.name, "--reveal").ended(0).printing(stage.seeded.value)
    let trail = try await stage.run("history", Self.name, "--json").ended(0).json()
    let actions = (trail["events"] as? [[String: Any]])?.compactMap { $0["action"] as? String }
    #expect(
      actions == [
        "secret.adopted", "record.shown", "record.shown", "secret.revealed", "record.shown",
        "record.shown", "secret.revealed",
      ])
  }

  @Test func `show as JSON holds the secret only where it was asked for`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let keys: Set = [
      "name", "version", "consumer_key", "refresh_token", "security_token", "key_id", "expires_at",
    ]
    let masked = await stage.run("show", Self.name, "--json").ended(0)
    #expect(Set(try masked.json().keys) == keys)
    masked.neverShowing(stage.seeded.value)
    let open = try await stage.run("show", Self.name, "--json", "--reveal").ended(0).json()
    #expect(Set(open.keys) == keys.union(["consumer_secret"]))
    #expect(open["expires_at"] as? String == "2026-12-15T02:10:00Z")
  }

  @Test func `validate tells of each secret that has a value`() async throws {
    let stage = try await Stage(settings: ["validation: { timeout: 30s }"])
    await stage.run("validate").ended(0)
    await stage.run("validate", Self.name).ended(64).saying("the store holds no value to validate")
    await stage.adopt()
    await stage.run("validate").ended(0).printing("\(Self.name): accepted, Dynamics 365 user ")
    let document = try await stage.run("validate", "--json").ended(0).json()
    let result = try #require((document["results"] as? [[String: Any]])?.first)
    #expect(
      Set(result.keys) == [
        "connection", "accepted", "kind", "message", "remedy", "identity_change",
        "organization_id", "user_id",
      ])
    try stage.deleteSecret(stage.seeded)
    await stage.run("validate").ended(65).printing("not accepted: AADSTS7000215")
      .neverShowing(stage.seeded.value)
  }

  @Test func `history shows the trail, and proves that it is whole`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    try await stage.rotate()
    await stage.run("confirm", Self.name).ended(0)
    let document = try await stage.run("history", "--verify", "--json").ended(0).json()
    #expect(document["verified"] as? Bool == true)
    let events = try #require(document["events"] as? [[String: Any]])
    let keys: Set = ["seq", "at", "actor", "action", "subject", "detail", "hash"]
    #expect(events.allSatisfy { Set($0.keys) == keys })
    #expect(events.compactMap { $0["seq"] as? Int } == Array(1...events.count))
    #expect(events.allSatisfy { ($0["at"] as? String)?.wholeMatch(of: Self.time) != nil })
    #expect(
      events.suffix(6).compactMap { $0["action"] as? String } == [
        "secret.adopted", "rotation.begun", "rotation.created", "rotation.validated",
        "rotation.switched", "hand_over.confirmed",
      ])
    await stage.run("history", "--verify").ended(0).printing("the audit trail is whole")
      .printing("admin@stage").neverShowing(stage.seeded.value)
    let newest = try await stage.run("history", "--limit", "1", "--json").ended(0).json()
    #expect((newest["events"] as? [Any])?.count == 1)
    #expect(Set(newest.keys) == ["events"])
  }
}
