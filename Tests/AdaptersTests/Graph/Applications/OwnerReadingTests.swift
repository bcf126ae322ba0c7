import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters
@testable import Keyturn

/// Owners from a simulated tenant into a real database.
@Suite struct OwnerReadingTests {
  private let store: StoreFolder
  private let inventory: SQLiteInventory
  private let scene: GraphScene
  private static let day: TimeInterval = 86_400

  init() throws {
    store = try StoreFolder()
    inventory = SQLiteInventory(try store.create())
    scene = try GraphScene {
      $0.appRoles = ["Application.Read.All", "User.ReadBasic.All", "AuditLog.Read.All"]
    }
  }

  private func person(_ name: String, mail: String? = nil) -> DirectoryUser {
    DirectoryUser(
      objectID: UUID().uuidString, displayName: name,
      principalName: mail ?? "\(name.lowercased())@contoso.com")
  }

  @discardableResult
  private func register(
    _ name: String, endsIn days: Double, owners: [DirectoryUser]
  ) -> RegisteredApplication {
    var registration = ApplicationRegistration(
      displayName: name,
      secrets: [
        .init(
          displayName: "key", startsAt: scene.world.now - 300 * Self.day,
          expiresAt: scene.world.now + days * Self.day)
      ])
    registration.userOwners = owners
    return scene.tenant.withTenant { [registration] in $0.register(registration) }
  }

  private func night(
    _ includes: Set<GraphAccess.Inclusion> = [], namesOwners: Bool = true,
    limits: TenantWatch.Limits = .init()
  ) async throws -> TenantWatch.Night {
    var connection = scene.connection
    connection.server.name = "contoso"
    connection.server.graph = GraphAccess(
      signIn: .connection, observesAll: true, includes: includes)
    let context = scene.world.context
    let watch = TenantWatch(
      context: context, directory: scene.client, inventory: inventory,
      owners: OwnerReading(context: context, directory: scene.client, cache: inventory),
      signIns: SignInReading(context: context, directory: scene.client, cache: inventory),
      tenants: [connection.server], policy: Policy(), limits: limits)
    let caller = DirectoryCaller(connection, secret: SecretValue(scene.secret.value))
    let nights = try await watch.nights(
      of: [connection], reads: true, told: [:], namesOwners: namesOwners, at: nil
    ) { _ in [caller] }
    return try #require(nights.first)
  }

  private func finding(_ name: String, in night: TenantWatch.Night) throws -> Finding {
    try #require(night.findings.first { $0.message.hasPrefix("\(name) (") })
  }

  private var batches: Int { scene.count(of: "$batch") }

  @Test func `findings name the owners, twenty applications in one request`() async throws {
    for number in 1...9 { register("App \(number)", endsIn: 300 + Double(number), owners: []) }
    register("CRM", endsIn: 5, owners: [person("Zoe"), person("Ann"), person("Ann")])
    register("Portal", endsIn: 6, owners: [])
    let found = try await night()
    #expect(try finding("CRM", in: found).owners == ["ann@contoso.com", "zoe@contoso.com"])
    #expect(try finding("Portal", in: found).owners == [])
    #expect(found.findings.map(\.code) == [.expiring, .expiring, .observed])
    #expect(batches == 1)
    // Nobody's owners are read again for a week.
    scene.world.pass(6 * Self.day)
    _ = try await night()
    #expect(batches == 1)
    scene.world.pass(Self.day)
    _ = try await night()
    #expect(batches == 2)
    let known = try await inventory.applications(InventoryFilter()).compactMap(\.owners)
    #expect(known.count == 2)
  }

  @Test func `owners are not read where nobody writes to them`() async throws {
    register("CRM", endsIn: 5, owners: [person("Ann")])
    let found = try await night(namesOwners: false)
    #expect(try finding("CRM", in: found).owners == [])
    #expect(batches == 0)
  }

  @Test func `an address that would do harm in a mail is none`() async throws {
    let hostile = [
      "x@contoso.com\r\nBcc: eve@example.com", "-f@contoso.com", "a b@c.d", "\"x\"@c.d",
    ]
    register(
      "CRM", endsIn: 5, owners: hostile.map { person("X", mail: $0) } + [person("Ann")])
    #expect(try finding("CRM", in: try await night()).owners == ["ann@contoso.com"])
  }

  @Test func `what may not be read is a warning, and the night is as good as ever`() async throws {
    register("CRM", endsIn: 5, owners: [person("Ann")])
    scene.set(\.ownersForbidden, true)
    let found = try await night()
    let trouble = try #require(found.findings.first)
    #expect(trouble.code == .unreadable && trouble.severity == .warning)
    #expect(trouble.message.hasPrefix("contoso: the owners of applications could not be read: "))
    #expect(trouble.message.contains("403 Authorization_RequestDenied"))
    #expect(trouble.remedy.contains("Application.Read.All"))
    #expect(try finding("CRM", in: found).owners == [])
    #expect(found.change?.applications == 2)
    // It is over as soon as it is permitted.
    scene.set(\.ownersForbidden, false)
    let next = try await night()
    #expect(next.findings.map(\.code) == [.expiring, .observed])
    #expect(try finding("CRM", in: next).owners == ["ann@contoso.com"])
  }

  @Test func `owners whose names are withheld are owners, and the permission is named`()
    async throws
  {
    let application = register("CRM", endsIn: 5, owners: [person("Ann")])
    try scene.tenant.withTenant { tenant in
      try tenant.changeApplication(appID: Connection.entraClient) {
        $0.appRoles = ["Application.Read.All"]
      }
    }
    let found = try await night()
    let trouble = try #require(found.findings.first)
    #expect(trouble.message.hasPrefix("contoso: the addresses of owners could not be read"))
    #expect(trouble.remedy.contains("User.ReadBasic.All"))
    #expect(try finding("CRM", in: found).owners == [])
    let id = try #require(GUID(application.objectID))
    let known = try #require(try await inventory.owners(of: "contoso", [id])[id])
    #expect(known.owners.map(\.isWithheld) == [true])
    #expect(known.owners.map(\.kind) == [.user])
  }

  @Test func `throttling is waited for, and no longer than a minute`() async throws {
    register("CRM", endsIn: 5, owners: [person("Ann")])
    try await prepare()
    scene.set(\.graphThrottle, Faults.Throttle(count: 1, retryAfter: 7))
    let before = scene.world.now
    let outcome = try await read()
    #expect(outcome.read == 2 && outcome.failure == nil)
    #expect((7...9).contains(scene.world.now.timeIntervalSince(before)))
    scene.set(\.graphThrottle, Faults.Throttle(count: 1_000, retryAfter: 25))
    let start = scene.world.now
    let given = try await read()
    #expect(given.read == 0 && given.unread == 2)
    #expect(given.failure?.verdict == .later(retryAfter: 25))
    #expect(scene.world.now.timeIntervalSince(start) < 60)
  }

  /// The picture, without owners.
  private func prepare() async throws { _ = try await night(namesOwners: false) }

  private func read(
    _ more: [GUID] = [], progress: @escaping @Sendable (ListingProgress) -> Void = { _ in }
  ) async throws -> OwnerReading.Outcome {
    let context = scene.world.context
    let ids = try await inventory.applications(InventoryFilter()).map(\.application.objectID)
    return try await OwnerReading(context: context, directory: scene.client, cache: inventory).read(
      ids + more, of: "contoso", [scene.caller], until: context.now() + 60, progress: progress)
  }

  @Test func `an application that is gone is no trouble`() async throws {
    register("CRM", endsIn: 5, owners: [person("Ann")])
    try await prepare()
    let outcome = try await read([GUID(high: 7, low: 7)])
    #expect(outcome.read == 3 && outcome.unread == 0 && outcome.failure == nil)
  }

  @Test func `many applications are many batches, and all are answered`() async throws {
    scene.tenant.withTenant { tenant in
      tenant.populate(ApplicationPopulation(count: 130, seed: 3, now: tenant.now))
    }
    try await prepare()
    let outcome = try await read()
    #expect(outcome.read == 131 && batches == 7)
    var filter = InventoryFilter()
    filter.isUnowned = true
    let unowned = try await inventory.applications(filter)
    // One of four has no owner, and so has the connection's own, but for itself.
    #expect((15...60).contains(unowned.count))
    filter = InventoryFilter()
    filter.ownersUnreadSince = Date(timeIntervalSince1970: 0)
    #expect(try await inventory.count(filter) == 0)
  }

  @Test func `a caller who is refused gives way to the next`() async throws {
    register("CRM", endsIn: 5, owners: [person("Ann")])
    try await prepare()
    let context = scene.world.context
    let ids = try await inventory.applications(InventoryFilter()).map(\.application.objectID)
    let stranger = DirectoryCaller(scene.connection, secret: SecretValue("wrong"))
    let reading = OwnerReading(context: context, directory: scene.client, cache: inventory)
    let outcome = try await reading.read(
      ids, of: "contoso", [stranger, scene.caller], until: context.now() + 60)
    #expect(outcome.read == 2 && outcome.failure == nil)
    let nobody = try await reading.read(ids, of: "contoso", [], until: context.now() + 60)
    #expect(nobody.unread == 2 && nobody.failure?.verdict == .notSignedIn)
  }

  @Test(arguments: [
    #"{"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/x"}"#,
    ##"{"value":[{"@odata.type":"#microsoft.graph.user","id":null}]}"##, #"{"value":null}"#, "null",
  ])
  func `an answer that names nobody is no proof that nobody owns it`(body: String) async throws {
    let transport = HTTPTransport(exchange: { _ in
      .json(#"{"responses":[{"id":"0","status":200,"headers":null,"body":\#(body)},{"id":"9"},7]}"#)
    })
    let client = GraphClient(
      transport: transport, tokens: FixedTokens(), context: scene.world.context)
    let answers = try await client.owners(of: [GUID(high: 1, low: 1)], scene.caller)
    #expect(answers.owners.isEmpty && answers.gone.isEmpty)
    #expect(answers.failure?.verdict == .later(retryAfter: nil))
  }

  // MARK: Sign-ins

  @Test func `sign-ins are read once a night, and say who is not missed`() async throws {
    let idle = register("Idle", endsIn: 5, owners: [])
    let busy = register("Busy", endsIn: 6, owners: [])
    register("Never", endsIn: 7, owners: [])
    let now = scene.world.now
    try scene.tenant.withTenant { tenant in
      try tenant.changeApplication(appID: idle.appID) { $0.lastSignInAt = now - 200 * Self.day }
      try tenant.changeApplication(appID: busy.appID) { $0.lastSignInAt = now - 20 * Self.day }
    }
    let found = try await night([.signIns])
    #expect(
      try finding("Idle", in: found).message
        .hasSuffix("; no sign-in for 200 days: perhaps nobody needs it"))
    #expect(try finding("Busy", in: found).message.hasSuffix("on 2026-11-28"))
    #expect(
      try finding("Never", in: found).message
        .hasSuffix("; no sign-in is known of it: perhaps nobody needs it"))
    #expect(scene.count(of: "servicePrincipalSignInActivities") == 1)
    scene.world.pass(3_600)
    _ = try await night([.signIns])
    #expect(scene.count(of: "servicePrincipalSignInActivities") == 1)
    scene.world.pass(Self.day)
    _ = try await night([.signIns])
    #expect(scene.count(of: "servicePrincipalSignInActivities") == 2)
    // What is old says nothing any more.
    scene.world.pass(9 * Self.day)
    let later = try await night([])
    #expect(!(try finding("Idle", in: later).message.contains("sign-in")))
    #expect(scene.count(of: "servicePrincipalSignInActivities") == 2)
  }

  @Test(
    arguments: [
      (\Faults.reportsUnlicensed, "the tenant's licence does not include the sign-in reports"),
      (\Faults.signInReportMissing, "the tenant gives no report of sign-ins"),
    ] as [(WritableKeyPath<Faults, Bool> & Sendable, String)])
  func `a tenant without the report says so, and the night is as good as ever`(
    fault: WritableKeyPath<Faults, Bool> & Sendable, words: String
  ) async throws {
    register("CRM", endsIn: 5, owners: [])
    scene.set(fault, true)
    let found = try await night([.signIns])
    let trouble = try #require(found.findings.first)
    #expect(trouble.code == .unreadable && trouble.severity == .warning)
    #expect(trouble.message.contains("the last sign-ins could not be read: "))
    #expect(trouble.message.contains(words), "\(trouble.message)")
    #expect(!trouble.remedy.contains("grace"))
    #expect(found.change?.applications == 2)
  }

  @Test func `a report of any length comes page by page, through its faults`() async throws {
    scene.tenant.withTenant { tenant in
      tenant.populate(ApplicationPopulation(count: 3_000, seed: 3, now: tenant.now))
    }
    try await prepare()
    scene.set(\.pageAnswer, Faults.PageAnswer(kind: .cutShort, page: 2, count: 1))
    _ = try await night([.signIns])
    let entries = try await inventory.applications(InventoryFilter())
    #expect(entries.allSatisfy { $0.lastUse != nil })
    let used = entries.count { $0.lastUse?.at != nil }
    // One of four never signs in.
    #expect((2_100...2_400).contains(used))
    var filter = InventoryFilter()
    filter.unusedSince = scene.world.now - 180 * Self.day
    let unused = try await inventory.count(filter)
    #expect((700...1_600).contains(unused))
  }

  @Test(
    arguments: [
      (#"{"appId":"x","lastSignInActivity":{"lastSignInDateTime":"2026-01-01T00:00:00Z"}}"#, nil),
      (#"{"appId":"\#(Self.id)","lastSignInActivity":null}"#, nil),
      (
        #"{"appId":"\#(Self.id)","lastSignInActivity":{"lastSignInDateTime":"0001-01-01T00:00:00Z"}}"#,
        nil
      ),
      (
        #"{"lastSignInActivity":{"lastSignInDateTime":"1970-01-02T00:00:00Z","x":[1]},"appId":"\#(Self.id)"}"#,
        86_400
      ),
      (
        #"{"appId":"\#(Self.id)","a":{"lastSignInDateTime":"1970-01-02T00:00:00Z"},"b":{"lastSignInDateTime":"1970-01-03T08:00:00+8:00"}}"#,
        172_800
      ),
    ] as [(String, Double?)])
  func `a row says when the application was used last`(row: String, seconds: Double?) throws {
    let found = try Array(row.utf8).withUnsafeBufferPointer { try ApplicationSignIn($0) }
    #expect(found?.at.timeIntervalSince1970 == seconds)
  }

  @Test func `a row that can't be dated is no proof that nobody signs in`() {
    let row = #"{"appId":"\#(Self.id)","a":{"lastSignInDateTime":"yesterday"}}"#
    #expect(throws: JSONReader.Malformed.self) {
      try Array(row.utf8).withUnsafeBufferPointer { try ApplicationSignIn($0) }
    }
  }

  private static let id = "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b"
}
