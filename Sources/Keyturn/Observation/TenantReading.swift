import Foundation

/// Brings one picture of a tenant up to date: what has changed, or everything.
struct TenantReading: Sendable {
  let context: Context
  let directory: any TenantDirectory
  let inventory: any ApplicationInventory
  let tenant: AuthorizationServer
  let scope: ObservedScope
  let limits: TenantWatch.Limits
  /// Shared with the other tenants.
  let turn: ReadingTurn
  /// When the reading is given up.
  let deadline: Date
  let progress: @Sendable (TenantProgress) -> Void

  /// What a reading found out.
  struct Outcome: Sendable {
    var change: InventoryChange
    /// How many applications could not be read by themselves.
    var unreadable = 0
  }

  /// A little less than a week, because nights begin at different minutes.
  private static let wholeEvery = CalendarPeriod.hours(7 * 24 - 6)

  /// Reads the tenant on behalf of `caller`.
  ///
  /// Throws: ``DirectoryFailure`` where the reading breaks off; then the former picture stands as it
  /// was. ``KeyturnError`` where the picture can't be written.
  func read(_ caller: DirectoryCaller) async throws -> Outcome {
    let now = context.now()
    let state = try await inventory.state(of: tenant.name, scope.kind)
    if let state, let mark = state.mark, state.directory == directoryName,
      state.hasCertificates == scope.hasCertificates,
      state.listed > limits.smallTenant, state.fullReadAt <= now,
      now < state.fullReadAt.adding(Self.wholeEvery),
      let outcome = try await readChanges(since: mark, caller, state),
      try await agrees(with: caller)
    {
      return outcome
    }
    return try await readAll(caller, state)
  }

  private var directoryName: String {
    guard case .entra(let directory, let cloud) = tenant.kind else { return tenant.name }
    return "\(cloud.graph.absoluteString) \(directory)"
  }

  private func readAll(
    _ caller: DirectoryCaller, _ state: InventoryState?
  ) async throws -> Outcome {
    // A small tenant is read as a whole each night, which is one request; it needs no mark. The mark
    // comes first, so that what changes meanwhile is told again the next night.
    let isSmall = state.map { $0.listed <= limits.smallTenant } ?? false
    if state == nil, let outcome = try await readOnePage(caller) { return outcome }
    let mark =
      isSmall
      ? nil
      : try await directory.changeMark(
        of: scope, caller, progress: following(state, isWhole: true), pause: pause)
    let outcome = try await take(.all, caller, state) { end in
      guard case .complete = end else { return nil }
      return .some(mark)
    }
    guard let outcome else { throw DirectoryFailure.unusable(tenant.name) }
    return outcome
  }

  /// Reads a tenant that nobody knows in one page; nil where it has more.
  ///
  /// Most tenants of those who have many are that small, and for the others it is one page more, once.
  private func readOnePage(_ caller: DirectoryCaller) async throws -> Outcome? {
    try await take(.onePage, caller, nil) { end in
      guard case .complete = end else { return nil }
      return .some(nil)
    }
  }

  /// Reads what has changed; nil where everything has to be read instead.
  private func readChanges(
    since mark: String, _ caller: DirectoryCaller, _ state: InventoryState
  ) async throws -> Outcome? {
    do {
      let outcome = try await take(.changes(since: mark), caller, state) { end in
        guard case .complete(let next) = end else { return nil }
        return .some(next)
      }
      // What could not be read may be anything.
      return outcome?.unreadable == 0 ? outcome : nil
    } catch is UnknownApplication {
      return nil
    }
  }

  /// Reads a listing into a new picture; nil where `mark` says that the end is none.
  private func take(
    _ listing: ApplicationListing, _ caller: DirectoryCaller, _ state: InventoryState?,
    mark: (ListingEnd) -> String??
  ) async throws -> Outcome? {
    let reading = try await inventory.begin(
      tenant.name, scope, directory: directoryName, isWhole: listing.isWhole)
    let unreadable = Tally()
    do {
      let end = try await directory.read(
        listing, of: scope, caller, progress: following(state, isWhole: listing.isWhole),
        pause: pause
      ) { page in
        try Task.checkCancellation()
        guard context.now() < deadline else { throw DirectoryFailure.tooLong(tenant) }
        await unreadable.add(page.unreadable)
        await turn.rest()
        try await reading.take(page)
      }
      await turn.rest()
      guard let mark = mark(end) else {
        await reading.abandon()
        return nil
      }
      return Outcome(
        change: try await reading.finish(mark: mark, at: context.now()),
        unreadable: await unreadable.count)
    } catch {
      await turn.rest()
      await reading.abandon()
      throw error
    }
  }

  /// Looks at a sample directly: whether changes of credentials are told at all is Microsoft's secret.
  ///
  /// What can't be read proves nothing.
  private func agrees(with caller: DirectoryCaller) async throws -> Bool {
    let sample = try await inventory.sample(
      of: tenant.name, scope, at: context.now(), count: limits.sample,
      random: context.random(16 * limits.sample))
    try await turn.ask(until: deadline)
    let agrees = await withTaskGroup(of: Bool.self) { group in
      for (index, known) in sample.enumerated() {
        if index >= limits.sampleWidth, await group.next() == false { return false }
        group.addTask {
          do {
            let found = try await directory.application(known.objectID, of: scope, caller)
            return found.map { $0.isSame(as: known) } ?? false
          } catch {
            return true
          }
        }
      }
      for await agrees in group where !agrees { return false }
      return true
    }
    await turn.rest()
    return agrees
  }

  /// Waits until the next request may be sent.
  ///
  /// Throws: ``DirectoryFailure`` where the wait would not end in time.
  private func pause(_ seconds: TimeInterval) async throws {
    try await turn.ask(after: seconds, until: deadline)
  }

  private func following(
    _ state: InventoryState?, isWhole: Bool
  ) -> @Sendable (ListingProgress) -> Void {
    let expected = isWhole ? state?.listed : nil
    return { [progress, name = tenant.name] update in
      progress(TenantProgress(tenant: name, expected: expected, update: update))
    }
  }
}

/// Where the reading of a tenant stands.
public struct TenantProgress: Sendable, Equatable {
  public var tenant: String
  /// How many applications there were the last time; nil where nobody knows how many will come.
  public var expected: Int?
  public var update: ListingProgress

  /// A word about the reading of a tenant.
  public init(tenant: String, expected: Int?, update: ListingProgress) {
    self.tenant = tenant
    self.expected = expected
    self.update = update
  }
}

/// Counts across tasks.
private actor Tally {
  private(set) var count = 0

  func add(_ more: Int) { count += more }
}

extension ObservedApplication {
  /// Whether a direct look shows what the picture has.
  fileprivate func isSame(as known: ObservedApplication) -> Bool {
    func sorted(_ secrets: [ObservedSecret]?) -> [ObservedSecret] {
      (secrets ?? []).sorted { $0.keyID < $1.keyID }
    }
    func sorted(_ certificates: [ObservedCertificate]?) -> [ObservedCertificate] {
      (certificates ?? []).sorted { $0.keyID < $1.keyID }
    }
    return clientID == known.clientID && displayName == known.displayName
      && sorted(secrets) == sorted(known.secrets)
      && sorted(certificates) == sorted(known.certificates)
  }
}

extension ApplicationListing {
  /// Whether it tells of every application, so that what is not met is gone.
  fileprivate var isWhole: Bool {
    switch self {
    case .all, .onePage: true
    case .changes: false
    }
  }
}

extension DirectoryFailure {
  static func tooLong(_ tenant: AuthorizationServer) -> DirectoryFailure {
    DirectoryFailure(
      .later(retryAfter: nil),
      "reading all applications of \(tenant.name) takes longer than \(tenant.observeTimeout)",
      remedy: "run keyturn apps --refresh in a quiet hour, or write a longer observe_timeout: below"
        + " its graph:")
  }

  fileprivate static func unusable(_ tenant: String) -> DirectoryFailure {
    DirectoryFailure(
      .later(retryAfter: nil), "the list of all applications of \(tenant) has no end",
      remedy: "run the command again later")
  }
}
