import Foundation
import GRDB
import Keyturn
import Synchronization
import TestSupport
import Testing

@testable import Adapters

/// The pictures of tenants in a real database.
@Suite struct InventoryTests {
  private let store: StoreFolder
  private let database: Adapters.Database
  private let inventory: SQLiteInventory

  init() throws {
    store = try StoreFolder()
    database = try store.create()
    inventory = SQLiteInventory(database)
  }

  /// Reads these pages as a whole picture, or as changes.
  @discardableResult
  private func read(
    _ pages: [ObservedApplication]..., removed: [GUID] = [], isWhole: Bool = true,
    tenant: String = "contoso", _ scope: ObservedScope = ObservedScope(.application),
    directory: String = "d1"
  ) async throws -> InventoryChange {
    let reading = try await inventory.begin(tenant, scope, directory: directory, isWhole: isWhole)
    for applications in pages {
      var page = ApplicationPage()
      page.applications = applications
      try await reading.take(page)
    }
    var last = ApplicationPage()
    last.removed = removed
    try await reading.take(last)
    return try await reading.finish(mark: "m", at: TestWorld.night)
  }

  private func all(_ tenant: String = "contoso") async throws -> [ObservedApplication] {
    var filter = InventoryFilter()
    filter.tenant = tenant
    return try await inventory.applications(filter).map(\.application)
      .sorted { $0.objectID.low < $1.objectID.low }
  }

  private func summary(
    until end: Date, at now: Date = TestWorld.night
  ) async throws -> TenantSummary? {
    let query = PictureQuery(
      "contoso", ObservedScope(.application), window: now...end, limit: 0)
    return try await inventory.pictures([query], at: now).first??.summary
  }

  private func rows(_ table: String) throws -> Int {
    try database.queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
  }

  private func written() throws -> Int {
    try database.queue.read { $0.totalChangesCount }
  }

  private func samples(_ numbers: ClosedRange<Int>) -> [ObservedApplication] {
    numbers.map { .sample($0, ends: [$0, 400 + $0]) }
  }

  @Test func `what was read is there, and counted`() async throws {
    let change = try await read(samples(1...3), samples(4...5))
    #expect(change == InventoryChange(applications: 5, written: 5, removed: 0))
    #expect(try await all().map(\.clientID) == samples(1...5).map(\.clientID))
    let found = try #require(try await all().first)
    #expect(Set(found.secrets?.map(\.keyID) ?? []) == Set(samples(1...1)[0].secrets!.map(\.keyID)))
    let state = try #require(try await inventory.state(of: "contoso", .application))
    #expect(state.applications == 5)
    #expect(state.readAt == TestWorld.night)
    let summary = try #require(try await summary(until: TestWorld.night + 86_400 * 403.5))
    #expect((summary.applications, summary.secrets) == (5, 10))
    #expect((summary.ending, summary.ended, summary.crowded) == (3, 0, 0))
  }

  @Test func `nothing is seen of a reading before it is complete`() async throws {
    try await read(samples(1...3))
    let reading = try await inventory.begin(
      "contoso", ObservedScope(.application), directory: "d1", isWhole: true)
    var page = ApplicationPage()
    page.applications = [.sample(1, name: "renamed", ends: [1]), .sample(7, ends: [2])]
    try await reading.take(page)
    #expect(try await all().map(\.displayName) == samples(1...3).map(\.displayName))
    _ = try await reading.finish(mark: nil, at: TestWorld.night)
    #expect(try await all().map(\.displayName) == ["renamed", "Application 7"])
    #expect(try rows("observedApplication") == 2)
    #expect(try rows("observedSecret") == 2)
  }

  @Test func `a reading that breaks off leaves the old picture, and nothing behind`() async throws {
    try await read(samples(1...3))
    let reading = try await inventory.begin(
      "contoso", ObservedScope(.application), directory: "d1", isWhole: true)
    var page = ApplicationPage()
    page.applications = [.sample(1, name: "renamed"), .sample(7)]
    try await reading.take(page)
    try await reading.take(page)
    #expect(try rows("observedApplication") == 5)
    await reading.abandon()
    #expect(try await all().count == 3)
    #expect(try rows("observedApplication") == 3)
    // A process that was killed abandons nothing; the next one clears up.
    let killed = try await inventory.begin(
      "contoso", ObservedScope(.application), directory: "d1", isWhole: true)
    try await killed.take(page)
    // The first page waits for the second one.
    try await killed.take(page)
    #expect(try rows("observedApplication") == 5)
    try await read(samples(1...3))
    #expect(try await all().count == 3)
    #expect(try rows("observedApplication") == 3)
  }

  @Test func `what has not changed is not written`() async throws {
    try await read(samples(1...200))
    let before = try written()
    let change = try await read(samples(1...200))
    #expect(change == InventoryChange(applications: 200, written: 0, removed: 0))
    // The tenant's own row, when it begins and when it ends.
    #expect(try written() - before <= 3)
    var other = samples(1...200)
    other[7].secrets = other[7].secrets?.reversed()
    #expect(try await read(other).written == 0)
    other[8].secrets?[0].expiresAt = TestWorld.night
    #expect(try await read(other).written == 1)
  }

  @Test func `a reading of one page is one transaction, and each further page one more`()
    async throws
  {
    let commits = Commits()
    database.queue.add(transactionObserver: commits)
    try await read(samples(1...200))
    #expect(commits.count == 1)
    try await read(samples(1...200), samples(201...300), tenant: "fabrikam")
    #expect(commits.count == 3)
    #expect(try await all("fabrikam").count == 300)
  }

  @Test func `an application that comes twice counts once, with its newest word`() async throws {
    try await read(
      samples(1...3), [.sample(2, name: "again", ends: [9])], [.sample(2, name: "again", ends: [9])]
    )
    #expect(try await all().map(\.displayName) == ["Application 1", "again", "Application 3"])
    #expect(try await inventory.state(of: "contoso", .application)?.applications == 3)
    #expect(try await summary(until: TestWorld.night)?.secrets == 5)
  }

  @Test func `an application that vanishes and returns`() async throws {
    try await read(samples(1...3))
    #expect(try await read(samples(1...2)).removed == 1)
    #expect(try await all().count == 2)
    #expect(try await read(samples(1...3)).applications == 3)
    // The same within one reading of changes, in either order.
    let third = samples(3...3)[0]
    try await read(removed: [third.objectID], isWhole: false)
    #expect(try await all().count == 2)
    try await read([third], isWhole: false)
    let reading = try await inventory.begin(
      "contoso", ObservedScope(.application), directory: "d1", isWhole: false)
    var gone = ApplicationPage()
    gone.removed = [third.objectID, third.objectID]
    var back = ApplicationPage()
    back.applications = [third]
    try await reading.take(gone)
    try await reading.take(back)
    #expect(try await reading.finish(mark: nil, at: TestWorld.night).applications == 3)
    #expect(try await all().last?.clientID == third.clientID)
    #expect(try await inventory.state(of: "contoso", .application)?.applications == 3)
    #expect(try rows("observedSecret") == 6)
  }

  @Test func `a change leaves alone what it does not tell`() async throws {
    try await read(samples(1...3))
    var change = ObservedApplication.sample(2, name: "renamed")
    change.clientID = nil
    change.secrets = nil
    try await read([change], isWhole: false)
    let found = try #require(try await all().first { $0.displayName == "renamed" })
    #expect(found.secrets?.count == 2)
    #expect(found.clientID == ObservedApplication.sample(2).clientID)
    var unknown = change
    unknown.objectID = GUID(high: 9, low: 9)
    await #expect(throws: UnknownApplication.self) { try await read([unknown], isWhole: false) }
    #expect(try await all().count == 3)
  }

  @Test func `the picture of another directory under the same name is dropped`() async throws {
    try await read(samples(1...3))
    try await read(samples(4...4), isWhole: true, directory: "d2")
    #expect(try await all().count == 1)
    #expect(try rows("observedApplication") == 1)
  }

  @Test func `tenants do not know of each other`() async throws {
    try await read(samples(1...3))
    try await read(samples(2...4), tenant: "fabrikam")
    #expect(try await read(samples(1...1)).removed == 2)
    #expect(try await all("fabrikam").count == 3)
  }

  @Test func `a search takes what people type as it is`() async throws {
    try await read([
      .sample(1, name: "100% Büro_1"), .sample(2, name: "100x"), .sample(3, name: "x'; --"),
    ])
    func search(_ text: String) async throws -> [Int] {
      var filter = InventoryFilter()
      filter.search = text
      return try await inventory.applications(filter).map { Int($0.application.objectID.low) }
        .sorted()
    }
    #expect(try await search("100%") == [1])
    #expect(try await search("o_1") == [1])
    #expect(try await search("'; --") == [3])
    #expect(try await search("c11e0000-0000-4000-0000-000000000002") == [2])
    #expect(try await search("C11E") == [1, 2, 3])
    #expect(try await search("") == [1, 2, 3])
    #expect(try await search("\\") == [])
  }

  @Test func `a secret without an end never comes up, and one of 24 months is not long`()
    async throws
  {
    var endless = ObservedApplication.sample(1, ends: [1, 2, 3])
    endless.secrets?[1].expiresAt = nil
    var long = ObservedApplication.sample(2, ends: [5])
    long.secrets?[0].startsAt = TestWorld.night - 86_400 * 800
    var usual = ObservedApplication.sample(3, ends: [6])
    usual.secrets?[0].startsAt = TestWorld.night - 86_400 * 725
    try await read([endless, long, usual, .sample(4)])
    let summary = try #require(try await summary(until: .distantFuture))
    #expect((summary.ending, summary.long, summary.crowded) == (2, 1, 1))
  }

  @Test(arguments: [-900.0, -20, 0, 2.5, 40, 410, 900])
  func `what is counted once is the same as if it were counted now`(days: Double) async throws {
    var many = samples(1...40)
    for index in many.indices {
      let day = index - 20
      many[index] = .sample(index, ends: index % 3 == 0 ? [day, day + 30, day + 60] : [day])
      if index % 4 == 0 {
        many[index].secrets?[0].startsAt = TestWorld.night - 86_400 * 900
      }
      many[index].certificates = [
        ObservedCertificate(
          keyID: GUID(high: 3, low: UInt64(index)),
          expiresAt: TestWorld.night + 86_400 * Double(day * 2))
      ]
    }
    let scope = ObservedScope(.application, hasCertificates: true)
    try await read(Array(many[..<30]), tenant: "contoso", scope)
    // Some change, some go, some come.
    many[3].secrets = []
    try await read(Array(many[2...]), tenant: "contoso", scope)
    let now = TestWorld.night + days * 86_400
    let query = PictureQuery("contoso", scope, window: now...now, limit: 0)
    let summary = try #require(try await inventory.pictures([query], at: now).first??.summary)
    let all = many[2...]
    #expect(
      summary.ended == all.count { !($0.secrets ?? []).isEmpty && ($0.lastEnd ?? now) <= now })
    #expect(
      summary.long
        == all.count { ($0.secrets ?? []).contains(where: \.isLong) && ($0.lastEnd ?? now) > now })
    #expect(summary.crowded == all.count { ($0.secrets ?? []).count { $0.expiresAt! > now } > 2 })
    #expect(summary.certificates?.ended == all.count { $0.lastEnd(of: .certificate)! <= now })
  }

  @Test(arguments: [
    SQLiteInventory.ending(.secret), SQLiteInventory.ended(.secret),
    SQLiteInventory.ending(.certificate), SQLiteInventory.ended(.certificate),
    SQLiteInventory.counting, SQLiteInventory.recounting, SQLiteInventory.byClientID,
    SQLiteInventory.byObjectID,
    SQLiteInventory.nextObject, ApplicationRows.finding,
    ApplicationRows.olderRows, expiring(.secret), expiring(.certificate),
    SQLiteInventory.ownership, SQLiteInventory.keepingOwnership, KnownOwners.owners,
    SQLiteInventory.lastSignIn, unowned(isExpiring: false), unowned(isExpiring: true), unread,
    unused,
  ])
  func `no question of the night looks through a whole table`(sql: String) async throws {
    for tenant in 1...30 { try await read(samples(1...10), tenant: "tenant \(tenant)") }
    try check(try await plan(of: sql))
    // Somebody may have had the tables measured.
    try await database.queue.write { try $0.execute(sql: "ANALYZE") }
    try check(try await plan(of: sql))
  }

  @Test(arguments: [CredentialKind.secret, .certificate])
  func `what ends in any tenant is looked for in one after the other`(
    credential: CredentialKind
  ) async throws {
    try await read(samples(1...10), tenant: "contoso")
    var filter = InventoryFilter()
    filter.credential = credential
    filter.ending = TestWorld.night...TestWorld.night
    let plan = try await plan(of: "SELECT application.id \(SQLiteInventory.query(filter).sql)")
    // Through the whole index it takes 30 ms longer for a million client secrets.
    #expect(plan.contains { $0.hasPrefix("SEARCH application USING") }, "\(plan)")
    #expect(plan.contains("SCAN tenant"), "\(plan)")
  }

  /// What `apps --expiring` asks.
  private static func expiring(_ credential: CredentialKind) -> String {
    var filter = InventoryFilter()
    filter.tenant = "contoso"
    filter.kind = .application
    filter.credential = credential
    filter.ending = TestWorld.night...TestWorld.night
    let end = "application.\(credential.endColumn)"
    return "SELECT application.id \(SQLiteInventory.query(filter).sql) ORDER BY \(end)"
  }

  /// What `apps --unowned` asks, alone and with `--expiring`.
  private static func unowned(isExpiring: Bool) -> String {
    var filter = InventoryFilter()
    filter.tenant = "contoso"
    filter.kind = .application
    filter.isUnowned = true
    if isExpiring { filter.ending = TestWorld.night...TestWorld.night }
    return "SELECT application.id \(SQLiteInventory.query(filter).sql)"
      + (isExpiring ? " ORDER BY application.lastEnd" : "")
  }

  /// Whose owners `apps --unowned --expiring` reads.
  private static var unread: String {
    var filter = InventoryFilter()
    filter.tenant = "contoso"
    filter.kind = .application
    filter.ownersUnreadSince = TestWorld.night
    filter.ending = TestWorld.night...TestWorld.night
    return "SELECT application.id \(SQLiteInventory.query(filter).sql) ORDER BY application.lastEnd"
  }

  /// What `apps --unused --expiring` asks.
  private static var unused: String {
    var filter = InventoryFilter()
    filter.tenant = "contoso"
    filter.kind = .application
    filter.unusedSince = TestWorld.night
    filter.ending = TestWorld.night...TestWorld.night
    return "SELECT application.id \(SQLiteInventory.query(filter).sql) ORDER BY application.lastEnd"
  }

  private func plan(of sql: String) async throws -> [String] {
    try await database.queue.read { db in
      let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN \(sql)")
      return try Row.fetchAll(statement, arguments: statement.someArguments)
        .map { row -> String in try row.decode(forColumn: "detail") }
    }
  }

  private func check(_ plan: [String]) throws {
    #expect(!plan.isEmpty)
    for step in plan {
      #expect(!step.hasPrefix("SCAN"), "\(plan)")
      #expect(!step.contains("TEMP B-TREE"), "\(plan)")
    }
  }
}

extension Statement {
  /// What it wants: by name where it has names, else so many ones.
  fileprivate var someArguments: StatementArguments {
    guard sql.contains(":") else {
      return StatementArguments([Int](repeating: 1, count: sql.count { $0 == "?" }))
    }
    let names = [
      "tenant", "kind", "now", "until", "from", "limit", "id", "ownersSince", "unused",
    ].filter {
      sql.contains(":\($0)")
    }
    return StatementArguments(
      Dictionary(uniqueKeysWithValues: names.map { ($0, 1 as (any DatabaseValueConvertible)?) }))
  }
}

/// Counts transactions that wrote something.
private final class Commits: TransactionObserver {
  private let commits = Mutex(0)

  var count: Int { commits.withLock { $0 } }

  func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
  func databaseDidChange(with event: DatabaseEvent) {}
  func databaseDidCommit(_ db: GRDB.Database) { commits.withLock { $0 += 1 } }
  func databaseDidRollback(_ db: GRDB.Database) {}
}
