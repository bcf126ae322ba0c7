import Foundation
import GRDB
import Keyturn

/// The ledger of findings and messages in the database.
public struct SQLiteLedger: NotificationLedger {
  private let database: Database

  /// The ledger in this database.
  public init(_ database: Database) {
    self.database = database
  }

  public func ledger() async throws -> Ledger {
    try await database.read { db in
      Ledger(
        open: try Row.fetchAll(db, sql: "SELECT * FROM finding").map(Ledger.OpenFinding.init),
        notices: try Row.fetchAll(db, sql: "SELECT * FROM notice").map(Ledger.Notice.init),
        owed: try Row.fetchAll(
          db, sql: "SELECT * FROM message WHERE state = 'owed' ORDER BY at, id"
        ).compactMap(Ledger.OwedMessage.init),
        snoozes: Dictionary(
          try Row.fetchAll(db, sql: "SELECT * FROM snooze").map {
            (try $0.decode(forColumn: "connection"), try Snooze($0))
          }
        ) { first, _ in first },
        deliveries: Dictionary(
          try Row.fetchAll(
            db,
            sql: """
              SELECT route, max(triedAt) AS triedAt FROM message WHERE state = 'delivered'
              GROUP BY route
              """
          ).map { (try $0.decode(forColumn: "route"), try $0.instant("triedAt")) }
        ) { first, _ in first })
    }
  }

  public func write(_ change: LedgerChange) async throws {
    try await database.write { db in
      for item in change.opened { try item.write(to: db) }
      for key in change.closed {
        for table in ["finding", "notice"] {
          try db.cachedStatement(
            sql: "DELETE FROM \(table) WHERE connection = ? AND topic = ? AND subject = ?"
          ).execute(arguments: [key.connection, key.topic, key.subject])
        }
      }
      for id in change.superseded {
        try db.execute(
          sql: "UPDATE message SET state = 'superseded' WHERE id = ? AND state = 'owed'",
          arguments: [id])
        // What nobody got was not told.
        try db.execute(
          sql: "DELETE FROM notice WHERE message = ? AND NOT isDelivered", arguments: [id])
      }
      for owed in change.messages { try owed.insert(into: db) }
      for notice in change.notices { try notice.write(to: db) }
      try db.execute(
        sql: """
          DELETE FROM message WHERE state <> 'owed' AND at < ?
            AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.message = message.id)
          """,
        arguments: [Timestamp.format(change.at.subtracting(Self.retention))])
    }
  }

  /// For how long messages are kept: a question about last year's warning can be answered.
  private static let retention = CalendarPeriod.months(24)

  public func note(_ attempt: DeliveryAttempt) async throws {
    let at = Timestamp.format(attempt.at)
    try await database.write { db in
      guard let receipt = attempt.receipt else {
        try db.execute(
          sql: """
            UPDATE message SET isUncertain = ?, failures = ?, failingSince = ?, nextTryAt = ?,
              triedAt = ?, lastError = ?
            WHERE id = ?
            """,
          arguments: [
            attempt.isUncertain, attempt.failures, attempt.failingSince.map(Timestamp.format),
            Timestamp.format(attempt.nextTryAt ?? attempt.at), at, attempt.lastError,
            attempt.message,
          ])
        return
      }
      try db.execute(
        sql: "UPDATE message SET state = 'delivered', triedAt = ?, receipt = ? WHERE id = ?",
        arguments: [at, receipt, attempt.message])
      try db.execute(
        sql: "UPDATE notice SET isDelivered = 1 WHERE message = ?", arguments: [attempt.message])
    }
  }

  public func setSnooze(
    _ snooze: Snooze?, of connection: String, _ entry: AuditEntry
  ) async throws {
    try await database.write { db in
      if let snooze {
        try db.execute(
          sql: """
            INSERT OR REPLACE INTO snooze (connection, until, reason, actor, at)
            VALUES (?, ?, ?, ?, ?)
            """,
          arguments: [
            connection, Timestamp.format(snooze.until), snooze.reason, snooze.by,
            Timestamp.format(snooze.at),
          ])
      } else {
        try db.execute(sql: "DELETE FROM snooze WHERE connection = ?", arguments: [connection])
      }
      _ = try AuditTrail(database.seal).append(entry, about: connection, in: db)
    }
  }

  public func messages(limit: Int) async throws -> [SentMessage] {
    try await database.read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM message ORDER BY at DESC, id DESC LIMIT ?", arguments: [limit]
      ).reversed().compactMap(SentMessage.init)
    }
  }
}
