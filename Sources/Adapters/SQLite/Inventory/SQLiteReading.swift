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
    /// How many objects were told of, whatever became of them.
    var listed = 0
    /// How many applications and client secrets the new picture has more than the old one.
    var applications = 0
    var secrets = 0

    func isSuperseded(_ id: Int64) -> Bool { supersededRows.contains(id) }

    mutating func supersede(_ id: Int64) {
      superseded.append(id)
      supersededRows.insert(id)
    }
  }

  /// Where the rows of the new picture are.
  struct Place {
    var tenant: Int64
    var generation: Int
  }

  private struct State {
    var progress = Progress()
    /// Nil until something is written.
    var place: Place?
    /// The first page, until the second one comes, or the end.
    var held: ApplicationPage?
  }

  private let inventory: SQLiteInventory
  private let tenant: String
  private let scope: ObservedScope
  private let directory: String
  private let isWhole: Bool
  private let state = Mutex(State())

  /// A reading of the tenant; nothing is written yet.
  init(
    _ inventory: SQLiteInventory, _ tenant: String, _ scope: ObservedScope, directory: String,
    isWhole: Bool
  ) {
    self.inventory = inventory
    self.tenant = tenant
    self.scope = scope
    self.directory = directory
    self.isWhole = isWhole
  }

  /// Adds a page.
  ///
  /// The first one waits for the second, so that a tenant that has no other is one transaction, and not
  /// three.
  func take(_ page: ApplicationPage) async throws {
    guard !page.applications.isEmpty || !page.removed.isEmpty else { return }
    let pages = state.withLock { state in
      let isFirst = state.place == nil && state.held == nil
      defer { state.held = isFirst ? page : nil }
      return isFirst ? [] : [state.held, page].compactMap { $0 }
    }
    guard !pages.isEmpty else { return }
    // Pages come one after the other; what a failed transaction noted must not stay.
    let (progress, place) = state.withLock { ($0.progress, $0.place) }
    let (next, here) = try await inventory.stage { db in
      var progress = progress
      let place = try place ?? begin(in: db)
      for page in pages { try add(page, at: place, &progress, in: db) }
      return (progress, place)
    }
    state.withLock { state in
      state.progress = next
      state.place = here
    }
  }

  func finish(mark: String?, at now: Date) async throws -> InventoryChange {
    let (progress, held, place) = state.withLock { ($0.progress, $0.held, $0.place) }
    return try await inventory.stage { db in
      var progress = progress
      let place = try place ?? begin(in: db)
      if let held { try add(held, at: place, &progress, in: db) }
      let rows = try self.rows(at: place, in: db)
      let gone = isWhole ? try rows.unmet(progress) : []
      for id in gone { try rows.delete(id, &progress) }
      for id in progress.superseded { try rows.drop(id) }
      try db.cachedStatement(sql: Self.completion).execute(arguments: [
        "generation": place.generation, "now": Timestamp.format(now), "isWhole": isWhole,
        "mark": mark, "applications": progress.applications, "secrets": progress.secrets,
        "hasCertificates": scope.hasCertificates, "listed": progress.listed, "id": place.tenant,
      ])
      try db.cachedStatement(sql: SQLiteInventory.recounting).execute(
        arguments: ["now": now.seconds, "id": place.tenant])
      let applications = try Int.fetchOne(
        db.cachedStatement(sql: "SELECT applications FROM observedTenant WHERE id = ?"),
        arguments: [place.tenant])
      return InventoryChange(
        applications: applications ?? 0, written: progress.written, removed: progress.removed)
    }
  }

  func abandon() async {
    guard let place = state.withLock({ $0.place }) else { return }
    // Whatever it could not drop goes when the next reading begins.
    try? await inventory.stage { db in try SQLiteInventory.dropStaged(place.tenant, in: db) }
  }

  private func begin(in db: GRDB.Database) throws -> Place {
    try SQLiteInventory.beginGeneration(tenant, scope.kind, directory: directory, in: db)
  }

  private func add(
    _ page: ApplicationPage, at place: Place, _ progress: inout Progress, in db: GRDB.Database
  ) throws {
    progress.listed += page.applications.count + page.removed.count
    let rows = try self.rows(at: place, in: db)
    // Where there was no picture before, most applications are new.
    let isFirst = place.generation == 1
    for var application in page.applications {
      // Where everything is told, what has none may say nothing.
      if isWhole, scope.hasCertificates, application.certificates == nil {
        application.certificates = []
      }
      if isFirst, try rows.add(application, &progress) { continue }
      try rows.put(application, &progress)
    }
    for objectID in page.removed { try rows.remove(objectID, &progress) }
  }

  private func rows(at place: Place, in db: GRDB.Database) throws -> ApplicationRows {
    try ApplicationRows(
      db, tenant: place.tenant, generation: place.generation,
      hasCertificates: scope.hasCertificates)
  }

  private static let completion = """
    UPDATE observedTenant SET generation = :generation, staged = NULL, readAt = :now,
      fullReadAt = iif(:isWhole, :now, fullReadAt), mark = :mark,
      applications = applications + :applications, secrets = secrets + :secrets,
      hasCertificates = :hasCertificates, listed = iif(:isWhole, :listed, listed)
    WHERE id = :id
    """
}
