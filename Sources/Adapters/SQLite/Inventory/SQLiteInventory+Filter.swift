import Foundation
import GRDB
import Keyturn

/// What people look for in the newest complete pictures.
extension SQLiteInventory {
  public func applications(_ filter: InventoryFilter) async throws -> [InventoryEntry] {
    let query = Self.query(filter)
    // Nulls would come first, and an order of ends comes out of the index where ends are asked for.
    let end = "application.\(filter.credential.endColumn)"
    let order = filter.ending == nil ? "\(end) IS NULL, \(end), application.id" : end
    let sql = """
      SELECT tenant.name AS tenantName, application.id, application.tenant AS tenantID,
        \(Self.ownersReadAt) AS ownersReadAt, \(Self.signInsReadAt) AS signInsReadAt,
        \(Self.lastUse) AS lastSignInAt
      \(query.sql)
      ORDER BY \(order) LIMIT \(filter.limit)
      """
    return try await database.read { db in
      let rows = try Row.fetchAll(db, sql: sql, arguments: query.arguments)
      return try rows.compactMap { row in
        let id: Int64 = try row.decode(forColumn: "id")
        guard let application = try ObservedApplication.fetch(id, in: db) else { return nil }
        var entry = InventoryEntry(
          tenant: try row.decode(forColumn: "tenantName"), application: application)
        if let readAt = try row.decode(Int64?.self, forColumn: "ownersReadAt") {
          entry.owners = try KnownOwners.fetch(
            application.objectID, of: try row.decode(forColumn: "tenantID"), readAt: readAt, in: db)
        }
        if let knownUntil = try row.second("signInsReadAt") {
          entry.lastUse = LastUse(knownUntil: knownUntil, at: try row.second("lastSignInAt"))
        }
        return entry
      }
    }
  }

  private static let ownersReadAt = """
    (SELECT readAt FROM observedOwnership AS known
      WHERE known.tenant = application.tenant AND known.objectID = application.objectID)
    """
  /// Sign-ins belong to the tenant's applications, whatever the picture.
  private static let signInsReadAt = """
    (SELECT signInsReadAt FROM observedTenant AS own
      WHERE own.name = tenant.name AND own.kind = 'application')
    """
  private static let lastUse = """
    (SELECT lastAt FROM observedTenant AS own
      JOIN observedSignIn AS signIn ON signIn.tenant = own.id
      WHERE own.name = tenant.name AND own.kind = 'application'
        AND signIn.clientID = application.clientID)
    """

  public func count(_ filter: InventoryFilter) async throws -> Int {
    let query = Self.query(filter)
    return try await database.read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) \(query.sql)", arguments: query.arguments) ?? 0
    }
  }

  /// When the first credential of an application began.
  private static let firstStart = """
    (SELECT min(startsAt) FROM (
      SELECT startsAt FROM observedSecret AS secret WHERE secret.application = application.id
      UNION ALL
      SELECT startsAt FROM observedCertificate AS one WHERE one.application = application.id))
    """

  /// What of the tables a filter lets through.
  static func query(_ filter: InventoryFilter) -> (sql: String, arguments: StatementArguments) {
    var conditions: [String] = []
    var arguments: [String: (any DatabaseValueConvertible)?] = [:]
    if let tenant = filter.tenant {
      conditions.append("tenant.name = :tenant")
      arguments["tenant"] = tenant
    }
    if let kind = filter.kind {
      conditions.append("tenant.kind = :kind")
      arguments["kind"] = kind.rawValue
    }
    if let span = filter.ending {
      conditions.append("application.\(filter.credential.endColumn) BETWEEN :from AND :until")
      arguments["from"] = seconds(span.lowerBound)
      arguments["until"] = seconds(span.upperBound)
    }
    if let search = filter.search {
      conditions.append(
        """
        (application.displayName LIKE :name ESCAPE '\\'
          OR :id <> '' AND (hex(application.clientID) LIKE :id || '%'
            OR hex(application.objectID) LIKE :id || '%'))
        """)
      arguments["name"] = "%\(search.replacing(/[%_\\]/) { "\\\($0.output)" })%"
      // Only what looks like the beginning of an id is compared with ids.
      let digits = search.filter { $0 != "-" }
      let isID = digits.count >= 4 && digits.allSatisfy { $0.isASCII && $0.isHexDigit }
      arguments["id"] = isID ? digits : ""
    }
    if filter.isMarked {
      conditions.append(
        """
        EXISTS (SELECT 1 FROM observedSecret AS secret
          WHERE secret.application = application.id AND secret.displayName LIKE '%kt-____-______')
        """)
    }
    if let since = filter.ownersUnreadSince {
      conditions.append(
        "tenant.kind = 'application' AND coalesce(\(ownersReadAt), 0) <= :ownersSince")
      arguments["ownersSince"] = seconds(since)
    }
    if let since = filter.unusedSince {
      conditions.append(
        "\(signInsReadAt) IS NOT NULL AND coalesce(\(lastUse), \(firstStart)) <= :unused")
      arguments["unused"] = seconds(since)
    }
    // Those that nobody owns have an index, which is shorter than all others but that of the ends.
    let isByOwners = filter.isUnowned && filter.ending == nil
    if filter.isUnowned, !isByOwners {
      conditions.append(
        """
        EXISTS (SELECT 1 FROM observedOwnership AS known WHERE known.tenant = application.tenant
          AND known.objectID = application.objectID AND known.owners = 0)
        """)
    }
    // CROSS JOIN is SQLite's word for the order of a join: the tenants first, of which there are few, or
    // it walks through the whole index where no tenant is named.
    let index =
      filter.ending == nil
      ? "" : "INDEXED BY observedApplication_\(filter.credential.endColumn)"
    let filtered = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
    let unowned = """
      JOIN observedOwnership AS ownership INDEXED BY observedOwnership_unowned
        ON ownership.tenant = tenant.id AND ownership.owners = 0
      JOIN observedApplication AS application INDEXED BY observedApplication_objectID
        ON application.objectID = ownership.objectID AND
      """
    let sql = """
      FROM observedTenant AS tenant
      \(isByOwners ? unowned : "CROSS JOIN observedApplication AS application \(index) ON")
        application.tenant = tenant.id AND application.generation <= tenant.generation
      \(filtered)
      """
    return (sql, StatementArguments(arguments))
  }
}
