import Foundation

/// Reads when the applications of a tenant were used last.
public struct SignInReading: Sendable {
  /// After how long the report is read again: a little less than a day, because nights begin at different
  /// minutes.
  private static let freshFor = CalendarPeriod.hours(18)

  private let context: Context
  private let directory: any SignInDirectory
  private let cache: any SignInCache

  /// A reading from `directory` into `cache`.
  public init(context: Context, directory: any SignInDirectory, cache: any SignInCache) {
    self.context = context
    self.directory = directory
    self.cache = cache
  }

  /// When the report of a tenant was read; nil where it never was.
  public func readAt(of tenant: String) async throws -> Date? {
    try await cache.signInsReadAt(of: tenant)
  }

  /// What is known of when applications were used last; nothing where the report was never read, or not
  /// since an instant.
  func uses(
    of clientIDs: [GUID], in tenant: String, readSince oldest: Date
  ) async throws -> [GUID: LastUse] {
    guard let readAt = try await readAt(of: tenant), readAt > oldest else { return [:] }
    let dates = try await cache.lastSignIns(of: tenant, clientIDs)
    return clientIDs.reduce(into: [:]) { uses, id in
      uses[id] = LastUse(knownUntil: readAt, at: dates[id])
    }
  }

  /// Whether the report of a tenant was not read today.
  public func isDue(of tenant: String) async throws -> Bool {
    guard let readAt = try await readAt(of: tenant) else { return true }
    let now = context.now()
    return readAt > now || readAt.adding(Self.freshFor) <= now
  }

  /// Reads the report of a tenant, on behalf of the first caller who is let in.
  ///
  /// Throws: ``DirectoryFailure`` where it could not be read as a whole; ``KeyturnError`` where it could
  /// not be kept.
  public func read(
    _ tenant: AuthorizationServer, _ callers: [DirectoryCaller], until deadline: Date,
    pause: ListingPause? = nil, progress: @escaping @Sendable (ListingProgress) -> Void = { _ in }
  ) async throws {
    try await callers.firstLetIn(to: tenant.name) { caller in
      try await directory.lastSignIns(
        caller, progress: progress, pause: pause ?? wait(until: deadline, tenant)
      ) { signIns in
        try Task.checkCancellation()
        guard context.now() < deadline else { throw DirectoryFailure.tooLong(tenant) }
        try await cache.keep(signIns, of: tenant.name)
      }
      try await cache.noteSignIns(of: tenant.name, readAt: context.now())
    }
  }

  private func wait(until deadline: Date, _ tenant: AuthorizationServer) -> ListingPause {
    { seconds in
      guard context.now().addingTimeInterval(seconds) < deadline else {
        throw DirectoryFailure.tooLong(tenant)
      }
      if seconds > 0 { try await context.sleep(seconds) }
    }
  }
}

/// What is known of when an application was used last.
public struct LastUse: Sendable, Equatable {
  /// Up to when sign-ins are known.
  public var knownUntil: Date
  /// The last one in this tenant; nil where none is known.
  public var at: Date?

  /// What a report told that was read at an instant.
  public init(knownUntil: Date, at: Date?) {
    self.knownUntil = knownUntil
    self.at = at
  }

  /// From how long on people are told that nobody signs in.
  public static let long = CalendarPeriod.days(180)

  /// For how long nobody has signed in, where it is long; `since` is an instant at which the application
  /// was there for certain.
  func idle(since birth: Date?) -> String? {
    if let at {
      guard at.adding(Self.long) <= knownUntil else { return nil }
      let days = Int(knownUntil.timeIntervalSince(at) / 86_400)
      return "no sign-in for \(days) days: perhaps nobody needs it"
    }
    guard let birth, birth.adding(Self.long) <= knownUntil else { return nil }
    return "no sign-in is known of it: perhaps nobody needs it"
  }
}
