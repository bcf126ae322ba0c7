import Foundation
import GRDB
import Keyturn

/// The owners of applications, beside the pictures that have the applications.
extension SQLiteInventory: OwnerCache {
  public func owners(
    of tenant: String, _ applications: [GUID]
  ) async throws -> [GUID: KnownOwners] {
    try await database.read { db in
      let statement = try db.cachedStatement(sql: Self.ownership)
      var known: [GUID: KnownOwners] = [:]
      for application in applications {
        guard let row = try Row.fetchOne(statement, arguments: [tenant, application.data]) else {
          continue
        }
        known[application] = try KnownOwners.fetch(
          application, of: try row.decode(forColumn: "tenant"),
          readAt: try row.decode(forColumn: "readAt"), in: db)
      }
      return known
    }
  }

  static let ownership = """
    SELECT ownership.tenant, ownership.readAt FROM observedTenant AS tenant
    JOIN observedOwnership AS ownership ON ownership.tenant = tenant.id
    WHERE tenant.name = ? AND tenant.kind = 'application' AND ownership.objectID = ?
    """

  public func keep(
    _ owners: [GUID: [ApplicationOwner]], of tenant: String, readAt now: Date
  ) async throws {
    try await stage { db in
      for (application, owners) in owners.sorted(by: { $0.key < $1.key }) {
        try Self.keep(owners, of: application, tenant, readAt: now, in: db)
      }
    }
  }

  private static func keep(
    _ owners: [ApplicationOwner], of application: GUID, _ tenant: String, readAt now: Date,
    in db: GRDB.Database
  ) throws {
    let row = try Row.fetchOne(
      db.cachedStatement(sql: keepingOwnership),
      arguments: [owners.count, now.seconds, tenant, application.data])
    // It may have gone meanwhile.
    guard let row else { return }
    let id: Int64 = try row.decode(forColumn: "tenant")
    try db.cachedStatement(sql: "DELETE FROM observedOwner WHERE tenant = ? AND objectID = ?")
      .execute(arguments: [id, application.data])
    let insert = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO observedOwner
          (tenant, objectID, ownerID, kind, displayName, mail, principalName)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """)
    for owner in owners {
      try insert.execute(arguments: [
        id, application.data, owner.objectID.data, owner.kind.rawValue, owner.displayName,
        owner.mail, owner.principalName,
      ])
    }
  }

  static let keepingOwnership = """
    INSERT INTO observedOwnership (tenant, objectID, owners, readAt)
    SELECT tenant.id, application.objectID, ?, ? FROM observedTenant AS tenant
    JOIN observedApplication AS application INDEXED BY observedApplication_objectID
      ON application.tenant = tenant.id AND application.generation <= tenant.generation
    WHERE tenant.name = ? AND tenant.kind = 'application' AND application.objectID = ?
    ON CONFLICT (tenant, objectID) DO UPDATE SET owners = excluded.owners, readAt = excluded.readAt
    RETURNING tenant
    """
}

extension KnownOwners {
  /// The owners of an application whose ownership was read, people first.
  static func fetch(
    _ application: GUID, of tenant: Int64, readAt: Int64, in db: GRDB.Database
  ) throws -> KnownOwners {
    let rows = try Row.fetchAll(
      db.cachedStatement(sql: owners), arguments: [tenant, application.data])
    return KnownOwners(
      try rows.compactMap(ApplicationOwner.init).sorted {
        ($0.kind == .user ? 0 : 1, $0.designation) < ($1.kind == .user ? 0 : 1, $1.designation)
      }, readAt: Date(timeIntervalSince1970: TimeInterval(readAt)))
  }

  static let owners = """
    SELECT ownerID, kind, displayName, mail, principalName FROM observedOwner
    WHERE tenant = ? AND objectID = ?
    """
}

extension ApplicationOwner {
  fileprivate init?(_ row: Row) throws {
    guard let id = GUID(bytes: try row.decode(Data.self, forColumn: "ownerID")) else { return nil }
    self.init(
      objectID: id, kind: Kind(rawValue: try row.decode(forColumn: "kind")) ?? .other,
      displayName: try row.decode(forColumn: "displayName"),
      mail: try row.decode(forColumn: "mail"),
      principalName: try row.decode(forColumn: "principalName"))
  }
}
