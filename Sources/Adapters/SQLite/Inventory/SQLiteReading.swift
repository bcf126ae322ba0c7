import Foundation
import GRDB
import Keyturn
import Synchronization

/// A new picture of a tenant while it is being made.
final class SQLiteReading: InventoryReading {
  /// What is known of the reading so far; a bit for each application, and nothing that grows with the
  /// pages.
  struct Progress {
    /// Rows of the old picture that the new one has as they are.
    var kept = RowSet()
    /// Rows of the old picture that are not in the new one.
    private(set) var superseded: [Int64] = []
    private var supersededRows = RowSet()
    var written = 0
    var removed = 0
    /// How many applications and client secrets the new picture has more than the old one.
    var applications = 0
    var secrets = 0

    func isSuperseded(_ id: Int64) -> Bool { supersededRows.contains(id) }

    mutating func supersede(_ id: Int64) {
      superseded.append(id)
      supersededRows.insert(id)
    }
  }

  private let inventory: SQLiteInventory
  private let tenant: Int64
  private let generation: Int
  private let isWhole: Bool
  /// Whether there was no picture before, so that most applications are new.
  private let isFirst: Bool
  private let progress = Mutex(Progress())

  init(_ inventory: SQLiteInventory, tenant: Int64, generation: Int, isWhole: Bool) {
    self.inventory = inventory
    self.tenant = tenant
    self.generation = generation
    self.isWhole = isWhole
    isFirst = generation == 1
  }

  func take(_ page: ApplicationPage) async throws {
    guard !page.applications.isEmpty || !page.removed.isEmpty else { return }
    // Pages come one after the other; what a failed transaction noted must not stay.
    var next = progress.withLock { $0 }
    next = try await inventory.stage { [next, tenant, generation, isFirst] db in
      var next = next
      let rows = try ApplicationRows(db, tenant: tenant, generation: generation)
      for application in page.applications {
        if isFirst, try rows.add(application, &next) { continue }
        try rows.put(application, &next)
      }
      for objectID in page.removed { try rows.remove(objectID, &next) }
      return next
    }
    progress.withLock { [next] in $0 = next }
  }

  func finish(mark: String?, at now: Date) async throws -> InventoryChange {
    let progress = progress.withLock { $0 }
    return try await inventory.stage { [tenant, generation, isWhole] db in
      var progress = progress
      let rows = try ApplicationRows(db, tenant: tenant, generation: generation)
      let gone = isWhole ? try rows.unmet(progress) : []
      for id in gone { try rows.delete(id, &progress) }
      for id in progress.superseded { try rows.drop(id) }
      try db.execute(
        sql: """
          UPDATE observedTenant SET generation = :generation, staged = NULL, readAt = :now,
            fullReadAt = iif(:isWhole, :now, fullReadAt), mark = :mark,
            applications = applications + :applications, secrets = secrets + :secrets
          WHERE id = :id
          """,
        arguments: [
          "generation": generation, "now": Timestamp.format(now), "isWhole": isWhole,
          "mark": mark, "applications": progress.applications, "secrets": progress.secrets,
          "id": tenant,
        ])
      let applications = try Int.fetchOne(
        db, sql: "SELECT applications FROM observedTenant WHERE id = ?", arguments: [tenant])
      return InventoryChange(
        applications: applications ?? 0, written: progress.written, removed: progress.removed)
    }
  }

  func abandon() async {
    // Whatever it could not drop goes when the next reading begins.
    try? await inventory.stage { [tenant] db in
      try SQLiteInventory.dropStaged(tenant, in: db)
    }
  }
}
