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
    try await database.write { db in
      _ = try AuditTrail(database.seal).append(entry, about: connection, in: db)
    }
  }

  public func events(about connection: String?, limit: Int?) async throws -> [AuditEvent] {
    try await database.read { db in
      let condition = connection == nil ? "" : "WHERE subject = :subject"
      let rows = try Row.fetchAll(
        db, sql: "SELECT * FROM event \(condition) ORDER BY seq DESC LIMIT :limit",
        arguments: connection == nil
          ? ["limit": limit ?? -1] : ["subject": connection, "limit": limit ?? -1])
      return try rows.reversed().map(Self.event)
    }
  }

  public func events(after seq: Int, about connection: String?, limit: Int) async throws
    -> [AuditEvent]
  {
    try await database.read { db in
      let condition = connection == nil ? "" : "subject = ? AND"
      let subject: StatementArguments = connection.map { [$0] } ?? []
      return try Row.fetchAll(
        db, sql: "SELECT * FROM event WHERE \(condition) seq > ? ORDER BY seq LIMIT ?",
        arguments: subject + [seq, limit]
      ).map(Self.event)
    }
  }

  public func newestEvents(about connections: [String], limit: Int) async throws
    -> [String: [AuditEvent]]
  {
    let names = String(decoding: try JSONEncoder().encode(connections), as: UTF8.self)
    return try await database.read { db in
      let events = try Row.fetchAll(
        db, sql: Self.newestEvents, arguments: ["names": names, "limit": limit]
      ).map(Self.event)
      return Dictionary(grouping: events) { $0.subject ?? "" }
    }
  }

  /// For each name the index gives the newest numbers, however long the trail is.
  static let newestEvents = """
    SELECT event.* FROM (SELECT DISTINCT value FROM json_each(:names)) AS name
    CROSS JOIN event ON event.seq IN
      (SELECT seq FROM event WHERE subject = name.value ORDER BY seq DESC LIMIT :limit)
    ORDER BY event.seq
    """

  private static func event(_ row: Row) throws -> AuditEvent {
    AuditEvent(
      seq: try row.decode(forColumn: "seq"),
      entry: AuditEntry(
        at: try instant(row, "at"), actor: try row.decode(forColumn: "actor"),
        action: try row.decode(forColumn: "action"),
        detail: try row.decode(forColumn: "detail")),
      subject: try row.decode(forColumn: "subject"),
      hash: try row.decode(Data.self, forColumn: "hash").hexadecimal)
  }

  public func firstBadEvent() async throws -> Int? {
    try await database.read { db in
      if let bad = try AuditTrail(database.seal).firstBad(in: db) { return bad }
      // The chain may have been cut off at its end, and a record taken away: each record knows its
      // newest event, and the newest event of each connection knows its record.
      let length = try Int.fetchOne(db, sql: "SELECT count(*) FROM event") ?? 0
      var firstBad: Int?
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT newest.subject, newest.recordVersion, newest.seq, record.version, record.sealed
          FROM event AS newest
          LEFT JOIN record ON record.connection = newest.subject
          WHERE newest.recordVersion =
            (SELECT max(recordVersion) FROM event
              WHERE subject = newest.subject AND recordVersion IS NOT NULL)
          UNION ALL
          SELECT connection, 0, 0, version, sealed FROM record
          WHERE NOT EXISTS
            (SELECT 1 FROM event WHERE subject = connection AND recordVersion IS NOT NULL)
          """)
      while let row = try rows.next() {
        let seq: Int = try row.decode(forColumn: "seq")
        let event = try? EmbeddedStore.open(
          row.decode(forColumn: "sealed"), of: row.decode(forColumn: "subject"),
          version: row.decode(forColumn: "version"), with: database.seal
        ).event
        let hash = try Data.fetchOne(
          db, sql: "SELECT hash FROM event WHERE seq = ?", arguments: [event?.seq])
        guard let event else {
          // A record that no event tells of misses one that should have come at the end.
          firstBad = min(firstBad ?? .max, seq == 0 ? length + 1 : seq)
          continue
        }
        guard event.seq != seq || hash?.hexadecimal != event.hash else { continue }
        let known = event.seq < seq ? seq : min(event.seq, length + 1)
        firstBad = min(firstBad ?? .max, known)
      }
      return firstBad
    }
  }

  public func connectionsNeedingAttention(by instant: Date, of configured: [String]) async throws
    -> [String]
  {
    try await database.read { db in
      let due = try String.fetchSet(
        db, sql: "SELECT connection FROM record WHERE attentionAt <= ?",
        arguments: [Int(instant.timeIntervalSince1970)])
      let recorded = try String.fetchSet(db, sql: "SELECT connection FROM record")
      return configured.filter { due.contains($0) || !recorded.contains($0) }
    }
  }

  public func schedule(_ attentions: [Attention]) async throws {
    try await database.write { db in
      let statement = try db.makeStatement(
        sql: """
          UPDATE record SET attentionAt = :at
          WHERE connection = :connection AND version = :version AND attentionAt <> :at
          """)
      for attention in attentions {
        try statement.execute(arguments: [
          "at": Int(attention.at.timeIntervalSince1970), "connection": attention.connection,
          "version": attention.version,
        ])
      }
    }
  }

  public func settlingTimes(of connections: [String]) async throws -> [TimeInterval] {
    let names = String(decoding: try JSONEncoder().encode(connections), as: UTF8.self)
    return try await database.read { db in
      try Double.fetchAll(
        db,
        sql: """
          SELECT settledAfter FROM rotation
          WHERE connection IN (SELECT value FROM json_each(?)) AND settledAfter IS NOT NULL
          ORDER BY endedAt DESC LIMIT 100
          """,
        arguments: [names])
    }
  }

  public func settlingTimes(ofEach groups: [[String]]) async throws -> [[TimeInterval]] {
    try await database.read { db in
      var numbers: [String: Int] = [:]
      for (number, group) in groups.enumerated() {
        for connection in group { numbers[connection] = number }
      }
      var times = [[TimeInterval]](repeating: [], count: groups.count)
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT connection, settledAfter FROM rotation WHERE settledAfter IS NOT NULL
          ORDER BY endedAt DESC
          """)
      while let row = try rows.next() {
        guard let number = numbers[try row.decode(forColumn: "connection")],
          times[number].count < 100
        else { continue }
        times[number].append(try row.decode(forColumn: "settledAfter"))
      }
      return times
    }
  }

  public func runs() async throws -> RunHistory {
    try await database.read { db in
      RunHistory(
        newest: try Self.run(db, sql: "SELECT * FROM run ORDER BY id DESC LIMIT 1"),
        newestGood: try Self.run(
          db, sql: "SELECT * FROM run WHERE severity <> 'unknown' ORDER BY id DESC LIMIT 1"))
    }
  }

  public func add(_ run: Run) async throws {
    try await database.write { db in
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
      startedAt: try instant(row, "startedAt"), finishedAt: try instant(row, "finishedAt"),
      severity: Severity(rawValue: try row.decode(forColumn: "severity")) ?? .unknown,
      fingerprint: try row.decode(forColumn: "fingerprint"),
      summary: try row.decode(forColumn: "summary"))
  }

  private static func instant(_ row: Row, _ column: String) throws -> Date {
    Timestamp.parse(try row.decode(forColumn: column)) ?? .distantPast
  }
}
