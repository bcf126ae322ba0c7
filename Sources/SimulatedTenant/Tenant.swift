public import Foundation

/// A Microsoft Entra tenant with its token service, Microsoft Graph and Dataverse, as one value.
///
/// It opens no socket and reads no clock: its owner moves ``now``, and everything that chance
/// decides follows from the seed, so that the same requests at the same moments get the same
/// answers, to the byte. A copy is a tenant of its own.
public struct Tenant: Sendable {
  /// The directory id.
  public let id: String
  /// The verified domain, which addresses the tenant as well as its id does.
  public let domain: String
  /// The name of the organization.
  public let displayName: String
  /// The tenant's clock.
  public var now: Date
  /// What goes wrong.
  public var faults = Faults()
  /// How changes spread.
  public var replication: Replication
  /// Where the services are found.
  public var endpoints: Endpoints
  /// The Dataverse environments; the first answers where a request has no environment's host.
  public var environments: [DataverseEnvironment] = []
  /// From when on a registered application is bound by the tenant's default policy.
  public var policyStart = Date(timeIntervalSince1970: 1_571_481_420)  // 2019-10-19T10:37:00Z
  /// Ids of other tenants that exist in the same cloud, where multi-tenant applications sign in.
  public var otherTenants: Set<String> = []
  /// The managed identities of the machine that asks.
  public var managedIdentities: [ManagedIdentity] = []
  /// What App Service puts into `IDENTITY_HEADER`.
  public var identityHeader = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a"
  /// The statuses that the machine's service answers with before it works again.
  public var machineStatuses: [Int] = []
  /// Whether the token service knows RSASSA-PSS; it has done so since 2024.
  public var acceptsPS256 = true
  /// Every device code of the last hour, the oldest first.
  public internal(set) var deviceAuthorizations: [DeviceAuthorization] = []
  /// The addresses that have a mailbox, in lower case, beside all of the tenant's own domain.
  public var mailboxes: Set<String> = []
  /// The mails that Graph has taken, the oldest first; of very many the newest.
  public internal(set) var mails: [SentMail] = []
  /// Every application, in the order of registration.
  public internal(set) var applications: [RegisteredApplication] = []

  /// The service principals of other tenants' applications and of machines.
  public internal(set) var foreignPrincipals: [ServicePrincipal] = []

  /// The applications that exist by their number alone.
  public internal(set) var population: ApplicationPopulation?

  /// Counts every change of an application.
  var revision = 0
  /// The positions of those of the population that have a record of their own.
  var touchedNumbers: [Int: Int] = [:]
  /// The resource units of each client, by its client id.
  var resourceBudgets: [String: RequestBudget] = [:]
  /// The requests for certificates.
  var keyBudget = RequestBudget()
  var random: SplitMix64
  var tokens: [String: AccessToken] = [:]
  var signInsByKeyID: [String: [RecordedSignIn]] = [:]
  /// The ids of client assertions, each with the moment from which it may be forgotten.
  var usedAssertions: [String: Date] = [:]
  private var positionsByAppID: [String: Int] = [:]
  private var positionsByObjectID: [String: Int] = [:]

  /// Creates a tenant without applications and without environments.
  ///
  /// - Parameters:
  ///   - seed: Decides ids, secrets and everything else that is left to chance.
  ///   - id: The directory id; `nil` makes one from the seed.
  ///   - domain: The verified domain.
  ///   - displayName: The name of the organization.
  ///   - now: The first time on the tenant's clock.
  ///   - replication: How changes spread.
  ///   - endpoints: Where the services are found.
  public init(
    seed: UInt64, id: String? = nil, domain: String = "contoso.onmicrosoft.com",
    displayName: String = "Contoso", now: Date, replication: Replication = .mild,
    endpoints: Endpoints = .microsoft
  ) {
    var random = SplitMix64(seed: seed)
    let generated = random.guid()
    self.id = id?.lowercased() ?? generated
    self.domain = domain.lowercased()
    self.displayName = displayName
    self.now = now
    self.replication = replication
    self.endpoints = endpoints
    self.random = random
  }

  /// Answers a request at the present moment of the tenant's clock.
  public mutating func respond(to request: TenantRequest) -> TenantResponse {
    var response =
      switch service(for: request) {
      case .login: respondAsLogin(to: request)
      case .graph: respondAsGraph(to: request)
      case .dataverse: respondAsDataverse(to: request)
      case .resourceManager: respondAsResourceManager(to: request)
      case .machine: respondAsMachine(to: request)
      }
    response.headers["Date"] = WireTime.http(now)
    return response
  }

  /// The application with a client id.
  public func application(appID: String) -> RegisteredApplication? {
    if let position = position(appID: appID) { return applications[position] }
    guard let population, let number = untouchedNumber(appID: appID) else { return nil }
    return population[number].registered
  }

  /// Whether a value is a secret of the application that exists and is valid now, replicas aside.
  public func isValid(_ value: String, appID: String) -> Bool {
    application(appID: appID)?.history.contains { $0.value == value && $0.isValid(at: now) }
      ?? false
  }

  /// Whether every replica of the token service accepts a value now.
  public func isAcceptedEverywhere(_ value: String, appID: String) -> Bool {
    guard let application = application(appID: appID) else { return false }
    return (0..<replication.tokenReplicas).allSatisfy { replica in
      application.history.contains {
        $0.value == value && $0.startsAt <= now && now < $0.expiresAt
          && $0.isKnown(toTokenReplica: replica, at: now)
      }
    }
  }

  /// The position of an application with a record of its own that is not deleted.
  func position(appID: String) -> Int? { living(positionsByAppID[appID.lowercased()]) }

  func position(objectID: String) -> Int? { living(positionsByObjectID[objectID.lowercased()]) }

  /// The position of an application that was deleted and can be restored.
  func deletedPosition(appID: String) -> Int? {
    positionsByAppID[appID.lowercased()].flatMap {
      applications[$0].deletedAt != nil && !applications[$0].isPurged ? $0 : nil
    }
  }

  mutating func insert(_ application: RegisteredApplication) {
    positionsByAppID[application.appID] = applications.count
    positionsByObjectID[application.objectID] = applications.count
    applications.append(application)
  }

  /// Notes that an application is not what it was, for whoever asks for changes.
  mutating func recordChange(at position: Int, ofCredentials isCredentials: Bool = false) {
    revision += 1
    applications[position].revision = revision
    if !isCredentials {
      applications[position].propertyRevision = revision
      applications[position].principalRevision = revision
    }
  }

  private func living(_ position: Int?) -> Int? {
    position.flatMap { applications[$0].deletedAt == nil ? $0 : nil }
  }

  /// The service that the host names, or the path where the host names none or several.
  private func service(for request: TenantRequest) -> Service {
    let byPath = Service(path: request.segments)
    guard let host = request.host.map(Endpoints.hostName) else { return byPath }
    let named = Service.allCases.filter { service in
      baseURLs(of: service).contains { Endpoints.hostName($0) == host }
    }
    return named.count == 1 ? named[0] : byPath
  }

  private func baseURLs(of service: Service) -> [String] {
    switch service {
    case .login: endpoints.login
    case .graph: endpoints.graph
    case .dataverse: environments.flatMap(\.urls)
    case .resourceManager: endpoints.resourceManager
    case .machine: []
    }
  }
}
