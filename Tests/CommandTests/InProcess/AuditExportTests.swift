import Adapters
import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import KeyturnCommand

/// The audit trail as JSON lines, and who it says it was.
@Suite struct AuditExportTests {
  private static let keys: Set = ["seq", "at", "actor", "action", "subject", "detail", "hash"]

  private static func events(_ telling: Telling) throws -> [[String: Any]] {
    try telling.lines.map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private static func registry(of stage: Stage) throws -> SQLiteRegistry {
    let text = try String(contentsOfFile: stage.key, encoding: .utf8)
    return SQLiteRegistry(
      try Database.open(at: stage.database, key: StoreKey(text: text, origin: stage.key)))
  }

  @Test func `each event is a line with stable keys, and one goes on where one was`() async throws {
    let stage = try await Stage()
    let none = await stage.run("history", "--jsonl").ended(0)
    #expect(none.printed.isEmpty)
    await stage.adopt()
    try await stage.rotate()
    let all = try Self.events(await stage.run("history", "--jsonl").ended(0))
    #expect(all.compactMap { $0["seq"] as? Int } == [1, 2, 3, 4, 5])
    #expect(all.allSatisfy { Set($0.keys) == Self.keys })
    let document = try await stage.run("history", "--json").ended(0).json()
    #expect(all as NSArray == document["events"] as? NSArray)
    func seqs(_ options: String...) async throws -> [Int] {
      let telling = await stage.run(["history", "--jsonl"] + options).ended(0)
      return try Self.events(telling).compactMap { $0["seq"] as? Int }
    }
    #expect(try await seqs("--after", "3") == [4, 5])
    #expect(try await seqs("--after", "5") == [])
    #expect(try await seqs("--after", "1", "--limit", "2") == [2, 3])
    #expect(try await seqs("--limit", "0") == [1, 2, 3, 4, 5])
    #expect(try await seqs(Stage.name, "--after", "4") == [5])
    #expect(try await seqs("nobody") == [])
  }

  @Test func `what goes wrong is told beside the lines`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    await stage.run("history", "--jsonl", "--verify").ended(0)
    await stage.run("history", "--after", "3").ended(64).saying("--after goes with --jsonl")
    await stage.run("history", "--jsonl", "--json").ended(64).saying("exclude each other")
    await stage.run("history", "--jsonl", "--after", "-1").ended(64)
    // Somebody who has the database and no key adds an event.
    let forged = try await Programs.run(
      [
        "sqlite3", stage.database,
        "INSERT INTO event VALUES (2, 'at', 'me', 'no', NULL, NULL, '', zeroblob(32))",
      ])
    if forged.status != 0 { return }
    let telling = await stage.run("history", "--jsonl", "--verify").ended(2)
    #expect(telling.lines.count == 2)
    telling.saying("the audit trail does not fit from event 2 on")
  }

  @Test func `no text from outside can begin another line`() async throws {
    let stage = try await Stage()
    let hostile = "a\nb\r\n\u{1b}[2J\u{2028}\u{2029}\u{202e}\"}\\{\"seq\":7} ключ 鍵 👩‍🚀"
    let registry = try Self.registry(of: stage)
    try await registry.append(
      AuditEntry(at: stage.clock.now, actor: hostile, action: "test.hostile", detail: hostile),
      about: hostile)
    let telling = await stage.run("history", "--jsonl").ended(0)
    let event = try #require(try Self.events(telling).first)
    #expect(telling.printed.hasSuffix("\n") && telling.lines.count == 1)
    for key in ["actor", "detail", "subject"] { #expect(event[key] as? String == hostile) }
    let raw = telling.printed.unicodeScalars.contains { $0.value < 32 && $0 != "\n" }
    #expect(!raw)
  }

  @Test func `each step names its secret, and what came of it`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let secret = try await stage.rotate()
    await stage.run("confirm", Stage.name).ended(0)
    stage.pass(days: 1)
    await stage.run("check").ended(0)
    let events = try Self.events(await stage.run("history", "--jsonl").ended(0))
    let details = Dictionary(
      events.map { ($0["action"] as? String ?? "", $0["detail"] as? String ?? "") },
      uniquingKeysWith: { $1 })
    #expect(
      details["rotation.validated"]?.hasPrefix("secret \(secret.keyID): accepted by 3 calls in ")
        == true)
    #expect(details["hand_over.confirmed"] == "secret \(secret.keyID): in use at magentrix")
    #expect(details["secret.validated"] == "secret \(secret.keyID): accepted by 1 call")
    try stage.deleteSecret(secret)
    stage.pass(days: 1)
    await stage.run("check").ended(2)
    let last = try Self.events(await stage.run("history", "--jsonl").ended(0)).last
    #expect(last?["action"] as? String == "secret.refused")
    #expect((last?["detail"] as? String)?.hasPrefix("secret \(secret.keyID): AADSTS") == true)
  }

  @Test(
    arguments: [
      (nil, "no terminal"), ("cron", "cron"), ("systemd", "systemd"), ("ansible-1", "ansible-1"),
      ("terminal", "no terminal"), ("", "no terminal"), ("Cron", "no terminal"),
      ("cron)\n(terminal", "no terminal"), ("no terminal", "no terminal"), ("1", "no terminal"),
      (String(repeating: "a", count: 33), "no terminal"), ("крон", "no terminal"),
    ] as [(String?, String)])
  func `the place is a word of the caller's, where there is no terminal`(
    caller: String?, place: String
  ) {
    let environment = caller.map { ["KEYTURN_CALLER": $0] } ?? [:]
    #expect(World.place(environment, isInteractive: false) == place)
    #expect(World.place(environment, isInteractive: true) == "terminal")
  }
}
