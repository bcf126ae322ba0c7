import Foundation
import Keyturn
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Adapters
@testable import Keyturn

/// Nights of whole tenants: Graph's side and the database as they are, a small server behind them.
@Suite struct TenantWatchTests {
  private let store: StoreFolder
  private let inventory: SQLiteInventory
  private let server = ListingServer()

  private var world: TestWorld { store.world }

  init() throws {
    store = try StoreFolder()
    inventory = SQLiteInventory(try store.create())
    for number in 1...40 {
      server.put(.sample(number, ends: [number * 10 - 95, number * 10 - 95]))
    }
  }

  private func tenant(_ name: String = "contoso") throws -> AuthorizationServer {
    var server = try Connection.entra().server
    server.name = name
    server.graph = GraphAccess(signIn: .azureCLI, observesAll: true)
    return server
  }

  private func watch(
    _ tenants: [AuthorizationServer], transport: HTTPTransport? = nil, smallTenant: Int = 0
  ) -> TenantWatch {
    var limits = TenantWatch.Limits()
    limits.smallTenant = smallTenant
    return TenantWatch(
      context: world.context,
      directory: GraphClient(
        transport: transport ?? server.transport, tokens: FixedTokens(), context: world.context),
      inventory: inventory, tenants: tenants, policy: Policy(), limits: limits)
  }

  @discardableResult
  private func night(
    of connections: [Connection] = [], told: Set<GUID> = [], smallTenant: Int = 0,
    transport: HTTPTransport? = nil
  ) async throws -> TenantWatch.Night {
    let tenant = try tenant()
    let nights = try await watch([tenant], transport: transport, smallTenant: smallTenant).nights(
      of: connections, reads: true, told: ["contoso": told], at: nil
    ) { [DirectoryCaller(Connection(standingFor: $0), secret: nil)] }
    return try #require(nights.first)
  }

  private func pass(days: Double) { world.pass(days * 86_400) }

  @Test func `the first night reads everything, the next one what has changed`() async throws {
    let first = try await night()
    #expect(first.change == InventoryChange(applications: 40, written: 40, removed: 0))
    var paths = server.takePaths()
    // The first page says that there is more; then the mark comes before everything is read.
    #expect(
      paths.prefix(3) == [
        "/v1.0/applications", "/v1.0/applications/delta", "/v1.0/applications",
      ])
    #expect(paths.count { $0 == "/v1.0/applications" } == 1 + 14)
    pass(days: 1)
    server.put(.sample(7, name: "renamed", ends: [200]))
    server.put(.sample(50, ends: [3]))
    server.remove(ObservedApplication.sample(8).objectID)
    let second = try await night()
    #expect(second.change == InventoryChange(applications: 40, written: 2, removed: 1))
    paths = server.takePaths()
    #expect(paths.count { $0 == "/v1.0/applications/delta" } == 1)
    #expect(!paths.contains("/v1.0/applications"))
    // The sample, one by one.
    #expect((10...20).contains(paths.count - 1))
  }

  @Test func `a change that nobody tells of is found by the sample`() async throws {
    try await night()
    pass(days: 1)
    server.change { $0.tellsOfSecrets = false }
    // Those that end next are looked at for certain.
    for number in 10...20 { server.put(.sample(number, ends: [500])) }
    _ = server.takePaths()
    let second = try await night()
    #expect(server.takePaths().contains("/v1.0/applications"))
    #expect(second.change?.written == 11)
  }

  @Test func `a mark that is too old, and a week, lead to a whole reading`() async throws {
    try await night()
    pass(days: 1)
    _ = server.takePaths()
    server.change { $0.faults = [ListingServer.refusal(410, "syncStateNotFound")] }
    try await night()
    #expect(server.takePaths().contains("/v1.0/applications"))
    pass(days: 6)
    try await night()
    #expect(!server.takePaths().contains("/v1.0/applications"))
    pass(days: 1)
    try await night()
    #expect(server.takePaths().contains("/v1.0/applications"))
  }

  @Test func `a tenant of one page is read as a whole, in one request`() async throws {
    server.change { $0.pageSize = 999 }
    #expect(try await night(smallTenant: 999).change?.applications == 40)
    #expect(server.takePaths() == ["/v1.0/applications"])
    pass(days: 1)
    try await night(smallTenant: 999)
    #expect(server.takePaths() == ["/v1.0/applications"])
  }

  @Test func `a tenant that is no longer small is read with a mark the next night`() async throws {
    server.change { $0.pageSize = 999 }
    try await night(smallTenant: 39)
    pass(days: 1)
    _ = server.takePaths()
    try await night(smallTenant: 39)
    #expect(server.takePaths() == ["/v1.0/applications/delta", "/v1.0/applications"])
  }

  @Test func `the reading of a tenant ends with its time-out, however long Graph says to wait`()
    async throws
  {
    let throttled = ListingServer.refusal(429, "TooManyRequests", retryAfter: 200)
    server.change { $0.faults = [HTTPExchangeResponse?](repeating: throttled, count: 100) }
    var tenant = try tenant()
    tenant.graph?.observeTimeout = CalendarPeriod(seconds: 600)
    let nights = try await watch([tenant]).nights(of: [], reads: true, told: [:], at: nil) {
      [DirectoryCaller(Connection(standingFor: $0), secret: nil)]
    }
    let finding = try #require(nights.first?.findings.first)
    #expect(finding.code == .unreadable)
    #expect(finding.message.contains("takes longer than 10m; nothing is known yet"))
    #expect(finding.remedy.contains("observe_timeout"))
    #expect((400..<600).contains(world.now.timeIntervalSince(TestWorld.night)))
  }

  @Test func `whoever waits for a tenant lets all the others be read first`() async throws {
    let server = server
    server.change { $0.pageSize = 999 }
    let order = Mutex<[String]>([])
    let transport = HTTPTransport(exchange: { request throws(TransportFailure) in
      let name = request.headers.first(name: "Authorization") ?? ""
      order.withLock { $0.append(name) }
      return name.contains("slow")
        ? ListingServer.refusal(429, "TooManyRequests", retryAfter: 60) : server.answer(request)
    })
    let names = ["slow 1", "slow 2", "quick 1", "quick 2", "quick 3"]
    let nights = try await TenantWatch(
      context: world.context,
      directory: GraphClient(transport: transport, tokens: NamedTokens(), context: world.context),
      inventory: inventory, tenants: try names.map { try tenant($0) }, policy: Policy(),
      limits: .of(tenants: 1)
    ).nights(of: [], reads: true, told: [:], at: nil) {
      [DirectoryCaller(Connection(standingFor: $0), secret: nil)]
    }
    #expect(nights.map { $0.change?.applications } == [nil, nil, 40, 40, 40])
    // Only one may be read at a time; the second attempt of the slow ones comes after everybody else.
    let first = order.withLock { $0.prefix(5) }
    #expect(Set(first) == Set(names.map { "Bearer \($0)" }))
  }

  @Test func `a reading that breaks off leaves the picture, and says so`() async throws {
    try await night()
    pass(days: 8)
    for number in 1...40 { server.put(.sample(number, name: "x", ends: [5])) }
    let refusal = ListingServer.refusal(403, "Authorization_RequestDenied")
    server.change { $0.faults = [nil, nil, nil, nil, refusal] }
    let broken = try await night()
    #expect(broken.change == nil)
    let finding = try #require(broken.findings.first)
    #expect(finding.code == .unreadable)
    #expect(finding.severity == .unknown)
    #expect(finding.tenant == "contoso")
    #expect(finding.message.contains("what is known is of 2026-11-22T02:10:00Z"))
    #expect(finding.remedy.contains("Application.Read.All"))
    let known = try await inventory.applications(InventoryFilter())
    #expect(known.count == 40)
    #expect(known.allSatisfy { $0.application.displayName != "x" })
    // What is known is judged all the same.
    #expect(broken.findings.contains { $0.code == .observed })
  }

  @Test func `a tenant that hangs does not keep the others waiting`() async throws {
    let server = server
    let hanging = HTTPTransport(exchange: { request throws(TransportFailure) in
      guard request.headers.first(name: "Authorization")?.contains("slow") == true else {
        return server.answer(request)
      }
      throw TransportFailure(.init(request.url), .timedOut(30))
    })
    let nights = try await TenantWatch(
      context: world.context,
      directory: GraphClient(transport: hanging, tokens: NamedTokens(), context: world.context),
      inventory: inventory, tenants: [try tenant("slow"), try tenant("quick")], policy: Policy()
    ).nights(of: [], reads: true, told: [:], at: nil) {
      [DirectoryCaller(Connection(standingFor: $0), secret: nil)]
    }
    #expect(nights.map(\.tenant) == ["slow", "quick"])
    #expect(nights[0].findings.map(\.code) == [.unreadable])
    #expect(nights[1].change?.applications == 40)
    #expect(world.now.timeIntervalSince(TestWorld.night) < 600)
  }

  @Test func `the closest ends are told one by one, the rest is counted`() async throws {
    for number in 100...400 { server.put(.sample(number, ends: [number / 5])) }
    let first = try await night()
    let own = first.findings.filter { $0.code != .observed }
    #expect(own.count == 10)
    #expect(own.allSatisfy { $0.severity == .warning && $0.application != nil })
    let digest = try #require(first.findings.last)
    #expect(digest.code == .observed)
    #expect(digest.severity == .warning)
    #expect(digest.message.contains("lose their last client secret within 90d ("))
    // Those that were told stay so the next night, and ten others come up.
    pass(days: 1)
    let told = Set(own.compactMap { $0.application.flatMap { GUID($0) } })
    let second = try await night(told: told)
    let keys = Set(second.findings.map(\.key))
    #expect(Set(own.map(\.key)).isSubset(of: keys))
    #expect(second.findings.count { $0.code != .observed } == 20)
  }

  @Test func `an application with a younger secret is no alarm, and a connection has its own`()
    async throws
  {
    let server = ListingServer()
    server.put(.sample(1, ends: [3, 400]))
    server.put(.sample(2, ends: [3]))
    server.put(.sample(3, ends: [-3]))
    server.put(.sample(4))
    var connection = try Connection.entra()
    connection.server = try tenant()
    connection.clientID = ObservedApplication.sample(2).clientID!.description
    let found = try await night(of: [connection], transport: server.transport).findings
    #expect(found.map(\.code) == [.expired, .observed])
    #expect(found[0].application == ObservedApplication.sample(3).clientID?.description)
    #expect(found[0].message.hasPrefix("Application 3 (c11e0000"))
    #expect(found[1].severity == .ok)
  }
}

/// Tokens that name their tenant.
private struct NamedTokens: GraphTokens {
  func token(
    for caller: DirectoryCaller, isFresh: Bool
  ) async throws(DirectoryFailure) -> AccessToken {
    AccessToken(SecretValue(caller.connection.server.name))
  }

  func ownCredential(for caller: DirectoryCaller) async throws(DirectoryFailure) -> OwnCredential? {
    nil
  }
}

extension TenantWatch.Limits {
  /// The usual ones, for so many tenants at a time.
  fileprivate static func of(tenants: Int) -> Self {
    var limits = Self()
    limits.tenants = tenants
    return limits
  }
}
