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
    /// How many tenants are read at the same time, those aside that are waited for.
    public var width = 32

    /// The limits of a nightly check.
    public init() {}
  }

  private let context: Context
  private let directory: any TenantDirectory
  private let inventory: any ApplicationInventory
  /// The tenants, in the order of the configuration.
  public private(set) var tenants: [AuthorizationServer]
  private let policy: Policy
  private let limits: Limits
  private let progress: @Sendable (TenantProgress) -> Void

  /// A watch over these tenants; `policy` says when an end is worth a word.
  public init(
    context: Context, directory: any TenantDirectory, inventory: any ApplicationInventory,
    tenants: [AuthorizationServer], policy: Policy, limits: Limits = Limits(),
    progress: @escaping @Sendable (TenantProgress) -> Void = { _ in }
  ) {
    self.context = context
    self.directory = directory
    self.inventory = inventory
    self.tenants = tenants
    self.policy = policy
    self.limits = limits
    self.progress = progress
  }

  /// The same watch, telling where its readings stand.
  public func following(
    _ progress: @escaping @Sendable (TenantProgress) -> Void
  ) -> TenantWatch {
    TenantWatch(
      context: context, directory: directory, inventory: inventory, tenants: tenants,
      policy: policy, limits: limits, progress: progress)
  }

  /// What one tenant's night brought.
  public struct Night: Sendable, Equatable {
    public var tenant: String
    /// What the reading changed; nil where there was none, or it broke off.
    public var change: InventoryChange?
    public var findings: [Finding]
  }

  /// Judges the pictures that there are, without reading anything.
  public func standing(of connections: [Connection], at now: Date) async throws -> [Night] {
    try await nights(of: connections, reads: false, told: [:], at: now) { _ in [] }
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
  /// A tenant is read on behalf of the first of its `callers` that is let in.
  func nights(
    of connections: [Connection], reads: Bool, told: [String: Set<GUID>], at instant: Date?,
    callers: @escaping @Sendable (AuthorizationServer) async -> [DirectoryCaller]
  ) async throws -> [Night] {
    let own = Dictionary(grouping: connections) { $0.server.name }
    let slots = ReadingSlots(limits.width)
    return try await withThrowingTaskGroup(of: (Int, Night).self) { group in
      for (index, tenant) in tenants.enumerated() {
        group.addTask {
          await slots.take()
          do {
            try Task.checkCancellation()
            let callers = reads ? await callers(tenant) : nil
            let night = try await night(
              of: tenant, own[tenant.name] ?? [], callers: callers, slots,
              told: told[tenant.name] ?? [], at: instant)
            await slots.give()
            return (index, night)
          } catch {
            await slots.give()
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
    _ slots: ReadingSlots, told: Set<GUID>, at instant: Date?
  ) async throws -> Night {
    var night = Night(tenant: tenant.name, change: nil, findings: [])
    if let callers {
      do {
        let outcome = try await read(tenant, callers, slots)
        night.change = outcome.change
        if outcome.unreadable > 0 {
          night.findings.append(Self.unreadable(tenant, count: outcome.unreadable))
        }
      } catch let error as CancellationError {
        throw error
      } catch {
        night.findings.append(
          try await Self.failure(tenant, error, inventory.state(of: tenant.name)))
      }
    }
    night.findings += try await findings(
      about: tenant, own: own, told: told, at: instant ?? context.now())
    return night
  }

  /// Reads on behalf of the first caller who is let in.
  private func read(
    _ tenant: AuthorizationServer, _ callers: [DirectoryCaller], _ slots: ReadingSlots
  ) async throws -> TenantReading.Outcome {
    let reading = TenantReading(
      context: context, directory: directory, inventory: inventory, tenant: tenant,
      limits: limits, slots: slots, deadline: context.now().adding(tenant.observeTimeout),
      progress: progress)
    var refusal = DirectoryFailure(
      .notSignedIn, "\(tenant.name): there is nobody to sign in as",
      remedy: "record the secret of a connection of this tenant, or choose another sign_in:")
    for caller in callers {
      do {
        return try await reading.read(caller)
      } catch let failure as DirectoryFailure
        where failure.verdict == .forbidden || failure.verdict == .notSignedIn
      {
        refusal = failure
      }
    }
    throw refusal
  }

  /// Judges the newest complete picture of a tenant.
  private func findings(
    about tenant: AuthorizationServer, own: [Connection], told: Set<GUID>, at now: Date
  ) async throws -> [Finding] {
    let name = tenant.name
    let window = TenantJudgement.window(policy, at: now)
    guard
      let summary = try await inventory.summary(of: name, at: now, until: window.upperBound)
    else { return [] }
    let ownIDs = Set(own.compactMap { GUID($0.clientID) })
    let enough = TenantJudgement.newPerNight(tenants: tenants.count) + ownIDs.count + told.count
    let ahead = try await inventory.applications(
      of: name, ending: now...window.upperBound, limit: enough)
    let behind = try await inventory.applications(
      of: name, ended: window.lowerBound...now, limit: enough)
    let known =
      told.isEmpty ? [] : try await inventory.applications(of: name, clientIDs: told.sorted())
    return TenantJudgement(
      tenant: tenant, summary: summary, due: ahead + behind + known, own: ownIDs, told: told,
      tenants: tenants.count, policy: policy, at: now
    ).findings
  }

  private static func unreadable(_ tenant: AuthorizationServer, count: Int) -> Finding {
    Finding(
      code: .unreadable, severity: .warning,
      message: "\(tenant.name): \(count == 1 ? "1 application" : "\(count) applications") could not"
        + " be read: without an id, or with more client secrets than keyturn looks through",
      remedy: "the others were read; look for applications with thousands of secrets in the portal",
      tenant: tenant.name)
  }

  private static func failure(
    _ tenant: AuthorizationServer, _ error: any Error, _ state: InventoryState?
  ) -> Finding {
    let (message, remedy): (String, String) =
      switch error {
      case let failure as DirectoryFailure: (failure.message, failure.remedy)
      case let error as KeyturnError:
        (error.message, error.hints.first ?? "run keyturn apps --refresh")
      default: ("\(error)".shown(), "run keyturn apps --refresh")
      }
    let old =
      state.map { "; what is known is of \(Timestamp.format($0.readAt))" }
      ?? "; nothing is known yet"
    return Finding(
      code: .unreadable, severity: .unknown,
      message: "\(tenant.name): not all applications could be read: \(message)\(old)",
      remedy: remedy, tenant: tenant.name)
  }
}

extension AuthorizationServer {
  /// How long the reading of all its applications may take.
  var observeTimeout: CalendarPeriod { graph?.observeTimeout ?? GraphAccess.usualObserveTimeout }
}
