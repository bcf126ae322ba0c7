import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters
@testable import Keyturn

/// Nights that look at certificates and service principals as well.
@Suite struct WiderObservationTests {
  private let store: StoreFolder
  private let inventory: SQLiteInventory
  private let scene: GraphScene
  private static let day: TimeInterval = 86_400

  init() throws {
    store = try StoreFolder()
    inventory = SQLiteInventory(try store.create())
    scene = try GraphScene()
  }

  private func certificate(_ name: String, ends days: Double) -> RegisteredCertificate {
    RegisteredCertificate(
      keyID: UUID().uuidString, displayName: "CN=\(name)", encoded: Data(name.utf8),
      publicKey: "", startsAt: scene.world.now - 300 * Self.day,
      expiresAt: scene.world.now + days * Self.day)
  }

  private func secret(ends days: Double) -> ApplicationRegistration.Secret {
    .init(
      displayName: "key", startsAt: scene.world.now - 300 * Self.day,
      expiresAt: scene.world.now + days * Self.day)
  }

  @discardableResult
  private func register(
    _ name: String, secrets: [Double] = [], certificates: [Double] = []
  ) throws -> RegisteredApplication {
    let list = certificates.map { certificate(name, ends: $0) }
    let registration = ApplicationRegistration(
      displayName: name, secrets: secrets.map { secret(ends: $0) })
    return try scene.tenant.withTenant { tenant in
      let application = tenant.register(registration)
      try tenant.changeApplication(appID: application.appID) { $0.certificates = list }
      return application
    }
  }

  @discardableResult
  private func registerPrincipal(
    _ name: String, kind: ServicePrincipal.Kind = .application, secrets: [Double] = [],
    certificates: [Double] = [], signing: [Double] = []
  ) -> ServicePrincipal {
    var credentials = PrincipalCredentials()
    credentials.secrets = secrets.map { secret(ends: $0) }
    credentials.certificates = certificates.map { certificate(name, ends: $0) }
    credentials.signingCertificates = signing.map { certificate(name, ends: $0) }
    return scene.tenant.withTenant { [credentials] in
      $0.registerPrincipal(name, kind: kind, credentials: credentials)
    }
  }

  private func night(
    _ includes: Set<GraphAccess.Inclusion> = [.certificates, .servicePrincipals],
    smallTenant: Int = 999
  ) async throws -> TenantWatch.Night {
    var connection = scene.connection
    connection.server.name = "contoso"
    connection.server.graph = GraphAccess(
      signIn: .connection, observesAll: true, includes: includes)
    var limits = TenantWatch.Limits()
    limits.smallTenant = smallTenant
    let watch = TenantWatch(
      context: scene.world.context, directory: scene.client, inventory: inventory,
      tenants: [connection.server], policy: Policy(), limits: limits)
    let caller = DirectoryCaller(connection, secret: SecretValue(scene.secret.value))
    let nights = try await watch.nights(of: [connection], reads: true, told: [:], at: nil) { _ in
      [caller]
    }
    return try #require(nights.first)
  }

  private func listed(_ kind: ObservedKind) async throws -> [ObservedApplication] {
    var filter = InventoryFilter()
    filter.kind = kind
    return try await inventory.applications(filter).map(\.application)
  }

  private func names(_ kind: ObservedKind) async throws -> Set<String> {
    Set(try await listed(kind).compactMap(\.displayName))
  }

  private func paths(since count: Int) -> [String] {
    scene.tenant.requests.dropFirst(count).map(\.path).filter { $0.hasPrefix("/v1.0/") }
  }

  @Test func `each kind of credential is judged for itself`() async throws {
    let both = try register("Both", secrets: [5], certificates: [200])
    let certificate = try register("Certificate", secrets: [300], certificates: [6])
    try register("Renewed", certificates: [3, 300])
    try register("Ended", certificates: [-4])
    let found = try await night([.certificates]).findings
    func finding(_ name: String) throws -> Finding {
      try #require(found.first { $0.message.hasPrefix("\(name) (") })
    }
    #expect(try finding("Both").code == .expiring)
    #expect(try finding("Both").application == both.appID)
    #expect(try finding("Both").message.hasSuffix("; it has a living certificate as well"))
    let ending = try finding("Certificate")
    #expect(ending.code == .certificateExpiring && ending.severity == .warning)
    #expect(
      ending.message.contains("in contoso has no younger certificate than the one that expires"))
    #expect(ending.message.hasSuffix("; it has a living client secret as well"))
    #expect(ending.remedy.hasPrefix("keyturn does not rotate certificates"))
    #expect(ending.application == certificate.appID)
    #expect(try finding("Ended").code == .certificateExpired)
    #expect(!found.contains { $0.message.hasPrefix("Renewed (") })
    #expect(found.count == 4)
    #expect(
      found.last?.message
        == "contoso: of 5 applications 2 lose their last client secret within 90d, 1 lose their last"
        + " certificate within 90d, 1 have none that lives")
    #expect(found.last?.severity == .ok)
    // Two findings about one application are two.
    var other = ending
    other.code = .expiring
    #expect(other.key != ending.key)
    var later = ending
    later.code = .certificateExpired
    #expect(later.key == ending.key)
  }

  @Test func `service principals are told of by what somebody has to renew`() async throws {
    let saml = registerPrincipal("SAML app", signing: [9])
    let secret = registerPrincipal("Foreign app", secrets: [8])
    registerPrincipal("A machine", kind: .managedIdentity, certificates: [7])
    registerPrincipal("Bare")
    let night = try await night()
    // The connection's own service principal is bare, too.
    #expect(try await names(.servicePrincipal) == ["SAML app", "Foreign app"])
    #expect(night.principalChange?.applications == 2)
    #expect(night.change?.applications == 1)
    let told = night.findings.filter { $0.code != .observed }
    #expect(told.map(\.code) == [.expiring, .certificateExpiring])
    #expect(told.map(\.application) == [secret.objectID, saml.objectID])
    #expect(told[0].message.hasPrefix("the service principal Foreign app (\(secret.appID)) in "))
    #expect(told[0].remedy.contains("az ad sp credential reset --id \(secret.objectID)"))
    #expect(told[1].remedy.contains("Single sign-on"))
    #expect(
      night.findings.last?.message.hasSuffix(
        "; of 2 service principals with credentials of their own 1 lose their last client secret"
          + " within 90d, 1 lose their last certificate within 90d") == true)
    let found = try #require(
      try await listed(.servicePrincipal).first { $0.displayName == "SAML app" })
    #expect(found.secrets == [] && found.certificates?.count == 1)
  }

  @Test func `without the options nothing else is asked, and nothing else is told`() async throws {
    try register("Certificate", certificates: [6])
    registerPrincipal("Foreign app", secrets: [8])
    let night = try await night([], smallTenant: 0)
    #expect(night.findings.map(\.code) == [.observed])
    #expect(night.principalChange == nil)
    let queries = scene.tenant.requests.filter { $0.path.hasPrefix("/v1.0/") }
    #expect(queries.map(\.path) == ["/v1.0/applications"])
    #expect(
      queries.last?.query == "$select=id,appId,displayName,passwordCredentials&$top=999")
    #expect(try await listed(.application).allSatisfy { $0.certificates == nil })
  }

  @Test func `service principals that may not be read leave the applications up to date`()
    async throws
  {
    registerPrincipal("Foreign app", secrets: [8])
    _ = try await night()
    scene.world.pass(Self.day)
    try register("Brand new", secrets: [500])
    scene.set(\.principalsForbidden, true)
    let night = try await night()
    #expect(night.change?.written == 1)
    #expect(try await names(.application).contains("Brand new"))
    let finding = try #require(night.findings.first)
    #expect(finding.code == .unreadable && finding.severity == .unknown)
    #expect(finding.message.hasPrefix("contoso: not all service principals could be read: "))
    #expect(finding.message.contains("what is known is of 2026-11-22T02:10:00Z"))
    #expect(finding.remedy.contains("Application.Read.All"))
    // What was known is still judged.
    #expect(night.findings.contains { $0.message.contains("Foreign app") })
    scene.set(\.graphThrottle, Faults.Throttle(count: 10_000, retryAfter: 200))
    let throttled = try await self.night().findings.filter { $0.code == .unreadable }
    #expect(throttled.count == 1)
    #expect(
      throttled[0].message.hasPrefix(
        "contoso: not all applications and service principals could be read"))
  }

  @Test func `the next night asks for the changes of both kinds`() async throws {
    let gone = registerPrincipal("Gone", secrets: [100])
    let emptied = registerPrincipal("Emptied", secrets: [100])
    let renewed = registerPrincipal("Renewed", certificates: [20])
    let application = try register("Application", certificates: [30])
    // What is read as one page has its mark from the second night on.
    _ = try await night(smallTenant: 0)
    _ = try await night(smallTenant: 0)
    scene.world.pass(Self.day)
    let before = scene.tenant.requests.count
    let fresh = certificate("fresh", ends: 400)
    try scene.tenant.withTenant { tenant in
      try tenant.changePrincipal(objectID: gone.objectID, by: nil)
      try tenant.changePrincipal(objectID: emptied.objectID) { $0.credentials = .init() }
      try tenant.changePrincipal(objectID: renewed.objectID) {
        $0.credentials.certificates.append(fresh)
      }
      try tenant.changeApplication(appID: application.appID) { $0.certificates.append(fresh) }
    }
    registerPrincipal("Added", secrets: [50])
    let night = try await night(smallTenant: 0)
    #expect(night.change?.written == 1)
    #expect(night.principalChange == InventoryChange(applications: 2, written: 2, removed: 2))
    #expect(try await names(.servicePrincipal) == ["Renewed", "Added"])
    #expect(
      try await listed(.application).first { $0.displayName == "Application" }?.certificates?.count
        == 2)
    let asked = paths(since: before)
    #expect(asked.contains("/v1.0/servicePrincipals/delta"))
    #expect(!asked.contains("/v1.0/servicePrincipals") && !asked.contains("/v1.0/applications"))
  }

  @Test func `a certificate of whose change nobody tells is found by the sample`() async throws {
    let application = try register("Application", certificates: [3])
    _ = try await night([.certificates], smallTenant: 0)
    _ = try await night([.certificates], smallTenant: 0)
    scene.world.pass(Self.day)
    let fresh = certificate("fresh", ends: 400)
    scene.set(\.deltaOmitsCredentials, true)
    scene.tenant.withTenant { tenant in
      tenant.renewCertificates(of: application.appID, with: [fresh])
    }
    let before = scene.tenant.requests.count
    let night = try await night([.certificates], smallTenant: 0)
    #expect(paths(since: before).contains("/v1.0/applications"))
    #expect(night.change?.written == 1)
  }

  @Test func `an option that is switched on or off leads to a whole reading`() async throws {
    try register("Application", secrets: [500], certificates: [3])
    registerPrincipal("Foreign app", secrets: [8])
    _ = try await night([], smallTenant: 0)
    _ = try await night([], smallTenant: 0)
    #expect(try await listed(.servicePrincipal).isEmpty)
    scene.world.pass(Self.day)
    let wide = try await night(smallTenant: 0)
    // Of those without certificates nothing is written again.
    #expect(wide.change?.written == 1)
    #expect(wide.findings.contains { $0.code == .certificateExpiring })
    scene.world.pass(Self.day)
    let narrow = try await night([], smallTenant: 0)
    #expect(narrow.change?.written == 1)
    #expect(narrow.findings.map(\.code) == [.expiring, .observed].suffix(1))
    #expect(try await listed(.servicePrincipal).isEmpty)
    #expect(try await inventory.state(of: "contoso", .servicePrincipal) == nil)
  }

  @Test func `what is small is read as a whole, and what is listed counts, not what is kept`()
    async throws
  {
    let now = scene.world.now
    scene.tenant.withTenant { tenant in
      tenant.populate(ApplicationPopulation(count: 1_000, seed: 5, now: now))
    }
    _ = try await night(smallTenant: 1_100)
    #expect(try await inventory.state(of: "contoso", .servicePrincipal)?.listed == 1_251)
    scene.world.pass(Self.day)
    let before = scene.tenant.requests.count
    _ = try await night(smallTenant: 1_100)
    let asked = paths(since: before)
    #expect(asked.count { $0 == "/v1.0/applications" } == 2)
    #expect(asked.count { $0 == "/v1.0/servicePrincipals/delta" } == 1)
    #expect(!asked.contains("/v1.0/applications/delta"))
    #expect(!asked.contains("/v1.0/servicePrincipals"))
  }

  @Test func `a large tenant by its seed`() async throws {
    let now = scene.world.now
    scene.tenant.withTenant { tenant in
      tenant.populate(ApplicationPopulation(count: 1_200, seed: 5, now: now))
    }
    let first = try await night(smallTenant: 0)
    #expect(first.change?.applications == 1_201)
    let principals = try #require(first.principalChange?.applications)
    #expect((20...200).contains(principals))
    #expect(try await listed(.application).contains { $0.certificates?.isEmpty == false })
    scene.world.pass(Self.day)
    let second = try await night(smallTenant: 0)
    #expect(second.change?.written == 0 && second.principalChange?.written == 0)
    scene.world.pass(7 * Self.day)
    // What comes twice, and what has to be asked for again, is there once.
    for fault in [
      Faults.PageAnswer(kind: .duplicates, page: 1),
      Faults.PageAnswer(kind: .throttled, page: 2, count: 2, retryAfter: 30),
      Faults.PageAnswer(kind: .cutShort, page: 1, count: 1),
    ] {
      scene.world.pass(7 * Self.day)
      scene.set(\.pageAnswer, fault)
      let whole = try await night(smallTenant: 0)
      #expect(whole.findings.allSatisfy { $0.code != .unreadable })
      #expect(whole.change == InventoryChange(applications: 1_201, written: 0, removed: 0))
      #expect(
        whole.principalChange
          == InventoryChange(applications: principals, written: 0, removed: 0))
      #expect(fault.count == nil || scene.tenant.withTenant { $0.faults.pageAnswer } == nil)
    }
  }
}
