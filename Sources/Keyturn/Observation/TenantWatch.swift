import Foundation

/// Watches every application of the tenants that say so: each at its own pace, and with its own failure.
public struct TenantWatch: Sendable {
  /// What bounds a reading.
  public struct Limits: Sendable {
    /// Up to so many applications a tenant is read as a whole each night: they are one page.
    public var smallTenant = 999
    /// How many applications are looked at directly after a reading of changes.
    public var sample = 20
    /// How many of them at the same time.
    public var sampleWidth = 4
    /// How many tenants are in hand at the same time, those aside that are waited for.
    public var tenants = 48
    /// How many requests for pages are under way at the same time.
    public var requests = 16
    /// Of how many applications of a tenant the owners are read in a night.
    public var owners = 40
    /// How long that may take.
    public var ownerPatience = CalendarPeriod(seconds: 60)

    /// The limits of a nightly check.
    public init() {}
  }

  let context: Context
  private let directory: any TenantDirectory
  let inventory: any ApplicationInventory
  /// What reads the owners of applications of which people are told; nil where nobody writes to them.
  let owners: OwnerReading?
  /// What reads when applications were used last; nil where nothing does.
  let signIns: SignInReading?
  /// The tenants, in the order of the configuration.
  public private(set) var tenants: [AuthorizationServer]
  let policy: Policy
  let limits: Limits
  private var progress: @Sendable (TenantProgress) -> Void

  /// A watch over these tenants; `policy` says when an end is worth a word.
  public init(
    context: Context, directory: any TenantDirectory, inventory: any ApplicationInventory,
    owners: OwnerReading? = nil, signIns: SignInReading? = nil,
    tenants: [AuthorizationServer], policy: Policy, limits: Limits = Limits(),
    progress: @escaping @Sendable (TenantProgress) -> Void = { _ in }
  ) {
    self.context = context
    self.directory = directory
    self.inventory = inventory
    self.owners = owners
    self.signIns = signIns
    self.tenants = tenants
    self.policy = policy
    self.limits = limits
    self.progress = progress
  }

  /// The same watch, telling where its readings stand.
  public func following(
    _ progress: @escaping @Sendable (TenantProgress) -> Void
  ) -> TenantWatch {
    var watch = self
    watch.progress = progress
    return watch
  }

  /// What one tenant's night brought.
  public struct Night: Sendable, Equatable {
    public var tenant: String
    /// What the reading changed; nil where there was none, or it broke off.
    public var change: InventoryChange?
    /// The same of service principals, where they are observed.
    public var principalChange: InventoryChange?
    public var findings: [Finding]
  }

  /// Reads the tenants of these names now, and judges them.
  public func refresh(
    _ names: Set<String>, of connections: [Connection],
    callers: @escaping @Sendable (AuthorizationServer) async -> [DirectoryCaller]
  ) async throws -> [Night] {
    var watch = self
    watch.tenants = tenants.filter { names.contains($0.name) }
    return try await watch.nights(
      of: connections, reads: true, told: [:], at: nil, callers: callers)
  }

  /// Reads every tenant, unless only the pictures that there are shall be judged, and judges them.
  ///
  /// `told` has the client ids of which people were told, by tenant: while they are due they stay so.
  /// With `namesOwners` the findings name the owners of their applications, where they are known or may
  /// be read. A tenant is read on behalf of the first of its `callers` that is let in.
  func nights(
    of connections: [Connection], reads: Bool, told: [String: Set<GUID>],
    namesOwners: Bool = false, at instant: Date?,
    callers: @escaping @Sendable (AuthorizationServer) async -> [DirectoryCaller]
  ) async throws -> [Night] {
    let own = Dictionary(grouping: connections) { $0.server.name }
    let slots = ReadingSlots(limits)
    return try await withThrowingTaskGroup(of: (Int, Night).self) { group in
      for (index, tenant) in tenants.enumerated() {
        group.addTask {
          let turn = ReadingTurn(tenant, slots, in: context)
          await turn.begin()
          do {
            try Task.checkCancellation()
            let callers = reads ? await callers(tenant) : nil
            let night = try await night(
              of: tenant, own[tenant.name] ?? [], callers: callers, turn,
              told: told[tenant.name] ?? [], namesOwners: namesOwners, at: instant)
            await turn.end()
            return (index, night)
          } catch {
            await turn.end()
            throw error
          }
        }
      }
      var nights = [Night?](repeating: nil, count: tenants.count)
      for try await (index, night) in group { nights[index] = night }
      return nights.compactMap { $0 }
    }
  }

  private func night(
    of tenant: AuthorizationServer, _ own: [Connection], callers: [DirectoryCaller]?,
    _ turn: ReadingTurn, told: Set<GUID>, namesOwners: Bool, at instant: Date?
  ) async throws -> Night {
    var night = Night(tenant: tenant.name, change: nil, findings: [])
    var troubles = TenantTroubles(tenant: tenant)
    if let callers { try await readAll(of: tenant, callers, turn, &night, &troubles) }
    let now = instant ?? context.now()
    if let judgement = try await judgement(of: tenant, own: own, told: told, at: now) {
      night.findings = judgement.findings
      if namesOwners, let owners {
        let named = try await self.owners(
          of: judgement.endings.map(\.end.application), in: tenant, callers, owners, turn,
          &troubles)
        // The first findings are those about the endings, in their order.
        for (position, addresses) in named.enumerated() {
          night.findings[position].owners = addresses
        }
      }
    }
    night.findings.insert(contentsOf: [troubles.finding].compactMap { $0 }, at: 0)
    return night
  }

  /// Reads one picture after the other.
  ///
  /// Where one can't be read, those before it are up to date all the same, and those after it are not
  /// tried: what stands in the way is the same.
  private func readAll(
    of tenant: AuthorizationServer, _ callers: [DirectoryCaller], _ turn: ReadingTurn,
    _ night: inout Night, _ troubles: inout TenantTroubles
  ) async throws {
    let deadline = context.now().adding(tenant.observeTimeout)
    var isWhole = true
    let scopes = tenant.graph?.scopes ?? []
    for (index, scope) in scopes.enumerated() {
      do {
        let outcome = try await read(tenant, scope, callers, turn, until: deadline)
        if scope.kind == .application {
          night.change = outcome.change
        } else {
          night.principalChange = outcome.change
        }
        troubles.add(scope.kind, unreadable: outcome.unreadable)
      } catch let error as CancellationError {
        throw error
      } catch {
        troubles.add(
          scopes[index...].map(\.kind), error,
          try await inventory.state(of: tenant.name, scope.kind))
        isWhole = false
        break
      }
    }
    for kind in ObservedKind.allCases where !scopes.contains(where: { $0.kind == kind }) {
      try await inventory.drop(tenant.name, kind)
    }
    if isWhole { try await readSignIns(of: tenant, callers, turn, until: deadline, &troubles) }
  }

  /// Reads on behalf of the first caller who is let in.
  private func read(
    _ tenant: AuthorizationServer, _ scope: ObservedScope, _ callers: [DirectoryCaller],
    _ turn: ReadingTurn, until deadline: Date
  ) async throws -> TenantReading.Outcome {
    let reading = TenantReading(
      context: context, directory: directory, inventory: inventory, tenant: tenant, scope: scope,
      limits: limits, turn: turn, deadline: deadline, progress: progress)
    return try await callers.firstLetIn(to: tenant.name, reading.read)
  }
}

extension AuthorizationServer {
  /// How long the reading of all its applications may take.
  var observeTimeout: CalendarPeriod { graph?.observeTimeout ?? GraphAccess.usualObserveTimeout }
}
