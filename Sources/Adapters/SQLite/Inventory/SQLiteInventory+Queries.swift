import Foundation
import GRDB
import Keyturn

/// What is asked of the newest complete pictures.
///
/// The nightly questions are answered from the indexes of ends alone, and from what was counted when the
/// picture was completed: what they cost depends on what is due, and not on the size of the tenant.
extension SQLiteInventory {
  public func pictures(
    _ queries: [PictureQuery], at now: Date
  ) async throws -> [InventoryPicture?] {
    try await database.read { db in try queries.map { try Self.picture($0, at: now, in: db) } }
  }

  private static func picture(
    _ query: PictureQuery, at now: Date, in db: GRDB.Database
  ) throws -> InventoryPicture? {
    guard let summary = try summary(query, at: now, in: db) else { return nil }
    let known = try applications(query.subjects, query, in: db)
    var ends: [ObservedEnd] = []
    for credential in query.scope.credentials {
      let ahead = query.window.clamped(to: now...Date.distantFuture)
      let behind = query.window.clamped(to: Date.distantPast...now)
      ends += try applications(ending(credential), ahead, query, in: db).map {
        ObservedEnd($0, credential)
      }
      ends += try applications(ended(credential), behind, query, in: db).map {
        ObservedEnd($0, credential)
      }
      ends += known.map { ObservedEnd($0, credential) }
    }
    return InventoryPicture(summary: summary, ends: ends)
  }

  private static func applications(
    _ subjects: [GUID], _ query: PictureQuery, in db: GRDB.Database
  ) throws -> [ObservedApplication] {
    let statement = try db.cachedStatement(
      sql: query.scope.kind == .application ? byClientID : byObjectID)
    let ids = try subjects.compactMap {
      try Int64.fetchOne(statement, arguments: [query.tenant, query.scope.kind.rawValue, $0.data])
    }
    return try ids.compactMap { try ObservedApplication.fetch($0, in: db) }
  }

  static let byClientID = """
    SELECT application.id FROM observedTenant AS tenant
    JOIN observedApplication AS application INDEXED BY observedApplication_clientID
      ON application.tenant = tenant.id AND application.generation <= tenant.generation
    WHERE tenant.name = ? AND tenant.kind = ? AND application.clientID = ?
    """

  static let byObjectID = """
    SELECT application.id FROM observedTenant AS tenant
    JOIN observedApplication AS application INDEXED BY observedApplication_objectID
      ON application.tenant = tenant.id AND application.generation <= tenant.generation
    WHERE tenant.name = ? AND tenant.kind = ? AND application.objectID = ?
    """

  private static func applications(
    _ sql: String, _ span: ClosedRange<Date>, _ query: PictureQuery, in db: GRDB.Database
  ) throws -> [ObservedApplication] {
    let ids = try Int64.fetchAll(
      db.cachedStatement(sql: sql),
      arguments: [
        "tenant": query.tenant, "kind": query.scope.kind.rawValue,
        "from": seconds(span.lowerBound), "until": seconds(span.upperBound), "limit": query.limit,
      ])
    return try ids.compactMap { try ObservedApplication.fetch($0, in: db) }
  }

  static func ending(_ credential: CredentialKind) -> String {
    let end = credential.endColumn
    return """
      SELECT application.id FROM observedTenant AS tenant
      JOIN observedApplication AS application INDEXED BY observedApplication_\(end)
        ON application.tenant = tenant.id AND application.generation <= tenant.generation
      WHERE tenant.name = :tenant AND tenant.kind = :kind
        AND application.\(end) BETWEEN :from AND :until
      ORDER BY application.\(end) LIMIT :limit
      """
  }

  static func ended(_ credential: CredentialKind) -> String {
    ending(credential).replacing("LIMIT", with: "DESC LIMIT")
  }

  public func sample(
    of tenant: String, _ scope: ObservedScope, at now: Date, count: Int, random: [UInt8]
  ) async throws -> [ObservedApplication] {
    try await database.read { db in
      // What ends next, and what ended just now: there people make new ones.
      var chosen: [Int64] = []
      for credential in scope.credentials {
        let soon = try Int64.fetchAll(
          db, sql: Self.ending(credential),
          arguments: [
            "tenant": tenant, "kind": scope.kind.rawValue,
            "from": Self.seconds(now) - 86_400 * 3, "until": Int64.max,
            "limit": count / 2 / scope.credentials.count,
          ])
        chosen += soon.filter { !chosen.contains($0) }
      }
      let statement = try db.makeStatement(sql: Self.nextObject)
      for start in 0..<(count - chosen.count) {
        // An object id at random, and the application that comes after it.
        let bytes = (0..<16).map { random[(start * 16 + $0) % max(1, random.count)] }
        if let id = try Int64.fetchOne(
          statement, arguments: [tenant, scope.kind.rawValue, Data(bytes)]),
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
    WHERE tenant.name = ? AND tenant.kind = ? AND application.objectID >= ?
    ORDER BY application.objectID LIMIT 1
    """

  static func seconds(_ date: Date) -> Int64 {
    Int64(min(max(date.timeIntervalSince1970, 0), 253_402_300_799))
  }
}

extension ObservedApplication {
  /// The application of a row, with its credentials; those that end last come first.
  static func fetch(_ id: Int64, in db: GRDB.Database) throws -> ObservedApplication? {
    let statement = try db.cachedStatement(
      sql: """
        SELECT objectID, clientID, displayName, tenant.kind, tenant.hasCertificates
        FROM observedApplication AS application
        JOIN observedTenant AS tenant ON tenant.id = application.tenant
        WHERE application.id = ?
        """)
    guard let row = try Row.fetchOne(statement, arguments: [id]),
      let objectID = GUID(bytes: try row.decode(Data.self, forColumn: "objectID"))
    else { return nil }
    let secrets = try Row.fetchAll(
      try db.cachedStatement(sql: "SELECT * FROM observedSecret WHERE application = ?"),
      arguments: [id])
    var application = ObservedApplication(
      ObservedKind(rawValue: try row.decode(forColumn: "kind")) ?? .application,
      objectID: objectID, clientID: GUID(bytes: try row.decode(Data.self, forColumn: "clientID")),
      displayName: try row.decode(forColumn: "displayName"),
      secrets: try secrets.compactMap(ObservedSecret.init).sorted {
        ($0.expiresAt ?? .distantFuture, $0.keyID) > ($1.expiresAt ?? .distantFuture, $1.keyID)
      })
    guard try row.decode(forColumn: "hasCertificates") else { return application }
    let certificates = try Row.fetchAll(
      try db.cachedStatement(sql: "SELECT * FROM observedCertificate WHERE application = ?"),
      arguments: [id])
    application.certificates = try certificates.compactMap(ObservedCertificate.init).sorted {
      ($0.expiresAt ?? .distantFuture, $0.keyID) > ($1.expiresAt ?? .distantFuture, $1.keyID)
    }
    return application
  }
}

extension ObservedSecret {
  fileprivate init?(_ row: Row) throws {
    guard let keyID = GUID(bytes: try row.decode(Data.self, forColumn: "keyID")) else { return nil }
    self.init(
      keyID: keyID, displayName: try row.decode(forColumn: "displayName"),
      hint: try row.decode(forColumn: "hint"), startsAt: try row.second("startsAt"),
      expiresAt: try row.second("expiresAt"))
  }
}

extension ObservedCertificate {
  fileprivate init?(_ row: Row) throws {
    guard let keyID = GUID(bytes: try row.decode(Data.self, forColumn: "keyID")) else { return nil }
    self.init(
      keyID: keyID, displayName: try row.decode(forColumn: "displayName"),
      startsAt: try row.second("startsAt"), expiresAt: try row.second("expiresAt"))
  }
}

extension Row {
  /// An instant in whole seconds since 1970.
  func second(_ column: String) throws -> Date? {
    try decode(Int64?.self, forColumn: column).map {
      Date(timeIntervalSince1970: TimeInterval($0))
    }
  }
}

extension CredentialKind {
  /// The column with the end of an application's last credential of this kind; its index is named so too.
  var endColumn: String { self == .secret ? "lastEnd" : "certificateEnd" }
}
