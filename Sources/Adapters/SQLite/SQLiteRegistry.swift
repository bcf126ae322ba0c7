import Foundation
import GRDB
import Keyturn

/// The registry in the database.
public struct SQLiteRegistry: Registry {
  private let database: Database

  /// The registry in this database.
  public init(_ database: Database) {
    self.database = database
  }

  public func append(_ entry: AuditEntry, about connection: String?) async throws {
    try await write { db in
      _ = try AuditTrail(database.seal).append(entry, about: connection, in: db)
    }
  }

  public func events(about connection: String?, limit: Int?) async throws -> [AuditEvent] {
    try await read { db in
      let condition = connection == nil ? "" : "WHERE subject = :subject"
      let rows = try Row.fetchAll(
        db, sql: "SELECT * FROM event \(condition) ORDER BY seq DESC LIMIT :limit",
        arguments: connection == nil
          ? ["limit": limit ?? -1] : ["subject": connection, "limit": limit ?? -1])
      return rows.reversed().map { row in
        AuditEvent(
          seq: row["seq"],
          entry: AuditEntry(
            at: Timestamp.parse(row["at"]) ?? .distantPast, actor: row["actor"],
            action: row["action"], detail: row["detail"]),
          subject: row["subject"], hash: (row["hash"] as Data).hexadecimal)
      }
    }
  }

  public func firstBadEvent() async throws -> Int? {
    try await read { db in
      if let bad = try AuditTrail(database.seal).firstBad(in: db) { return bad }
      // The chain may have been cut off at its end: each record knows its newest event.
      let rows = try Row.fetchCursor(db, sql: "SELECT connection, version, sealed FROM record")
      while let row = try rows.next() {
        let document = try EmbeddedStore.open(
          row["sealed"], of: row["connection"], version: row["version"], with: database.seal)
        let hash = try Data.fetchOne(
          db, sql: "SELECT hash FROM event WHERE seq = ?", arguments: [document.event.seq])
        guard hash?.hexadecimal == document.event.hash else { return document.event.seq }
      }
      return nil
    }
  }

  public func connectionsNeedingAttention(by instant: Date, of configured: [String]) async throws
    -> [String]
  {
    try await read { db in
      let due = try String.fetchSet(
        db, sql: "SELECT connection FROM record WHERE attentionAt <= ?",
        arguments: [Int(instant.timeIntervalSince1970)])
      let recorded = try String.fetchSet(db, sql: "SELECT connection FROM record")
      return configured.filter { due.contains($0) || !recorded.contains($0) }
    }
  }

  public func runs() async throws -> RunHistory {
    try await read { db in
      RunHistory(
        newest: try Self.run(db, sql: "SELECT * FROM run ORDER BY id DESC LIMIT 1"),
        newestGood: try Self.run(
          db, sql: "SELECT * FROM run WHERE severity <> 'unknown' ORDER BY id DESC LIMIT 1"))
    }
  }

  public func add(_ run: Run) async throws {
    try await write { db in
      try db.execute(
        sql: """
          INSERT INTO run (startedAt, finishedAt, severity, fingerprint, summary)
          VALUES (?, ?, ?, ?, ?)
          """,
        arguments: [
          Timestamp.format(run.startedAt), Timestamp.format(run.finishedAt),
          run.severity.rawValue, run.fingerprint, run.summary,
        ])
    }
  }

  private static func run(_ db: GRDB.Database, sql: String) throws -> Run? {
    guard let row = try Row.fetchOne(db, sql: sql) else { return nil }
    return Run(
      startedAt: Timestamp.parse(row["startedAt"]) ?? .distantPast,
      finishedAt: Timestamp.parse(row["finishedAt"]) ?? .distantPast,
      severity: Severity(rawValue: row["severity"]) ?? .unknown, fingerprint: row["fingerprint"],
      summary: row["summary"])
  }

  private func read<T: Sendable>(_ work: @Sendable (GRDB.Database) throws -> T) async throws -> T {
    do {
      return try await database.queue.read(work)
    } catch let error as DatabaseError {
      throw KeyturnError(error, path: database.queue.path)
    }
  }

  private func write(_ work: @Sendable (GRDB.Database) throws -> Void) async throws {
    do {
      try await database.queue.write(work)
    } catch let error as DatabaseError {
      throw KeyturnError(error, path: database.queue.path)
    }
  }
}
