import Foundation
import GRDB
import Keyturn

/// The Consumer Secret store in the database: one sealed document per connection.
public struct EmbeddedStore: ConsumerSecretStore {
  private let database: Database

  public var storeID: String { database.storeID }

  /// The store in this database.
  public init(_ database: Database) {
    self.database = database
  }

  public func record(of connection: String) async throws -> ConsumerRecord? {
    let row: StoredRow? = try await database.read { db in
      let newest = try Int.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT max(recordVersion) FROM event
            WHERE subject = ? AND recordVersion IS NOT NULL
            """),
        arguments: [connection])
      let row = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT version, sealed FROM record WHERE connection = ?"),
        arguments: [connection])
      guard row != nil || newest != nil else { return nil }
      return StoredRow(
        connection: connection, version: try row?.decode(forColumn: "version"),
        sealed: try row?.decode(forColumn: "sealed"), newest: newest)
    }
    return try row.map(opened)
  }

  public func records(of connections: [String]) async throws
    -> [String: Result<ConsumerRecord, KeyturnError>]
  {
    let names = String(decoding: try JSONEncoder().encode(connections), as: UTF8.self)
    let rows = try await database.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT name.value AS connection, record.version, record.sealed,
            (SELECT max(recordVersion) FROM event
              WHERE subject = name.value AND recordVersion IS NOT NULL) AS newest
          FROM json_each(?) AS name LEFT JOIN record ON record.connection = name.value
          """,
        arguments: [names]
      ).map { row in
        StoredRow(
          connection: try row.decode(forColumn: "connection"),
          version: try row.decode(forColumn: "version"),
          sealed: try row.decode(forColumn: "sealed"),
          newest: try row.decode(forColumn: "newest"))
      }
    }
    let stored = rows.filter { $0.version != nil || $0.newest != nil }
    // Of a whole installation's records, opening takes longer than reading.
    let records = await stored.concurrentMap { row in
      (row.connection, Result { () throws(KeyturnError) in try opened(row) })
    }
    return Dictionary(records) { first, _ in first }
  }

  /// What the database has of one record; the audit trail names every version, so that an older row
  /// put back is noticed.
  private struct StoredRow: Sendable {
    var connection: String
    var version: Int?
    var sealed: Data?
    /// The newest version that the audit trail knows.
    var newest: Int?
  }

  private func opened(_ row: StoredRow) throws(KeyturnError) -> ConsumerRecord {
    guard row.version == nil || row.sealed != nil else {
      throw KeyturnError.damaged(database.queue.path, "a record without its document")
    }
    guard let version = row.version, let sealed = row.sealed, version == row.newest else {
      throw KeyturnError(
        .configuration,
        "\(row.connection): the store holds version \(row.version ?? 0) of the record, but the"
          + " audit trail knows version \(row.newest ?? 0)",
        hints: ["somebody changed the database; restore the newest backup"])
    }
    return try open(sealed, of: row.connection, version: version)
      .record(version: version, storeID: storeID)
  }

  public func swap(_ change: RecordChange) async throws -> Bool {
    try await database.write { db in
      let found =
        try Int.fetchOne(
          db, sql: "SELECT version FROM record WHERE connection = ?",
          arguments: [change.connection]) ?? 0
      guard found == change.replaces else { return false }
      let reference = try AuditTrail(database.seal).append(
        change.event, about: change.connection, recordVersion: change.record.version, in: db)
      try write(change, RecordDocument(change.record, event: reference), in: db)
      try writeLifetimes(of: change, in: db)
      try writeEnd(of: change, in: db)
      return true
    }
  }

  private func write(_ change: RecordChange, _ document: RecordDocument, in db: GRDB.Database)
    throws
  {
    let sealed = try database.seal.close(
      JSONEncoder().encode(document), for: .record,
      context: Self.place(change.connection, change.record.version))
    try db.execute(
      sql: """
        INSERT INTO record (connection, version, sealed, attentionAt, writtenAt)
        VALUES (:connection, :version, :sealed, :attentionAt, :writtenAt)
        ON CONFLICT (connection) DO UPDATE SET
          version = excluded.version, sealed = excluded.sealed,
          attentionAt = excluded.attentionAt, writtenAt = excluded.writtenAt
        """,
      arguments: [
        "connection": change.connection, "version": change.record.version, "sealed": sealed,
        "attentionAt": Int(change.attentionAt.timeIntervalSince1970),
        "writtenAt": Timestamp.format(change.event.at),
      ])
  }

  private func writeLifetimes(of change: RecordChange, in db: GRDB.Database) throws {
    try db.execute(
      sql: "DELETE FROM clientSecret WHERE connection = ?", arguments: [change.connection])
    let slots = [
      ("current", change.record.current), ("previous", change.record.previous),
      ("pending", change.record.pending),
    ]
    for case (let slot, let secret?) in slots {
      try db.execute(
        sql: """
          INSERT INTO clientSecret
            (connection, slot, keyID, startsAt, expiresAt, source, validatedAt)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          change.connection, slot, secret.keyID, secret.startsAt.map(Timestamp.format),
          Timestamp.format(secret.expiresAt), secret.source.rawValue,
          secret.validatedAt.map(Timestamp.format),
        ])
    }
  }

  private func writeEnd(of change: RecordChange, in db: GRDB.Database) throws {
    guard let ended = change.ended else { return }
    try db.execute(
      sql: """
        INSERT INTO rotation (id, connection, mode, outcome, startedAt, endedAt, settledAfter)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        ended.rotation.id, change.connection, ended.rotation.mode.rawValue, ended.outcome.rawValue,
        Timestamp.format(ended.rotation.startedAt), Timestamp.format(ended.at),
        ended.rotation.settledAfter,
      ])
  }

  /// Name and version are part of the seal, so that a row can't be moved to another place.
  static func place(_ connection: String, _ version: Int) -> String {
    "\(connection)\n\(version)"
  }

  private func open(
    _ sealed: Data, of connection: String, version: Int
  ) throws(KeyturnError) -> RecordDocument {
    try Self.open(sealed, of: connection, version: version, with: database.seal)
  }

  static func open(
    _ sealed: Data, of connection: String, version: Int, with seal: Seal
  ) throws(KeyturnError) -> RecordDocument {
    let opened = seal.open(sealed, for: .record, context: place(connection, version))
    guard let opened, let document = try? JSONDecoder().decode(RecordDocument.self, from: opened)
    else {
      throw KeyturnError(
        .configuration,
        "\(connection): the record is damaged, or was moved here from another place",
        hints: ["restore the newest backup; other connections are not affected"])
    }
    return document
  }
}
