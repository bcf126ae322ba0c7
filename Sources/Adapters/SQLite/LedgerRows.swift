import Foundation
import GRDB
import Keyturn

/// The rows of the ledger's tables.
extension Ledger.OpenFinding {
  init(_ row: Row) throws {
    var finding = Finding(
      connection: try row.name("connection"),
      application: try row.decode(forColumn: "application"),
      keyID: try row.decode(forColumn: "keyID"),
      code: Finding.Code(rawValue: try row.decode(forColumn: "code")) ?? .unreadable,
      severity: try row.severity(), message: try row.decode(forColumn: "message"),
      remedy: try row.decode(forColumn: "remedy"),
      expiresAt: try row.optionalInstant("expiresAt"),
      route: try row.decode(forColumn: "route"),
      tenant: try row.decode(forColumn: "tenant"))
    let owners: String = try row.decode(forColumn: "owners")
    finding.owners = owners.split(separator: " ").map(String.init)
    self.init(
      finding: finding, since: try row.instant("since"),
      missingSince: try row.optionalInstant("missingSince"))
  }

  func write(to db: GRDB.Database) throws {
    let statement = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO finding
          (connection, topic, subject, code, severity, application, keyID, route, message, remedy,
          expiresAt, since, missingSince, tenant, owners)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(arguments: [
      finding.key.connection, finding.key.topic, finding.key.subject, finding.code.rawValue,
      finding.severity.rawValue, finding.application, finding.keyID, finding.route,
      finding.message, finding.remedy, finding.expiresAt.map(Timestamp.format),
      Timestamp.format(since), missingSince.map(Timestamp.format), finding.tenant,
      finding.owners.joined(separator: " "),
    ])
  }
}

extension Ledger.Notice {
  init(_ row: Row) throws {
    self.init(
      audience: try Audience(row),
      key: FindingKey(
        connection: try row.decode(forColumn: "connection"),
        topic: try row.decode(forColumn: "topic"), subject: try row.decode(forColumn: "subject")),
      stage: try row.decode(forColumn: "stage"), severity: try row.severity(),
      at: try row.instant("at"), message: try row.decode(forColumn: "message"),
      isDelivered: try row.decode(forColumn: "isDelivered"))
  }

  /// A stage that is told again, as a reminder, stays known to have been delivered.
  func write(to db: GRDB.Database) throws {
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO notice
          (connection, topic, subject, route, owner, stage, severity, at, message, isDelivered)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET severity = excluded.severity, at = excluded.at,
          message = excluded.message
        """)
    try statement.execute(arguments: [
      key.connection, key.topic, key.subject, audience.route, audience.owner ?? "", stage,
      severity.rawValue, Timestamp.format(at), message, isDelivered,
    ])
  }
}

extension Ledger.OwedMessage {
  init?(_ row: Row) throws {
    guard let message = try Message(row) else { return nil }
    self.init(
      message: message, audience: try Audience(row),
      isUncertain: try row.decode(forColumn: "isUncertain"),
      failures: try row.decode(forColumn: "failures"),
      failingSince: try row.optionalInstant("failingSince"),
      nextTryAt: try row.instant("nextTryAt"), lastError: try row.decode(forColumn: "lastError"))
  }

  func insert(into db: GRDB.Database) throws {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try db.execute(
      sql: """
        INSERT INTO message
          (id, route, owner, at, document, state, isUncertain, failures, failingSince, nextTryAt,
          lastError)
        VALUES (?, ?, ?, ?, ?, 'owed', ?, ?, ?, ?, ?)
        """,
      arguments: [
        message.id, audience.route, audience.owner ?? "", Timestamp.format(message.at),
        String(decoding: try encoder.encode(message), as: UTF8.self), isUncertain, failures,
        failingSince.map(Timestamp.format), Timestamp.format(nextTryAt), lastError,
      ])
  }
}

extension SentMessage {
  init?(_ row: Row) throws {
    guard let message = try Message(row),
      let state = State(rawValue: try row.decode(forColumn: "state"))
    else { return nil }
    self.init(
      message: message, state: state, triedAt: try row.optionalInstant("triedAt"),
      receipt: try row.decode(forColumn: "receipt"),
      lastError: try row.decode(forColumn: "lastError"))
  }
}

extension Message {
  /// The document of a message; nil where somebody wrote something else there.
  fileprivate init?(_ row: Row) throws {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    let text: String = try row.decode(forColumn: "document")
    guard let message = try? decoder.decode(Message.self, from: Data(text.utf8)) else {
      return nil
    }
    self = message
  }
}

extension Audience {
  fileprivate init(_ row: Row) throws {
    self.init(route: try row.decode(forColumn: "route"), owner: try row.name("owner"))
  }
}

extension Snooze {
  init(_ row: Row) throws {
    self.init(
      until: try row.instant("until"), reason: try row.decode(forColumn: "reason"),
      by: try row.decode(forColumn: "actor"), at: try row.instant("at"))
  }
}

extension Row {
  /// An instant, as every table has it.
  func instant(_ column: String) throws -> Date {
    Timestamp.parse(try decode(forColumn: column)) ?? .distantPast
  }

  fileprivate func optionalInstant(_ column: String) throws -> Date? {
    try decode(String?.self, forColumn: column).flatMap(Timestamp.parse)
  }

  /// A name that may be missing, for which the table has an empty text.
  fileprivate func name(_ column: String) throws -> String? {
    let text: String = try decode(forColumn: column)
    return text.isEmpty ? nil : text
  }

  fileprivate func severity() throws -> Severity {
    Severity(rawValue: try decode(forColumn: "severity")) ?? .unknown
  }
}
