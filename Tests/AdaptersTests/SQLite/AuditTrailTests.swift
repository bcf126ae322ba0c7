import Crypto
import Foundation
import GRDB
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// The chain of the audit trail, and that whatever is done to it is found at its place.
@Suite struct AuditTrailTests {
  private static let trail = "INSERT INTO event"

  /// Six events: 1 and 4 wrote the record's versions, 6 wrote the record of another connection.
  private static func scene() async throws -> (StoreFolder, SQLiteRegistry) {
    let store = try StoreFolder()
    let database = try store.create()
    let embedded = EmbeddedStore(database)
    let registry = SQLiteRegistry(database)
    try await embedded.write(embedded.sample(1))
    try await registry.append(entry("check.done"), about: nil)
    try await registry.append(entry("record.shown"), about: EmbeddedStore.name)
    try await embedded.write(embedded.sample(2))
    try await registry.append(entry("record.shown"), about: EmbeddedStore.name)
    try await embedded.write(embedded.sample(1), to: "another")
    #expect(try await registry.firstBadEvent() == nil)
    return (store, registry)
  }

  private static func entry(_ action: String) -> AuditEntry {
    AuditEntry(at: TestWorld.night, actor: "admin@test", action: action, detail: "detail")
  }

  @Test(
    arguments: [
      ("UPDATE event SET at = '2026-11-22T02:10:01Z' WHERE seq = 3", 3),
      ("UPDATE event SET actor = 'root@test' WHERE seq = 3", 3),
      ("UPDATE event SET action = 'nothing' WHERE seq = 3", 3),
      ("UPDATE event SET subject = 'another' WHERE seq = 3", 3),
      ("UPDATE event SET subject = NULL WHERE seq = 3", 3),
      ("UPDATE event SET subject = '' WHERE seq = 2", 2),
      ("UPDATE event SET recordVersion = 9 WHERE seq = 3", 3),
      ("UPDATE event SET recordVersion = NULL WHERE seq = 4", 4),
      ("UPDATE event SET detail = '' WHERE seq = 3", 3),
      ("UPDATE event SET detail = detail || ' ' WHERE seq = 6", 6),
      // A letter that moves from one field to the next leaves the row's text as it was.
      ("UPDATE event SET actor = 'admin@tes', action = 't' || action WHERE seq = 3", 3),
      ("UPDATE event SET hash = zeroblob(32) WHERE seq = 3", 3),
      ("UPDATE event SET hash = (SELECT hash FROM event WHERE seq = 2) WHERE seq = 3", 3),
      ("UPDATE event SET seq = 7 WHERE seq = 6", 6),
      ("UPDATE event SET seq = seq + 10", 1),
      ("UPDATE event SET seq = 0 WHERE seq = 1", 1),
      ("DELETE FROM event WHERE seq = 1", 1),
      ("DELETE FROM event WHERE seq = 3", 3),
      ("DELETE FROM event WHERE seq = 3; UPDATE event SET seq = seq - 1 WHERE seq > 3", 3),
      ("UPDATE event SET seq = 99 WHERE seq = 3", 3),
      (
        "UPDATE event SET seq = 99 WHERE seq = 2; UPDATE event SET seq = 2 WHERE seq = 3;"
          + " UPDATE event SET seq = 3 WHERE seq = 99", 2
      ),
      ("\(trail) VALUES (7, 'at', 'actor', 'action', NULL, NULL, '', zeroblob(32))", 7),
      (
        "\(trail) SELECT 7, at, actor, action, subject, NULL, detail, hash FROM event"
          + " WHERE seq = 5", 7
      ),
      (
        "\(trail) SELECT 0, at, actor, action, subject, NULL, detail, hash FROM event"
          + " WHERE seq = 5", 1
      ),
      ("REPLACE INTO event VALUES (3, 'at', 'me', 'no', NULL, NULL, '', zeroblob(32))", 3),
      // Cut off at the end: what is left is a whole chain, but the records know of more.
      ("DELETE FROM event WHERE seq >= 6", 6),
      ("DELETE FROM event WHERE seq >= 5", 5),
      ("DELETE FROM event WHERE seq >= 4", 4),
      ("DELETE FROM event WHERE seq >= 3", 3),
      ("DELETE FROM event", 1),
    ])
  func `what was done to the trail is found`(sql: String, firstBad: Int) async throws {
    let (store, registry) = try await Self.scene()
    try store.tamper(
      "DROP TRIGGER event_isNeverChanged", "DROP TRIGGER event_isNeverRemoved", sql)
    let found = try await registry.firstBadEvent()
    #expect(found == firstBad)
  }

  @Test(
    arguments: [
      ("DELETE FROM record WHERE connection = 'another'", 6),
      ("DELETE FROM record", 4),
      ("UPDATE record SET version = 1", 4),
      ("UPDATE record SET sealed = zeroblob(99) WHERE connection = 'another'", 6),
      ("UPDATE record SET connection = 'newcomer' WHERE connection = 'another'", 6),
      ("INSERT INTO record VALUES ('newcomer', 1, zeroblob(99), 0, '')", 7),
    ])
  func `a record that does not fit its trail is found`(sql: String, firstBad: Int) async throws {
    let (store, registry) = try await Self.scene()
    try store.tamper(sql)
    let found = try await registry.firstBadEvent()
    #expect(found == firstBad)
  }

  @Test(
    arguments: [
      "UPDATE event SET detail = ''", "UPDATE event SET seq = 9 WHERE seq = 1",
      "DELETE FROM event WHERE seq = 1", "DELETE FROM event",
    ])
  func `without effort, the trail can only be added to`(sql: String) async throws {
    let (store, registry) = try await Self.scene()
    let error = #expect(throws: DatabaseError.self) { try store.tamper(sql) }
    #expect(error?.message == "the audit trail is append-only")
    #expect(try await registry.firstBadEvent() == nil)
    #expect(try await registry.events(about: nil, limit: nil).count == 6)
  }

  @Test func `a chain made with another key does not fit`() async throws {
    let (store, registry) = try await Self.scene()
    let stranger = Seal(
      StoreKey(material: .init(data: Data(repeating: 1, count: 32))), storeID: "other")
    let queue = try DatabaseQueue(path: store.path)
    try await queue.write { db in
      _ = try AuditTrail(stranger).append(Self.entry("forged"), about: nil, in: db)
    }
    #expect(try await registry.firstBadEvent() == 7)
  }

  @Test func `a record from another life of the database does not fit its trail`() async throws {
    let (store, registry) = try await Self.scene()
    try store.tamper("CREATE TABLE aside AS SELECT * FROM record WHERE connection = 'another'")
    let embedded = EmbeddedStore(try store.open())
    try await embedded.write(embedded.sample(2), to: "another", action: "one.future")
    try store.tamper(
      "DROP TRIGGER event_isNeverRemoved", "CREATE TABLE future AS SELECT * FROM record",
      "DELETE FROM event WHERE seq = 7",
      "UPDATE record SET (version, sealed) = (SELECT version, sealed FROM aside)"
        + " WHERE connection = 'another'")
    #expect(try await registry.firstBadEvent() == nil)
    try await embedded.write(embedded.sample(2), to: "another", action: "another.future")
    #expect(try await registry.firstBadEvent() == nil)
    try store.tamper(
      "UPDATE record SET sealed = (SELECT sealed FROM future WHERE connection = 'another')"
        + " WHERE connection = 'another'")
    #expect(try await registry.firstBadEvent() == 7)
  }

  /// The two hashes were computed with Python's hmac and cryptography modules, not with this code.
  @Test func `the chain is what anybody with the key can compute`() async throws {
    let store = try StoreFolder()
    let queue = try DatabaseQueue(path: store.path)
    try Migrations.migrator.migrate(queue)
    let seal = Seal(
      StoreKey(material: .init(data: Data(0..<32))), storeID: "0123456789abcdef0123456789abcdef")
    let hashes = try await queue.write { db in
      let trail = AuditTrail(seal)
      let first = AuditEntry(
        at: TestWorld.night, actor: "admin@stage", action: "secret.adopted",
        detail: "ends in 23 days · ok")
      let second = AuditEntry(
        at: TestWorld.night + 60, actor: "cron@stage", action: "run.done", detail: "")
      return [
        try trail.append(first, about: "magentrix-d365", recordVersion: 1, in: db),
        try trail.append(second, about: nil, in: db),
      ]
    }
    #expect(
      hashes == [
        .init(seq: 1, hash: "b40ea999ba0698873c57a97ceced344aff550a8b5f79f71d5949ea3cac94f1fe"),
        .init(seq: 2, hash: "de93a875a64d4f2a9786fc827efe1a859d713ed5d46e31e1e982c02d12a2ccb4"),
      ])
  }
}
