import Foundation
import GRDB
import Keyturn

/// What is asked of the newest complete pictures.
///
/// The nightly questions are answered from the indexes of ends alone: what they cost depends on what is
/// due, and not on the size of the tenant.
extension SQLiteInventory {
  public func applications(
    of tenant: String, ending span: ClosedRange<Date>, limit: Int
  ) async throws -> [ObservedApplication] {
    try await applications(Self.ending, of: tenant, span, limit)
  }

  public func applications(
    of tenant: String, ended span: ClosedRange<Date>, limit: Int
  ) async throws -> [ObservedApplication] {
    try await applications(Self.ended, of: tenant, span, limit)
  }

  public func applications(
    of tenant: String, clientIDs: [GUID]
  ) async throws -> [ObservedApplication] {
    try await read { db in
      let statement = try db.cachedStatement(sql: Self.byClientID)
      let ids = try clientIDs.compactMap {
        try Int64.fetchOne(statement, arguments: [tenant, $0.data])
      }
      return try ids.compactMap { try ObservedApplication.fetch($0, in: db) }
    }
  }

  static let byClientID = """
    SELECT application.id FROM observedTenant AS tenant
    JOIN observedApplication AS application INDEXED BY observedApplication_clientID
      ON application.tenant = tenant.id AND application.generation <= tenant.generation
    WHERE tenant.name = ? AND application.clientID = ?
    """

  private func applications(
    _ sql: String, of tenant: String, _ span: ClosedRange<Date>, _ limit: Int
  ) async throws -> [ObservedApplication] {
    try await read { db in
      let ids = try Int64.fetchAll(
        db.cachedStatement(sql: sql),
        arguments: [
          "tenant": tenant, "from": Self.seconds(span.lowerBound),
          "until": Self.seconds(span.upperBound), "limit": limit,
        ])
      return try ids.compactMap { try ObservedApplication.fetch($0, in: db) }
    }
  }

  static let ending = """
    SELECT application.id FROM observedTenant AS tenant
    JOIN observedApplication AS application INDEXED BY observedApplication_lastEnd
      ON application.tenant = tenant.id AND application.generation <= tenant.generation
    WHERE tenant.name = :tenant AND application.lastEnd BETWEEN :from AND :until
    ORDER BY application.lastEnd LIMIT :limit
    """

  static let ended = ending.replacing("LIMIT", with: "DESC LIMIT")

  public func summary(
    of tenant: String, at now: Date, until: Date
  ) async throws -> TenantSummary? {
    try await read { db in
      let arguments: StatementArguments = [
        "tenant": tenant, "now": Self.seconds(now), "until": Self.seconds(until),
      ]
      let statement = try db.cachedStatement(sql: Self.counting)
      guard let row = try Row.fetchOne(statement, arguments: arguments) else { return nil }
      return TenantSummary(
        applications: try row.decode(forColumn: "applications"),
        secrets: try row.decode(forColumn: "secrets"), ending: try row.decode(forColumn: "ending"),
        ended: try row.decode(forColumn: "ended"), long: try row.decode(forColumn: "long"),
        crowded: try row.decode(forColumn: "crowded"), readAt: try row.instant("readAt"))
    }
  }

  static let counting = """
    SELECT applications, secrets, readAt,
      (SELECT count(*) FROM observedApplication INDEXED BY observedApplication_lastEnd
        WHERE observedApplication.tenant = tenant.id AND lastEnd > :now AND lastEnd <= :until
          AND generation <= tenant.generation) AS ending,
      (SELECT count(*) FROM observedApplication INDEXED BY observedApplication_lastEnd
        WHERE observedApplication.tenant = tenant.id AND lastEnd <= :now
          AND generation <= tenant.generation) AS ended,
      (SELECT count(*) FROM observedApplication INDEXED BY observedApplication_long
        WHERE observedApplication.tenant = tenant.id AND hasLongSecret AND lastEnd > :now
          AND generation <= tenant.generation) AS long,
      (SELECT count(*) FROM observedApplication INDEXED BY observedApplication_thirdEnd
        WHERE observedApplication.tenant = tenant.id AND thirdEnd > :now
          AND generation <= tenant.generation) AS crowded
    FROM observedTenant AS tenant WHERE name = :tenant AND generation > 0
    """

  public func sample(
    of tenant: String, at now: Date, count: Int, random: [UInt8]
  ) async throws -> [ObservedApplication] {
    try await read { db in
      // What ends next, and what ended just now: there people make new secrets.
      let soon = try Int64.fetchAll(
        db, sql: Self.ending,
        arguments: [
          "tenant": tenant, "from": Self.seconds(now) - 86_400 * 3, "until": Int64.max,
          "limit": count / 2,
        ])
      var chosen = soon
      let statement = try db.makeStatement(sql: Self.nextObject)
      for start in 0..<(count - soon.count) {
        // An object id at random, and the application that comes after it.
        let bytes = (0..<16).map { random[(start * 16 + $0) % max(1, random.count)] }
        if let id = try Int64.fetchOne(statement, arguments: [tenant, Data(bytes)]),
          !chosen.contains(id)
        {
          chosen.append(id)
        }
      }
      return try chosen.compactMap { try ObservedApplication.fetch($0, in: db) }
    }
  }

  static let nextObject = """
    SELECT application.id FROM observedTenant AS tenant
    JOIN observedApplication AS application ON application.tenant = tenant.id
      AND application.generation <= tenant.generation
    WHERE tenant.name = ? AND application.objectID >= ?
    ORDER BY application.objectID LIMIT 1
    """

  static func seconds(_ date: Date) -> Int64 {
    Int64(min(max(date.timeIntervalSince1970, 0), 253_402_300_799))
  }
}

extension ObservedApplication {
  /// The application of a row, with its client secrets; those that end last come first.
  static func fetch(_ id: Int64, in db: GRDB.Database) throws -> ObservedApplication? {
    let statement = try db.cachedStatement(
      sql: "SELECT objectID, clientID, displayName FROM observedApplication WHERE id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [id]),
      let objectID = GUID(bytes: try row.decode(Data.self, forColumn: "objectID"))
    else { return nil }
    let secrets = try Row.fetchAll(
      try db.cachedStatement(sql: "SELECT * FROM observedSecret WHERE application = ?"),
      arguments: [id])
    return ObservedApplication(
      objectID: objectID, clientID: GUID(bytes: try row.decode(Data.self, forColumn: "clientID")),
      displayName: try row.decode(forColumn: "displayName"),
      secrets: try secrets.compactMap(ObservedSecret.init).sorted {
        ($0.expiresAt ?? .distantFuture, $0.keyID) > ($1.expiresAt ?? .distantFuture, $1.keyID)
      })
  }
}

extension ObservedSecret {
  fileprivate init?(_ row: Row) throws {
    guard let keyID = GUID(bytes: try row.decode(Data.self, forColumn: "keyID")) else { return nil }
    func instant(_ column: String) throws -> Date? {
      try row.decode(Int64?.self, forColumn: column).map {
        Date(timeIntervalSince1970: TimeInterval($0))
      }
    }
    self.init(
      keyID: keyID, displayName: try row.decode(forColumn: "displayName"),
      hint: try row.decode(forColumn: "hint"), startsAt: try instant("startsAt"),
      expiresAt: try instant("expiresAt"))
  }
}
