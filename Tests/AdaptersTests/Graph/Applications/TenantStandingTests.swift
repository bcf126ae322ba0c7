import Foundation
import GRDB
import Keyturn
import Synchronization
import TestSupport
import Testing

@testable import Adapters
@testable import Keyturn

/// How tenants stand, by their pictures and by what the nights found: what every view draws from.
@Suite struct TenantStandingTests {
  private let store: StoreFolder
  private let inventory: SQLiteInventory
  private let server = ListingServer()

  private var world: TestWorld { store.world }

  init() throws {
    store = try StoreFolder()
    inventory = SQLiteInventory(try store.create())
    for number in 1...30 { server.put(.sample(number, ends: [number * 10 - 95])) }
  }

  private func tenant(_ name: String = "contoso") throws -> AuthorizationServer {
    var server = try Connection.entra().server
    server.name = name
    server.graph = GraphAccess(signIn: .azureCLI, observesAll: true)
    return server
  }

  private func watch(_ names: [String]) throws -> TenantWatch {
    TenantWatch(
      context: world.context,
      directory: GraphClient(
        transport: server.transport, tokens: FixedTokens(), context: world.context),
      inventory: inventory, tenants: try names.map { try tenant($0) }, policy: Policy())
  }

  private func read(_ names: [String]) async throws {
    _ = try await watch(names).refresh(Set(names), of: []) {
      [DirectoryCaller(Connection(standingFor: $0), secret: nil)]
    }
    _ = server.takePaths()
  }

  private func standings(
    _ names: [String] = ["contoso"], connections: [Connection] = [], ledger: Ledger = Ledger(),
    runs: RunHistory = RunHistory()
  ) async throws -> [TenantStanding] {
    let standings = try await watch(names).standings(
      of: connections, ledger: ledger, runs: runs, at: world.now)
    #expect(server.takePaths().isEmpty, "something was read")
    return standings
  }

  @Test func `a tenant that was never read is unknown`() async throws {
    let standing = try #require(try await standings().first)
    #expect(standing.severity == .unknown && standing.readAt == nil)
    #expect(standing.findings.map(\.message) == ["contoso: nothing is known yet"])
    #expect(standing.total(\.applications) == nil)
    #expect(standing.unreadableSince == nil)
  }

  @Test func `a picture is counted, and the next ends come first`() async throws {
    try await read(["contoso", "fabrikam"])
    let standings = try await standings(["fabrikam", "contoso", "northwind"])
    #expect(standings.map(\.name) == ["fabrikam", "contoso", "northwind"])
    #expect(standings.map(\.severity) == [.warning, .warning, .unknown])
    let standing = standings[1]
    #expect(standing.total(\.applications) == 30 && standing.total(\.allEnding) == 9)
    #expect(standing.total(\.allEnded) == 9 && standing.readAt == world.now)
    // All within 90 days, then those of the last 30 days, of which the newest is first.
    let days = standing.endings.map { $0.end.at!.daysLeft(from: world.now) }
    #expect(days == [5, 15, 25, 35, 45, 55, 65, 75, 85, -5, -15, -25])
    #expect(standing.nextEnd(after: world.now) == world.now + 5 * 86_400)
    #expect(standing.findings.last?.code == .observed)
    #expect(standing.counts?.severity == .ok)
  }

  @Test func `of many tenants only the closest ends are listed, and the rest is counted`()
    async throws
  {
    for number in 100...400 { server.put(.sample(number, ends: [number % 80 + 1])) }
    let names = (1...3).map { "tenant-\($0)" }
    try await read(names)
    let standing = try #require(try await standings(names).first)
    #expect(standing.endings.count == 100 && standing.counts?.severity == .warning)
    #expect(standing.total(\.allEnding) == 310)
    let many = names + (4...400).map { "tenant-\($0)" }
    let first = try #require(try await standings(many).first)
    #expect(first.endings.count == 3)
    #expect(first.nextEnd(after: world.now) == standing.nextEnd(after: world.now))
  }

  @Test func `what a connection looks after is not listed beside it`() async throws {
    try await read(["contoso"])
    var connection = try Connection.entra()
    connection.server = try tenant()
    connection.clientID = try #require(ObservedApplication.sample(10).clientID?.description)
    let standing = try #require(try await standings(connections: [connection]).first)
    #expect(
      standing.endings.first?.end.application.objectID == ObservedApplication.sample(11).objectID)
    #expect(standing.total(\.allEnding) == 9)
  }

  @Test func `what the newest night could not read is unknown until it is read again`()
    async throws
  {
    try await read(["contoso"])
    let since = world.now
    world.pass(2 * 86_400)
    let trouble = Finding(
      code: .unreadable, severity: .unknown, message: "contoso: 403", remedy: "", tenant: "contoso")
    var ledger = Ledger(open: [.init(finding: trouble, since: since)])
    let run = Run(
      startedAt: world.now - 60, finishedAt: world.now - 30, severity: .unknown, fingerprint: "",
      summary: "")
    let runs = RunHistory(newest: run, newestGood: nil)
    let standing = try #require(try await standings(ledger: ledger, runs: runs).first)
    #expect(standing.severity == .unknown && standing.unreadableSince == since)
    #expect(standing.findings.first == trouble && standing.total(\.applications) == 30)
    // Another tenant's trouble is its own.
    #expect(try await standings(["fabrikam"], ledger: ledger).first?.unreadableSince == nil)
    ledger.open[0].missingSince = world.now
    #expect(try await standings(ledger: ledger, runs: runs).first?.severity == .warning)
    ledger.open[0].missingSince = nil
    // Somebody has it read by hand.
    try await read(["contoso"])
    let again = try #require(try await standings(ledger: ledger, runs: runs).first)
    #expect(again.severity == .warning && again.trouble == nil && again.unreadableSince == nil)
  }

  @Test func `nothing that a look asks walks through a whole table`() async throws {
    let names = (1...20).map { "tenant-\($0)" }
    try await read(names)
    let asked = Statements()
    let queue = inventory.database.queue
    try await queue.write { db in
      // Somebody may have had the tables measured.
      try db.execute(sql: "ANALYZE")
      db.trace { event in
        if case .statement(let statement) = event { asked.add(statement.expandedSQL) }
      }
    }
    _ = try await standings(names)
    var filter = InventoryFilter(limit: 50)
    filter.ending = world.now...(world.now + 86_400 * 30)
    filter.tenant = "tenant-7"
    _ = try await inventory.applications(filter)
    _ = try await inventory.count(filter)
    let statements = asked.all.filter { $0.contains("observed") }
    #expect(statements.count > 20 * 3)
    try await queue.read { db in
      for statement in Set(statements) {
        for row in try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(statement)") {
          let step: String = try row.decode(forColumn: "detail")
          // What is due in both of a tenant's pictures is sorted for people, and nothing else.
          let isSorted = step.contains("TEMP B-TREE") && !statement.contains("tenantName")
          #expect(!step.hasPrefix("SCAN") && !isSorted, "\(step): \(statement)")
        }
      }
    }
  }

  @Test func `worst first, then what ends first`() {
    let now = TestWorld.night
    let tenants: [TenantStanding] = [
      .sample("well"), .sample("later", ends: ["A": 30]), .sample("soon", ends: ["A": 2]),
      .sample("many", ending: 50), .sample("ended", ends: ["A": -1]), .neverRead("never"),
    ]
    let overview = Overview(
      asOf: now, entries: [], findings: [], runs: RunHistory(),
      plan: Plan([], from: now, until: now), tenants: tenants)
    #expect(
      overview.tenantsByUrgency.map(\.name) == ["never", "soon", "later", "many", "ended", "well"])
    #expect(overview.severity == .unknown)
    #expect(overview.endingsByUrgency.compactMap(\.finding.tenant) == ["soon", "later", "ended"])
  }
}

/// The statements that a database was given.
private final class Statements: Sendable {
  private let statements = Mutex<[String]>([])

  var all: [String] { statements.withLock { $0 } }

  func add(_ statement: String) { statements.withLock { $0.append(statement) } }
}
