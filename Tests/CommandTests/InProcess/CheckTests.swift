import TestSupport
import Foundation
import SimulatedTenant
import Testing

@Suite struct CheckTests {
  private static let name = Stage.name

  @Test func `a quiet night is one line`() async throws {
    let stage = try await Stage()
    await stage.run("record", Self.name, "--expires", "2028-11-22").ended(0)
    let night = await stage.run("check").ended(0)
    #expect(night.printed == "OK: 1 secret, none due | due=0;;;0;1 duration=0s\n")
    #expect(night.said.isEmpty)
  }

  @Test(
    arguments: [
      (91.0, 0, "OK: 1 secret, none due"), (23, 1, "WARNING: 1 of 1 secret due: "),
      (6, 2, "CRITICAL: 1 of 1 secret due: "), (-1, 2, "CRITICAL: 1 of 1 secret due: "),
    ] as [(Double, Int32, String)])
  func `its status and its last line follow the worst`(
    daysLeft: Double, status: Int32, words: String
  ) async throws {
    let stage = try await Stage()
    let end = (stage.clock.now + daysLeft * 86_400).ISO8601Format()
    await stage.run("record", Self.name, "--expires", end).ended(0)
    let night = await stage.run("check").ended(status)
    let last = try #require(night.lines.last)
    #expect(last.hasPrefix(words))
    #expect(last.contains(" | due="))
    let quiet = await stage.run("check", "--json").ended(status)
    #expect(try quiet.json()["summary"] as? String == last)
  }

  @Test func `says what is due, why, and what to do`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let night = await stage.run("check").ended(1)
    #expect(
      night.lines == [
        "WARNING: \(Self.name) expires in 23 days, on 2026-12-15",
        "  make its replacement: keyturn rotate \(Self.name)",
        "WARNING: 1 of 1 secret due: \(Self.name) expires in 23 days, on 2026-12-15"
          + " | due=1;;;0;1 duration=0s",
      ])
  }

  @Test func `tries the current secret, and one that is refused is critical`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    try stage.deleteSecret(stage.seeded)
    await stage.run("check").ended(1)
    stage.pass(days: 1)
    await stage.run("check").ended(2).printing("failed: \(Self.name) validate: AADSTS7000215")
      .printing("CRITICAL: \(Self.name) AADSTS7000215").neverShowing(stage.seeded.value)
  }

  @Test func `an open hand-over is reminded of until it is confirmed`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    try await stage.rotate()
    await stage.run("check").ended(1)
      .printing(
        "waits for the hand-over of the new secret to magentrix, where the old one expires on 2026-12-15"
      )
    await stage.run("confirm", Self.name).ended(0)
    await stage.run("check").ended(0)
    stage.pass(days: 7.5)
    await stage.run("check").ended(1).printing("was to be removed from 2026-11-29")
    try stage.deleteSecret(stage.seeded)
    await stage.run("check").ended(0).printing("done: \(Self.name) retire\n")
    #expect(try await stage.step() == nil)
  }

  @Test func `finishes a rotation that was cut off before its switch`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let secret = try stage.makeSecret()
    stage.fail { $0.signInFailure = Faults.SignIn(code: 90_033) }
    await stage.run("rotate", Self.name, "--secret-stdin", input: secret.value).ended(69)
    stage.fail { $0.signInFailure = nil }
    await stage.run("check").ended(1).printing("done: \(Self.name) switch")
    await #expect(stage.storedValue() == secret.value)
  }

  @Test func `tells of nights in which it did not run, and of a clock that went back`()
    async throws
  {
    let stage = try await Stage()
    await stage.run("record", Self.name, "--expires", "2028-11-22").ended(0)
    await stage.run("check").ended(0)
    stage.pass(days: 2)
    await stage.run("check").ended(1).printing("the last night in which the whole check could be")
    await stage.run("check").ended(0)
    stage.pass(days: -1)
    await stage.run("check").ended(3).printing("the clock shows 2026-11-23")
  }

  @Test func `a dry run looks ahead, calls nothing and writes nothing`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let calls = stage.tenant.requests.count
    await stage.run("check", "--as-of", "2026-12-20").ended(64).saying("it needs --dry-run")
    let ahead = await stage.run("check", "--dry-run", "--as-of", "2026-12-20", "--json").ended(2)
    let document = try ahead.json()
    #expect(document["started_at"] as? String == "2026-12-20T23:59:59Z")
    let actions = document["actions"] as? [[String: Any]]
    #expect(actions?.map { $0["result"] as? String } == ["planned"])
    #expect(stage.tenant.requests.count == calls)
    // A run that was written down would be a night that was not missed.
    stage.pass(days: 2)
    #expect(try await stage.run("check", "--json").json()["findings"] as? [Any] != nil)
    await stage.run("history").printing("secret.adopted")
  }

  @Test func `its JSON has the keys that are promised`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    stage.pass(days: 1)
    let document = try await stage.run("check", "--json").ended(1).json()
    #expect(
      Set(document.keys) == [
        "state", "exit_code", "started_at", "finished_at", "findings", "actions", "summary",
      ])
    #expect(document["state"] as? String == "warning")
    #expect(document["exit_code"] as? Int == 1)
    let finding = try #require((document["findings"] as? [[String: Any]])?.first)
    #expect(
      Set(finding.keys) == [
        "connection", "tenant", "application", "key_id", "code", "severity", "message",
        "remedy", "expires_at", "days_left",
      ])
    #expect(finding["code"] as? String == "expiring")
    #expect(finding["days_left"] as? Int == 22)
    let action = try #require((document["actions"] as? [[String: Any]])?.first)
    #expect(Set(action.keys) == ["connection", "what", "result", "message"])
    #expect(action["result"] as? String == "done")
    for time in ["started_at", "finished_at"] {
      #expect((document[time] as? String)?.wholeMatch(of: ReadingTests.time) != nil)
    }
  }
}
