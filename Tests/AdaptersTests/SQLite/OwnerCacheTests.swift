import Foundation
import GRDB
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// Owners and sign-ins in a real database, beside the picture that has the applications.
@Suite struct OwnerCacheTests {
  private let store: StoreFolder
  private let inventory: SQLiteInventory
  private static let day: TimeInterval = 86_400
  private static let ann = ApplicationOwner(
    objectID: GUID(high: 1, low: 1), kind: .user, displayName: "Ann", mail: "ann@contoso.com",
    principalName: "ann@contoso.com")
  private static let robot = ApplicationOwner(
    objectID: GUID(high: 1, low: 2), kind: .servicePrincipal, displayName: "Robot")

  init() throws {
    store = try StoreFolder()
    inventory = SQLiteInventory(try store.create())
  }

  private func read(
    _ applications: [ObservedApplication], removed: [GUID] = [], isWhole: Bool = true,
    tenant: String = "contoso", directory: String = "d1"
  ) async throws {
    let reading = try await inventory.begin(
      tenant, ObservedScope(.application), directory: directory, isWhole: isWhole)
    var page = ApplicationPage()
    page.applications = applications
    page.removed = removed
    try await reading.take(page)
    _ = try await reading.finish(mark: "m", at: TestWorld.night)
  }

  private func samples(_ numbers: ClosedRange<Int>) -> [ObservedApplication] {
    numbers.map { .sample($0, ends: [$0]) }
  }

  private func id(_ number: Int) -> GUID { ObservedApplication.sample(number).objectID }
  private func client(_ number: Int) throws -> GUID {
    try #require(ObservedApplication.sample(number).clientID)
  }

  private func rows(_ table: String) throws -> Int {
    try inventory.database.queue.read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? -1
    }
  }

  private func written() throws -> Int {
    try inventory.database.queue.read { $0.totalChangesCount }
  }

  private func found(_ change: (inout InventoryFilter) -> Void) async throws -> [Int] {
    var filter = InventoryFilter()
    change(&filter)
    let entries = try await inventory.applications(filter)
    #expect(try await inventory.count(filter) == entries.count)
    return entries.map { Int($0.application.objectID.low) }.sorted()
  }

  @Test func `owners are kept, replaced, and told with the application`() async throws {
    try await read(samples(1...3))
    let first = TestWorld.night
    try await inventory.keep(
      [id(1): [Self.robot, Self.ann], id(2): []], of: "contoso", readAt: first)
    let known = try await inventory.owners(of: "contoso", [id(1), id(2), id(3)])
    // People come first.
    #expect(
      known == [
        id(1): KnownOwners([Self.ann, Self.robot], readAt: first),
        id(2): KnownOwners([], readAt: first),
      ])
    try await inventory.keep([id(1): [Self.robot]], of: "contoso", readAt: first + Self.day)
    let entries = try await inventory.applications(InventoryFilter())
    #expect(entries[0].owners == KnownOwners([Self.robot], readAt: first + Self.day))
    #expect(entries[2].owners == nil && entries[2].lastUse == nil)
    #expect(try rows("observedOwner") == 1)
    #expect(try await inventory.owners(of: "fabrikam", [id(1)]).isEmpty)
  }

  @Test func `owners outlive a change of the application, and go with it`() async throws {
    try await read(samples(1...4))
    let everybody = Dictionary(
      uniqueKeysWithValues: (1...4).map { (id($0), [Self.ann, Self.robot]) })
    try await inventory.keep(everybody, of: "contoso", readAt: TestWorld.night)
    // The first is renamed, the second vanishes from a whole reading.
    var changed = samples(1...4)
    changed[0].displayName = "renamed"
    changed.remove(at: 1)
    try await read(changed)
    #expect(
      Set(try await inventory.owners(of: "contoso", (1...4).map(id)).keys) == [id(1), id(3), id(4)])
    // The third is told to be gone.
    try await read([], removed: [id(3)], isWhole: false)
    #expect(try rows("observedOwnership") == 2)
    #expect(try rows("observedOwner") == 4)
    // One that the picture does not have is not kept.
    try await inventory.keep([id(3): [], id(9): []], of: "contoso", readAt: TestWorld.night)
    #expect(try rows("observedOwnership") == 2)
    // Another directory under the same name has other people.
    try await read(samples(1...4), directory: "d2")
    #expect(try rows("observedOwnership") == 0 && rows("observedOwner") == 0)
    let isSound = try await inventory.database.queue.read { db in
      try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").isEmpty
    }
    #expect(isSound)
  }

  @Test func `a reading that breaks off leaves the owners`() async throws {
    try await read(samples(1...2))
    try await inventory.keep([id(1): [Self.ann]], of: "contoso", readAt: TestWorld.night)
    let reading = try await inventory.begin(
      "contoso", ObservedScope(.application), directory: "d1", isWhole: true)
    var page = ApplicationPage()
    page.applications = [.sample(1, name: "renamed"), .sample(7)]
    for _ in 1...2 { try await reading.take(page) }
    await reading.abandon()
    #expect(try await inventory.owners(of: "contoso", [id(1)]).count == 1)
  }

  @Test func `who has no owner is found, and whose owners nobody knows`() async throws {
    try await read(samples(1...5))
    try await read(samples(1...5), tenant: "fabrikam")
    let night = TestWorld.night
    try await inventory.keep([id(1): [], id(2): [Self.ann]], of: "contoso", readAt: night)
    try await inventory.keep([id(4): []], of: "contoso", readAt: night - 8 * Self.day)
    #expect(try await found { $0.isUnowned = true } == [1, 4])
    let soon = night...(night + 3.5 * Self.day)
    #expect(
      try await found {
        $0.isUnowned = true
        $0.ending = soon
      } == [1])
    #expect(
      try await found {
        $0.isUnowned = true
        $0.search = "Application 4"
        $0.tenant = "contoso"
      } == [4])
    #expect(
      try await found {
        $0.tenant = "contoso"
        $0.ownersUnreadSince = night - 7 * Self.day
      } == [3, 4, 5])
    #expect(
      try await found {
        $0.tenant = "contoso"
        $0.ending = soon
        $0.ownersUnreadSince = Date(timeIntervalSince1970: 0)
      } == [3])
  }

  @Test func `the last sign-in is the latest that was ever told`() async throws {
    try await read(samples(1...3))
    let night = TestWorld.night
    #expect(try await inventory.signInsReadAt(of: "contoso") == nil)
    let old = ApplicationSignIn(clientID: try client(1), at: night - 300 * Self.day)
    let new = ApplicationSignIn(clientID: try client(1), at: night - 200 * Self.day)
    try await inventory.keep([new, old], of: "contoso")
    try await inventory.keep([old], of: "contoso")
    try await inventory.keep([old], of: "nobody")
    try await inventory.noteSignIns(of: "contoso", readAt: night)
    #expect(try await inventory.signInsReadAt(of: "contoso") == night)
    #expect(
      try await inventory.lastSignIns(of: "contoso", [client(1), client(2)]) == [client(1): new.at])
    let before = try written()
    try await inventory.keep([new], of: "contoso")
    #expect(try written() == before)
  }

  @Test func `unused is what nobody signs in to, as far as that is known`() async throws {
    let night = TestWorld.night
    // Each has had its secret for a year, but for the fourth.
    var applications = samples(1...4)
    applications[3].secrets?[0].startsAt = night - 10 * Self.day
    try await read(applications)
    func unused(_ days: Double) async throws -> [Int] {
      try await found { $0.unusedSince = night - days * Self.day }
    }
    // Without a report nothing is known.
    #expect(try await unused(180) == [])
    try await inventory.keep(
      [
        ApplicationSignIn(clientID: client(1), at: night - 200 * Self.day),
        ApplicationSignIn(clientID: client(2), at: night - 2 * Self.day),
      ], of: "contoso")
    #expect(try await unused(180) == [])
    try await inventory.noteSignIns(of: "contoso", readAt: night)
    #expect(try await unused(180) == [1, 3])
    #expect(try await unused(1) == [1, 2, 3, 4])
    let entries = try await inventory.applications(InventoryFilter())
    #expect(
      entries.map(\.lastUse) == [
        LastUse(knownUntil: night, at: night - 200 * Self.day),
        LastUse(knownUntil: night, at: night - 2 * Self.day), LastUse(knownUntil: night, at: nil),
        LastUse(knownUntil: night, at: nil),
      ])
  }

  @Test func `the addresses of owners stay with an open finding`() async throws {
    let ledger = SQLiteLedger(inventory.database)
    var finding = Finding(
      application: try client(1).description, code: .expiring, severity: .warning, message: "m",
      remedy: "r", tenant: "contoso")
    finding.owners = ["a@contoso.com", "b@contoso.com"]
    var change = LedgerChange(at: TestWorld.night)
    change.opened = [Ledger.OpenFinding(finding: finding, since: TestWorld.night)]
    try await ledger.write(change)
    #expect(try await ledger.ledger().open == change.opened)
  }
}
