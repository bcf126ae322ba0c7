import Foundation
import GRDB
import Keyturn

/// The pictures of whole tenants in the database, one of each kind of object.
///
/// Each application has a row for the generation in which it changed last. A reading writes what it
/// finds changed as the next generation, which nobody sees; when it is complete, the tenant's generation
/// is moved on and what was superseded goes, in one transaction. So no page has to be written twice, and
/// the file is never held for longer than one page takes.
public struct SQLiteInventory: ApplicationInventory {
  let database: Database

  /// The inventory in this database.
  public init(_ database: Database) {
    self.database = database
  }

  public func state(
    of tenant: String, _ kind: ObservedKind
  ) async throws -> InventoryState? {
    try await database.read { db in
      guard
        let row = try Row.fetchOne(
          db.cachedStatement(
            sql: "SELECT * FROM observedTenant WHERE name = ? AND kind = ? AND generation > 0"),
          arguments: [tenant, kind.rawValue])
      else { return nil }
      return InventoryState(
        directory: try row.decode(forColumn: "directory"), mark: try row.decode(forColumn: "mark"),
        readAt: try row.instant("readAt"), fullReadAt: try row.instant("fullReadAt"),
        applications: try row.decode(forColumn: "applications"),
        hasCertificates: try row.decode(forColumn: "hasCertificates"),
        listed: try row.decode(forColumn: "listed"))
    }
  }

  public func begin(
    _ tenant: String, _ scope: ObservedScope, directory: String, isWhole: Bool
  ) async throws -> any InventoryReading {
    SQLiteReading(self, tenant, scope, directory: directory, isWhole: isWhole)
  }

  /// Begins the next generation of a tenant, in the transaction of its first rows.
  static func beginGeneration(
    _ tenant: String, _ kind: ObservedKind, directory: String, in db: GRDB.Database
  ) throws -> SQLiteReading.Place {
    // Under another directory nothing of the old picture is true.
    try db.cachedStatement(sql: "DELETE FROM observedTenant WHERE name = ? AND directory <> ?")
      .execute(arguments: [tenant, directory])
    try db.cachedStatement(
      sql: """
        INSERT INTO observedTenant (name, kind, directory, generation, applications, secrets)
        VALUES (?, ?, ?, 0, 0, 0) ON CONFLICT (name, kind) DO NOTHING
        """
    ).execute(arguments: [tenant, kind.rawValue, directory])
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT id, generation, staged FROM observedTenant WHERE name = ? AND kind = ?"),
      arguments: [tenant, kind.rawValue])
    let id: Int64 = try row?.decode(forColumn: "id") ?? 0
    let generation: Int = try (row?.decode(forColumn: "generation") ?? 0) + 1
    if try row?.decode(Int?.self, forColumn: "staged") ?? nil != nil { try dropStaged(id, in: db) }
    try db.cachedStatement(sql: "UPDATE observedTenant SET staged = ? WHERE id = ?")
      .execute(arguments: [generation, id])
    return SQLiteReading.Place(tenant: id, generation: generation)
  }

  public func drop(_ tenant: String, _ kind: ObservedKind) async throws {
    let isThere = try await database.read { db in
      try Row.fetchOne(
        db.cachedStatement(sql: "SELECT id FROM observedTenant WHERE name = ? AND kind = ?"),
        arguments: [tenant, kind.rawValue]) != nil
    }
    guard isThere else { return }
    try await stage { db in
      try db.execute(
        sql: "DELETE FROM observedTenant WHERE name = ? AND kind = ?",
        arguments: [tenant, kind.rawValue])
    }
  }

  /// Drops what a reading wrote that did not come to its end.
  static func dropStaged(_ tenant: Int64, in db: GRDB.Database) throws {
    try db.execute(
      sql: """
        DELETE FROM observedApplication WHERE id IN (
          SELECT application.id FROM observedApplication AS application
          JOIN observedTenant AS tenant ON tenant.id = application.tenant
          WHERE application.tenant = ? AND application.generation > tenant.generation)
        """, arguments: [tenant])
    try db.execute(
      sql: "UPDATE observedTenant SET staged = NULL WHERE id = ?", arguments: [tenant])
  }

  /// Writes without waiting for the disk: whatever is lost here can be read again.
  ///
  /// The next commit of anything else syncs the whole log, and this with it. Until then a power cut may
  /// take what came last, and leaves the file as sound as before, with the picture of the night before.
  func stage<T: Sendable>(_ work: @Sendable (GRDB.Database) throws -> T) async throws -> T {
    try await translated(database.queue.path) {
      try await database.queue.writeWithoutTransaction { db in
        // Ids come in no order, so that a row touches pages everywhere in the indexes.
        try db.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -12000")
        // It can't fail, and the connection is used for what must be durable.
        defer { try? db.execute(sql: "PRAGMA synchronous = FULL") }
        return try db.inTransaction(.immediate, returning: work)
      }
    }
  }
}

/// A set of row ids in one bit each.
struct RowSet {
  private var words: [UInt64] = []

  /// Whether the set has this id.
  func contains(_ id: Int64) -> Bool {
    let word = Int(id >> 6)
    return word < words.count && words[word] & 1 << UInt64(id & 63) != 0
  }

  /// Adds an id, which is not negative.
  mutating func insert(_ id: Int64) {
    let word = Int(id >> 6)
    if word >= words.count {
      words += [UInt64](repeating: 0, count: max(word + 1 - words.count, words.count / 2 + 16))
    }
    words[word] |= 1 << UInt64(id & 63)
  }
}
