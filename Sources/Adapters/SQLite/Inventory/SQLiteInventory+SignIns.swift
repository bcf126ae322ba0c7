import Foundation
import GRDB
import Keyturn

/// When applications were used last, beside the pictures that have the applications.
extension SQLiteInventory: SignInCache {
  public func signInsReadAt(of tenant: String) async throws -> Date? {
    try await database.read { db in
      let seconds = try Int64?.fetchOne(
        db.cachedStatement(
          sql: "SELECT signInsReadAt FROM observedTenant WHERE name = ? AND kind = 'application'"),
        arguments: [tenant])
      return (seconds ?? nil).map { Date(timeIntervalSince1970: TimeInterval($0)) }
    }
  }

  public func lastSignIns(of tenant: String, _ clientIDs: [GUID]) async throws -> [GUID: Date] {
    try await database.read { db in
      let statement = try db.cachedStatement(sql: Self.lastSignIn)
      var found: [GUID: Date] = [:]
      for clientID in clientIDs {
        found[clientID] = try Int64.fetchOne(statement, arguments: [tenant, clientID.data]).map {
          Date(timeIntervalSince1970: TimeInterval($0))
        }
      }
      return found
    }
  }

  static let lastSignIn = """
    SELECT signIn.lastAt FROM observedTenant AS tenant
    JOIN observedSignIn AS signIn ON signIn.tenant = tenant.id
    WHERE tenant.name = ? AND tenant.kind = 'application' AND signIn.clientID = ?
    """

  public func keep(_ signIns: [ApplicationSignIn], of tenant: String) async throws {
    try await stage { db in
      let tenant = try Int64.fetchOne(
        db,
        sql: "SELECT id FROM observedTenant WHERE name = ? AND kind = 'application'",
        arguments: [tenant])
      guard let tenant else { return }
      let statement = BoundStatement(try db.cachedStatement(sql: Self.keepingSignIn))
      for signIn in signIns {
        statement.bind(tenant, at: 1)
        statement.bind(signIn.clientID, at: 2)
        statement.bind(Self.seconds(signIn.at), at: 3)
        try statement.run()
      }
    }
  }

  /// What has not changed is not written; a sign-in that was does not unhappen.
  static let keepingSignIn = """
    INSERT INTO observedSignIn (tenant, clientID, lastAt) VALUES (?, ?, ?)
    ON CONFLICT (tenant, clientID) DO UPDATE SET lastAt = excluded.lastAt
      WHERE excluded.lastAt > lastAt
    """

  public func noteSignIns(of tenant: String, readAt now: Date) async throws {
    try await stage { db in
      try db.execute(
        sql: "UPDATE observedTenant SET signInsReadAt = ? WHERE name = ? AND kind = 'application'",
        arguments: [now.seconds, tenant])
    }
  }
}
