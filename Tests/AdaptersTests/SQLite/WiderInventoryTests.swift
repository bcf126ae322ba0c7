import Foundation
import GRDB
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// Certificates and service principals in a real database, new or brought up to date.
@Suite struct WiderInventoryTests {
  private let store: StoreFolder

  init() throws {
    store = try StoreFolder()
  }

  private static let both = ObservedScope(.application, hasCertificates: true)

  @discardableResult
  private func read(
    _ applications: [ObservedApplication], _ scope: ObservedScope, into inventory: SQLiteInventory,
    isWhole: Bool = true
  ) async throws -> InventoryChange {
    let reading = try await inventory.begin("contoso", scope, directory: "d1", isWhole: isWhole)
    var page = ApplicationPage()
    page.applications = applications
    try await reading.take(page)
    return try await reading.finish(mark: "m", at: TestWorld.night)
  }

  private func picture(
    _ scope: ObservedScope, _ window: ClosedRange<Date>, of inventory: SQLiteInventory,
    subjects: [GUID] = [], at now: Date = TestWorld.night
  ) async throws -> InventoryPicture? {
    let query = PictureQuery("contoso", scope, window: window, subjects: subjects, limit: 10)
    return try await inventory.pictures([query], at: now).first ?? nil
  }

  private func sample(
    _ number: Int, _ kind: ObservedKind = .application, ends days: [Int] = [],
    certificates: [Int]?
  ) -> ObservedApplication {
    var application = ObservedApplication.sample(number, ends: days)
    application.kind = kind
    application.certificates = certificates?.enumerated().map { index, day in
      ObservedCertificate(
        // The same key id as a client secret's: so it is with what opens a private key.
        keyID: GUID(high: UInt64(number), low: UInt64(index + 1)), displayName: "CN=\(index)",
        startsAt: TestWorld.night - 86_400, expiresAt: TestWorld.night + 86_400 * Double(day))
    }
    return application
  }

  @Test func `certificates are kept beside client secrets, and found by their ends`() async throws {
    let inventory = SQLiteInventory(try store.create())
    let all = [
      sample(1, ends: [400], certificates: [5, 3]), sample(2, ends: [4], certificates: []),
      sample(3, certificates: [-2]),
    ]
    try await read(all, Self.both, into: inventory)
    let now = TestWorld.night
    let ahead = now...(now + 86_400 * 30)
    func found(
      _ credential: CredentialKind, _ window: ClosedRange<Date>
    ) async throws -> [ObservedApplication] {
      try await picture(Self.both, window, of: inventory)?.ends
        .filter { $0.credential == credential }.map(\.application) ?? []
    }
    #expect(try await found(.secret, ahead).map(\.clientID) == [all[1].clientID])
    #expect(try await found(.certificate, ahead) == [all[0]])
    #expect(try await found(.certificate, (now - 86_400 * 30)...now) == [all[2]])
    let summary = try #require(try await picture(Self.both, ahead, of: inventory)?.summary)
    #expect(summary.certificates == .init(ending: 1, ended: 1))
    #expect((summary.ending, summary.secrets) == (1, 2))
    // The order of credentials is no change, an end is.
    var other = all
    other[0].certificates?.reverse()
    #expect(try await read(other, Self.both, into: inventory).written == 0)
    other[0].certificates?[0].expiresAt = nil
    #expect(try await read(other, Self.both, into: inventory).written == 1)
    #expect(try await found(.certificate, ahead).isEmpty)
  }

  @Test func `a change leaves certificates alone of which it does not tell`() async throws {
    let inventory = SQLiteInventory(try store.create())
    try await read([sample(1, ends: [400], certificates: [5])], Self.both, into: inventory)
    try await read(
      [sample(1, ends: [300], certificates: nil)], Self.both, into: inventory, isWhole: false)
    let found = try await inventory.applications(InventoryFilter()).map(\.application)
    #expect(found == [sample(1, ends: [300], certificates: [5])])
    await #expect(throws: UnknownApplication.self) {
      try await read(
        [sample(2, ends: [1], certificates: nil)], Self.both, into: inventory, isWhole: false)
    }
    // Where everything is told, there are none.
    try await read([sample(2, ends: [1], certificates: nil)], Self.both, into: inventory)
    let rest = try await inventory.applications(InventoryFilter()).map(\.application)
    #expect(rest == [sample(2, ends: [1], certificates: [])])
  }

  @Test func `an application and its service principal do not know of each other`() async throws {
    let inventory = SQLiteInventory(try store.create())
    let principals = ObservedScope(.servicePrincipal)
    let application = sample(1, ends: [4], certificates: nil)
    var principal = sample(2, .servicePrincipal, ends: [3], certificates: nil)
    principal.clientID = application.clientID
    try await read([application], ObservedScope(.application), into: inventory)
    try await read([principal], principals, into: inventory)
    #expect(try await inventory.state(of: "contoso", .application)?.applications == 1)
    func found(_ kind: ObservedKind, _ id: GUID?) async throws -> [ObservedApplication] {
      let now = TestWorld.night
      return try await picture(
        ObservedScope(kind), now...now, of: inventory, subjects: [id].compactMap { $0 })?
        .ends.map(\.application) ?? []
    }
    #expect(try await found(.application, application.clientID) == [application])
    #expect(try await found(.servicePrincipal, principal.objectID) == [principal])
    #expect(try await found(.servicePrincipal, principal.clientID).isEmpty)
    var filter = InventoryFilter()
    filter.kind = .servicePrincipal
    #expect(try await inventory.applications(filter).map(\.application) == [principal])
    #expect(try await inventory.count(InventoryFilter()) == 2)
    try await inventory.drop("contoso", .servicePrincipal)
    #expect(try await inventory.state(of: "contoso", .servicePrincipal) == nil)
    #expect(try await inventory.applications(InventoryFilter()).map(\.application) == [application])
  }

  @Test func `a picture of before is the same afterwards, and nothing of it is written again`()
    async throws
  {
    // Every fourth has no living secret; the others have three, one of more than 24 months.
    let applications = (1...20).map {
      ObservedApplication.sample($0, ends: $0 % 4 == 0 ? [-$0] : [$0, $0 + 300, $0 + 400])
    }
    // The database as the version before made it.
    let fresh = SQLiteInventory(try store.create())
    try await read(applications, ObservedScope(.application), into: fresh)
    try fresh.database.queue.close()
    try store.tamper(
      """
      CREATE TABLE before (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
        directory TEXT NOT NULL, generation INTEGER NOT NULL CHECK (generation >= 0),
        staged INTEGER CHECK (staged > generation), readAt TEXT, fullReadAt TEXT, mark TEXT,
        applications INTEGER NOT NULL CHECK (applications >= 0),
        secrets INTEGER NOT NULL CHECK (secrets >= 0)) STRICT
      """,
      """
      INSERT INTO before SELECT id, name, directory, generation, staged, readAt, fullReadAt, mark,
        applications, secrets FROM observedTenant
      """, "DROP TABLE observedTenant", "ALTER TABLE before RENAME TO observedTenant",
      "DROP INDEX observedApplication_certificateEnd",
      "ALTER TABLE observedApplication DROP COLUMN certificateEnd",
      "DROP TABLE observedCertificate", "DROP TRIGGER observedOwnership_goes",
      "DROP TABLE observedOwner", "DROP TABLE observedOwnership", "DROP TABLE observedSignIn",
      "ALTER TABLE finding DROP COLUMN owners",
      "DELETE FROM grdb_migrations WHERE identifier >= '5 '")
    let inventory = SQLiteInventory(try store.open())
    let state = try #require(try await inventory.state(of: "contoso", .application))
    #expect(state.applications == 20 && state.listed == 20)
    #expect(state.mark == "m" && !state.hasCertificates)
    let later = TestWorld.night + 86_400 * 5
    let counted = try #require(
      try await picture(ObservedScope(.application), later...later, of: inventory, at: later)?
        .summary)
    #expect(counted.secrets == 50 && counted.ended == 5 && counted.long == 15)
    #expect(counted.crowded == 11)
    #expect(try await inventory.count(InventoryFilter()) == 20)
    let change = try await read(applications, ObservedScope(.application), into: inventory)
    #expect(change == InventoryChange(applications: 20, written: 0, removed: 0))
    let isSound = try await inventory.database.queue.read { db in
      try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").isEmpty
    }
    #expect(isSound)
    // With the tenant go its applications, as before.
    try await inventory.drop("contoso", .application)
    #expect(try await inventory.count(InventoryFilter()) == 0)
    let left = try await inventory.database.queue.read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM observedSecret")
    }
    #expect(left == 0)
  }
}
