import Foundation
import GRDB
import Keyturn
import Synchronization
import TestSupport
import Testing

@testable import Adapters

/// What is remembered beside the records, and that reading it stays cheap.
@Suite struct RegistryTests {
  private static func entry(_ action: String, at seconds: TimeInterval = 0) -> AuditEntry {
    AuditEntry(
      at: TestWorld.night + seconds, actor: "admin@test", action: action, detail: "détail")
  }

  @Test func `events come back as they were, oldest first, the newest of them`() async throws {
    let store = try StoreFolder()
    let registry = SQLiteRegistry(try store.create())
    for number in 1...5 {
      try await registry.append(
        Self.entry("event.\(number)", at: Double(number)), about: number % 2 == 0 ? "even" : nil)
    }
    let all = try await registry.events(about: nil, limit: nil)
    #expect(all.map(\.seq) == [1, 2, 3, 4, 5])
    #expect(all.map(\.entry) == (1...5).map { Self.entry("event.\($0)", at: Double($0)) })
    #expect(all.map(\.subject) == [nil, "even", nil, "even", nil])
    #expect(Set(all.map(\.hash)).count == 5)
    let allHexadecimal = all.allSatisfy {
      $0.hash.utf8.count == 64 && $0.hash.allSatisfy(\.isHexDigit)
    }
    #expect(allHexadecimal)
    #expect(try await registry.events(about: nil, limit: 2).map(\.seq) == [4, 5])
    #expect(try await registry.events(about: "even", limit: nil).map(\.seq) == [2, 4])
    #expect(try await registry.events(about: "even", limit: 1).map(\.seq) == [4])
    #expect(try await registry.events(about: "nobody", limit: nil).isEmpty)
  }

  @Test func `a trail is read page by page, and from where one was`() async throws {
    let store = try StoreFolder()
    let registry = SQLiteRegistry(try store.create())
    #expect(try await registry.events(after: 0, about: nil, limit: 10).isEmpty)
    for number in 1...7 {
      try await registry.append(
        Self.entry("event.\(number)"), about: number % 2 == 0 ? "even" : nil)
    }
    func page(_ seq: Int, _ limit: Int, of name: String? = nil) async throws -> [Int] {
      try await registry.events(after: seq, about: name, limit: limit).map(\.seq)
    }
    #expect(try await page(0, 3) == [1, 2, 3])
    #expect(try await page(3, 3) == [4, 5, 6])
    #expect(try await page(6, 3) == [7])
    #expect(try await page(7, 3) == [])
    #expect(try await page(99, 3) == [])
    #expect(try await page(0, 2, of: "even") == [2, 4])
    #expect(try await page(4, 2, of: "even") == [6])
    let all = try await registry.events(about: nil, limit: nil)
    #expect(try await registry.events(after: 0, about: nil, limit: 10) == all)
  }

  @Test func `a page is found by index, however long the trail is`() async throws {
    let store = try StoreFolder()
    let database = try store.create()
    let plans = try await Self.plans(in: database) {
      let registry = SQLiteRegistry(database)
      _ = try await registry.events(after: 5, about: nil, limit: 10)
      _ = try await registry.events(after: 5, about: "a", limit: 10)
    }
    #expect(plans.first == "SEARCH event USING INTEGER PRIMARY KEY (rowid>?)", "\(plans)")
    #expect(
      plans.last == "SEARCH event USING INDEX event_subject (subject=? AND seq>?)", "\(plans)")
  }

  @Test func `the newest run, and the newest one that did all of its work`() async throws {
    let store = try StoreFolder()
    let registry = SQLiteRegistry(try store.create())
    #expect(try await registry.runs() == RunHistory())
    let runs = [Severity.ok, .critical, .unknown, .unknown, .warning, .unknown].enumerated().map {
      Run(
        startedAt: TestWorld.night + Double($0 * 86_400),
        finishedAt: TestWorld.night + Double($0 * 86_400 + 7), severity: $1,
        fingerprint: "print \($0)", summary: "SUMMARY: \($0) | a=b")
    }
    let expected: [RunHistory] = [
      RunHistory(newest: runs[0], newestGood: runs[0]),
      RunHistory(newest: runs[1], newestGood: runs[1]),
      RunHistory(newest: runs[2], newestGood: runs[1]),
      RunHistory(newest: runs[3], newestGood: runs[1]),
      RunHistory(newest: runs[4], newestGood: runs[4]),
      RunHistory(newest: runs[5], newestGood: runs[4]),
    ]
    for (run, history) in zip(runs, expected) {
      try await registry.add(run)
      let found = try await SQLiteRegistry(try store.open()).runs()
      #expect(found == history)
    }
  }

  @Test func `a run that never could end well is no good one`() async throws {
    let store = try StoreFolder()
    let registry = SQLiteRegistry(try store.create())
    let run = Run(
      startedAt: TestWorld.night, finishedAt: TestWorld.night, severity: .unknown, fingerprint: "",
      summary: "")
    try await registry.add(run)
    #expect(try await registry.runs() == RunHistory(newest: run, newestGood: nil))
  }

  @Test func `attention is asked for by what is due and what has no record`() async throws {
    let store = try StoreFolder()
    let database = try store.create()
    let embedded = EmbeddedStore(database)
    let registry = SQLiteRegistry(database)
    for (name, seconds) in [("past", -1.0), ("now", 0), ("future", 1), ("gone", -5)] {
      try await embedded.write(
        embedded.sample(1), to: name, attentionAt: TestWorld.night + seconds)
    }
    let configured = ["new", "future", "now", "past"]
    func due(_ seconds: TimeInterval) async throws -> [String] {
      try await registry.connectionsNeedingAttention(
        by: TestWorld.night + seconds, of: configured)
    }
    #expect(try await due(0) == ["new", "now", "past"])
    #expect(try await due(-0.5) == ["new", "past"])
    #expect(try await due(1) == configured)
    #expect(try await due(-100) == ["new"])
  }

  @Test func `the due ones are found by index, and no row of the others is read`() async throws {
    let store = try StoreFolder()
    let database = try store.create()
    let plans = try await Self.plans(in: database) {
      _ = try await SQLiteRegistry(database).connectionsNeedingAttention(
        by: TestWorld.night, of: ["a"])
    }
    #expect(plans.count == 2)
    #expect(plans.first?.hasPrefix("SEARCH record USING") == true, "\(plans)")
    #expect(plans.first?.contains("INDEX record_attentionAt (attentionAt<?)") == true, "\(plans)")
    // Which connections have a record is in the index of their names.
    #expect(plans.last?.hasPrefix("SCAN record USING COVERING INDEX") == true, "\(plans)")
  }

  @Test func `reading a record does not take longer with a longer history`() async throws {
    let store = try StoreFolder()
    let database = try store.create()
    let plans = try await Self.plans(in: database) {
      _ = try await EmbeddedStore(database).record(of: EmbeddedStore.name)
    }
    #expect(plans.count == 2)
    let expected = "SEARCH event USING COVERING INDEX event_recordVersion (subject=?"
    #expect(plans.first?.hasPrefix(expected) == true, "\(plans)")
    #expect(plans.last?.contains("SEARCH record USING INDEX") == true, "\(plans)")
  }

  @Test func `verifying the trail does not take the square of its length`() async throws {
    let store = try StoreFolder()
    let database = try store.create()
    let plans = try await Self.plans(in: database) {
      _ = try await SQLiteRegistry(database).firstBadEvent()
    }
    // Each version looks for the newest one of its connection: not through all the others.
    let newest = "SEARCH event USING COVERING INDEX event_recordVersion (subject=?"
    #expect(plans.contains { $0.contains(newest) }, "\(plans)")
    let slow = "SEARCH event USING INDEX event_subject"
    #expect(!plans.contains { $0.contains(slow) }, "\(plans)")
  }

  /// How SQLite answers the queries of `work`, in their order.
  private static func plans(
    in database: Adapters.Database, of work: () async throws -> Void
  ) async throws -> [String] {
    let queries = Mutex<[String]>([])
    try await database.queue.read { db in
      db.trace { event in
        if case .statement(let statement) = event, statement.sql.hasPrefix("SELECT") {
          queries.withLock { $0.append(statement.sql) }
        }
      }
    }
    try await work()
    try await database.queue.read { db in db.trace(options: []) }
    return try await database.queue.read { db in
      try queries.withLock { $0 }.map { sql in
        let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
        // The plan does not depend on the values.
        let values = sql.filter { $0 == "?" }.map { _ in 1 }
        let rows = try Row.fetchAll(statement, arguments: StatementArguments(values))
        return rows.map { $0["detail"] as String }.joined(separator: "; ")
      }
    }
  }
}
