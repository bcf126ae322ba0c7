import Foundation
import GRDB
import Keyturn
import Testing

@testable import Adapters

/// Whoever can write to the file but has no key is noticed by the next reader.
@Suite struct TamperingTests {
  private static let moved =
    "the record is damaged, or was moved here from another place"
  private static let one = "'magentrix-d365'"

  /// Two connections: ours at version 3, another at version 2, with ours of version 1 kept aside.
  private static func scene() async throws -> (StoreFolder, EmbeddedStore) {
    let store = try StoreFolder()
    let embedded = EmbeddedStore(try store.create())
    try await embedded.write(embedded.sample(1))
    try store.tamper("CREATE TABLE aside AS SELECT * FROM record")
    for version in 2...3 { try await embedded.write(embedded.sample(version)) }
    for version in 1...3 { try await embedded.write(embedded.sample(version), to: "other") }
    return (store, embedded)
  }

  private static func error(reading name: String = EmbeddedStore.name, in store: EmbeddedStore)
    async throws -> String
  {
    let error = await #expect(throws: KeyturnError.self) { try await store.record(of: name) }
    #expect(error?.code == .configuration)
    #expect(error?.message.hasPrefix("\(name): ") == true)
    #expect(error?.hints.isEmpty == false)
    // Whoever reads all of them at once notices the same.
    let records = try await store.records(of: [name])
    let together = #expect(throws: KeyturnError.self) { try records[name]?.get() }
    #expect(together == error)
    return error?.message ?? ""
  }

  @Test(
    arguments: [
      ("UPDATE record SET version = 2 WHERE connection = \(one)", "holds version 2 of the record"),
      ("UPDATE record SET version = 4 WHERE connection = \(one)", "holds version 4 of the record"),
      ("DELETE FROM record WHERE connection = \(one)", "holds version 0 of the record"),
      (
        "UPDATE record SET (version, sealed) = (SELECT version, sealed FROM aside)"
          + " WHERE connection = \(one)", "holds version 1 of the record"
      ),
      (
        "UPDATE record SET sealed = (SELECT sealed FROM aside) WHERE connection = \(one)",
        moved
      ),
      (
        "UPDATE record SET sealed = (SELECT sealed FROM record WHERE connection = 'other')"
          + " WHERE connection = \(one)", moved
      ),
      ("UPDATE record SET sealed = zeroblob(29)", moved),
      ("UPDATE record SET sealed = x''", moved),
      ("UPDATE record SET sealed = substr(sealed, 1, length(sealed) - 1)", moved),
      ("UPDATE record SET sealed = CAST(sealed || x'00' AS BLOB)", moved),
    ])
  func `a changed row`(sql: String, says: String) async throws {
    let (store, embedded) = try await Self.scene()
    try store.tamper(sql)
    let message = try await Self.error(in: embedded)
    #expect(message.contains(says), "\(message)")
  }

  @Test func `a row that was moved to a connection without one`() async throws {
    let (store, embedded) = try await Self.scene()
    try store.tamper("UPDATE record SET connection = 'newcomer' WHERE connection = \(Self.one)")
    let message = try await Self.error(reading: "newcomer", in: embedded)
    #expect(message.contains("holds version 3 of the record, but the audit trail knows version 0"))
    #expect(try await Self.error(in: embedded).contains("holds version 0 of the record"))
  }

  @Test func `two rows that changed places, at the same version`() async throws {
    let (store, embedded) = try await Self.scene()
    try store.tamper(
      "UPDATE record SET connection = 'x' WHERE connection = 'other'",
      "UPDATE record SET connection = 'other' WHERE connection = \(Self.one)",
      "UPDATE record SET connection = \(Self.one) WHERE connection = 'x'")
    #expect(try await Self.error(in: embedded).contains(Self.moved))
    #expect(try await Self.error(reading: "other", in: embedded).contains(Self.moved))
  }

  @Test func `an event that was made up does not move the version`() async throws {
    let (store, embedded) = try await Self.scene()
    try store.tamper(
      "INSERT INTO event VALUES"
        + " (99, 'now', 'me', 'test.written', \(Self.one), 4, '', zeroblob(32))")
    let message = try await Self.error(in: embedded)
    #expect(message.contains("version 3 of the record, but the audit trail knows version 4"))
  }

  @Test func `one bit, wherever it is`() async throws {
    let (store, embedded) = try await Self.scene()
    let queue = try DatabaseQueue(path: store.path)
    let sealed = try await queue.read { db in
      try Data.fetchOne(
        db, sql: "SELECT sealed FROM record WHERE connection = ?", arguments: [EmbeddedStore.name])
    }
    let whole = try #require(sealed)
    var random = RandomRecords(seed: 3)
    // The nonce and the tag are looked at whole, the document between them in samples.
    let edges = Array(0..<12) + Array((whole.count - 16)..<whole.count)
    let middle = (0..<40).map { _ in 12 + random.below(whole.count - 28) }
    for position in edges + middle {
      var changed = whole
      changed[position] ^= 1 << random.below(8)
      try await Self.put(changed, in: queue)
      #expect(try await Self.error(in: embedded).contains(Self.moved), "byte \(position)")
    }
    try await Self.put(whole, in: queue)
    let found = try await embedded.record(of: EmbeddedStore.name)
    #expect(found == embedded.sample(3))
  }

  @Test func `the other connections can still be read`() async throws {
    let (store, embedded) = try await Self.scene()
    try store.tamper("UPDATE record SET sealed = zeroblob(99) WHERE connection = \(Self.one)")
    _ = try await Self.error(in: embedded)
    let other = try await embedded.record(of: "other")
    #expect(other == embedded.sample(3))
  }

  private static func put(_ sealed: Data, in queue: DatabaseQueue) async throws {
    try await queue.write { db in
      try db.execute(
        sql: "UPDATE record SET sealed = ? WHERE connection = ?",
        arguments: [sealed, EmbeddedStore.name])
    }
  }
}
