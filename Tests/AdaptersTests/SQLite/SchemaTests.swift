import Foundation
import GRDB
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// What the tables themselves refuse, whoever writes to them.
@Suite struct SchemaTests {
  private static let events = "(seq, at, actor, action, subject, recordVersion, detail, hash)"
  private static let record = "'\(EmbeddedStore.name)'"

  /// A statement that no code of ours would run, and a word of what SQLite says to it.
  private static let nonsense: [(sql: String, says: String)] = [
    ("INSERT INTO installation VALUES (2, '\(zeros(32))', x'00', 'now')", "CHECK"),
    ("INSERT INTO installation VALUES (1, '\(zeros(32))', x'00', 'now')", "UNIQUE"),
    ("UPDATE installation SET storeID = 'short'", "CHECK"),
    ("UPDATE installation SET keyCheck = NULL", "NOT NULL"),
    ("UPDATE installation SET keyCheck = 'text'", "cannot store TEXT value in BLOB column"),
    ("UPDATE record SET version = 0", "CHECK"),
    ("UPDATE record SET version = 'one'", "cannot store TEXT value in INTEGER column"),
    ("UPDATE record SET version = NULL", "NOT NULL"),
    ("UPDATE record SET connection = NULL", "NOT NULL"),
    ("UPDATE record SET sealed = zeroblob(28)", "CHECK"),
    ("UPDATE record SET sealed = 'in the clear'", "cannot store TEXT value in BLOB column"),
    ("UPDATE record SET attentionAt = -1", "CHECK"),
    ("INSERT INTO record SELECT * FROM record", "UNIQUE"),
    ("UPDATE clientSecret SET slot = 'spare'", "CHECK"),
    ("UPDATE clientSecret SET source = 'guessed'", "CHECK"),
    ("UPDATE clientSecret SET expiresAt = NULL", "NOT NULL"),
    ("UPDATE clientSecret SET connection = 'nobody'", "FOREIGN KEY"),
    ("UPDATE record SET connection = 'somebody else'", "FOREIGN KEY"),
    (rotation(mode: "'magic'"), "CHECK"),
    (rotation(outcome: "'lost'"), "CHECK"),
    (rotation(settledAfter: "-0.1"), "CHECK"),
    (rotation(settledAfter: "'soon'"), "cannot store TEXT value in REAL column"),
    (rotation(id: "NULL"), "NOT NULL"),
    ("INSERT INTO event \(events) VALUES (0, '', '', '', NULL, NULL, '', zeroblob(32))", "CHECK"),
    ("INSERT INTO event \(events) VALUES (2, '', '', '', NULL, NULL, '', zeroblob(31))", "CHECK"),
    ("INSERT INTO event \(events) VALUES (2, '', '', '', NULL, 0, '', zeroblob(32))", "CHECK"),
    ("INSERT INTO event \(events) VALUES (1, '', '', '', NULL, NULL, '', zeroblob(32))", "UNIQUE"),
    (
      "INSERT INTO event \(events) VALUES (2, '', '', '', \(record), 1, '', zeroblob(32))",
      "UNIQUE"
    ),
    ("UPDATE event SET detail = 'nothing happened'", "the audit trail is append-only"),
    ("DELETE FROM event", "the audit trail is append-only"),
    ("INSERT INTO run VALUES (1, 'a', 'b', 'fine', 'd', 'e')", "CHECK"),
    ("INSERT INTO run VALUES (1, 'a', 'b', 'ok', NULL, 'e')", "NOT NULL"),
  ]

  @Test(arguments: nonsense)
  func `nonsense is refused`(sql: String, says: String) async throws {
    let store = try StoreFolder()
    let database = try store.create()
    try await EmbeddedStore(database).write(EmbeddedStore(database).sample(1))
    try await database.queue.write { db in
      let before = try Self.content(db)
      let error = #expect(throws: DatabaseError.self) { try db.execute(sql: sql) }
      #expect(error?.resultCode == .SQLITE_CONSTRAINT)
      #expect(error?.message?.contains(says) == true, "\(error?.message ?? "")")
      #expect(try Self.content(db) == before)
    }
  }

  @Test func `with a record go its lifetimes`() async throws {
    let store = try StoreFolder()
    let database = try store.create()
    try await EmbeddedStore(database).write(EmbeddedStore(database).sample(1))
    let counts = try await database.queue.write { db in
      let before = try Int.fetchOne(db, sql: "SELECT count(*) FROM clientSecret")
      try db.execute(sql: "DELETE FROM record")
      return (before, try Int.fetchOne(db, sql: "SELECT count(*) FROM clientSecret"))
    }
    #expect(counts.0 == 1)
    #expect(counts.1 == 0)
  }

  @Test func `a step that breaks a rule is undone as a whole`() async throws {
    let store = try StoreFolder()
    let database = try store.create()
    let embedded = EmbeddedStore(database)
    try await embedded.write(embedded.sample(1))
    let before = try database.queue.read { try Self.content($0) }
    var next = embedded.sample(2)
    next.current?.expiresAt = TestWorld.night + 1
    // The record, its event and its lifetimes are written by then; this last part is refused.
    var rotation = Rotation(id: "an id", mode: .guided, startedAt: TestWorld.night)
    rotation.settledAfter = -1
    await #expect(throws: KeyturnError.self) {
      try await embedded.write(
        next, ended: EndedRotation(rotation, outcome: .completed, at: TestWorld.night))
    }
    let after = try database.queue.read { try Self.content($0) }
    #expect(after == before)
    #expect(try await SQLiteRegistry(database).firstBadEvent() == nil)
  }

  private static func content(_ db: GRDB.Database) throws -> [Row] {
    try ["installation", "record", "clientSecret", "rotation", "event", "run"].flatMap {
      try Row.fetchAll(db, sql: "SELECT * FROM \($0)")
    }
  }

  private static func rotation(
    id: String = "'an id'", mode: String = "'guided'", outcome: String = "'completed'",
    settledAfter: String = "1.5"
  ) -> String {
    "INSERT INTO rotation VALUES"
      + " (\(id), \(record), \(mode), \(outcome), 'then', 'now', \(settledAfter))"
  }

  private static func zeros(_ count: Int) -> String {
    String(repeating: "0", count: count)
  }
}
