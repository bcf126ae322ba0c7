import Foundation

/// Reads the owners of applications of which nobody knows them yet, or not any more.
public struct OwnerReading: Sendable {
  /// What a reading brought.
  public struct Outcome: Sendable {
    /// Of how many applications the owners were read.
    public var read = 0
    /// Of how many they were not.
    public var unread = 0
    /// Why not; nil where the time was over, or everything was read.
    public var failure: DirectoryFailure?
  }

  /// How many requests are under way at the same time.
  private static let width = 4
  /// How often one request is sent, where Graph says to come again.
  private static let attempts = 6
  /// Seconds to wait where Graph does not say how long.
  private static let pause: TimeInterval = 2

  private let context: Context
  private let directory: any OwnerDirectory
  private let cache: any OwnerCache

  /// A reading from `directory` into `cache`.
  public init(context: Context, directory: any OwnerDirectory, cache: any OwnerCache) {
    self.context = context
    self.directory = directory
    self.cache = cache
  }

  /// What is known of the owners of applications.
  func known(of tenant: String, _ applications: [GUID]) async throws -> [GUID: KnownOwners] {
    try await cache.owners(of: tenant, applications)
  }

  /// Reads the owners of applications by their object ids, on behalf of the first caller who is let in.
  ///
  /// What was read when something goes wrong is kept. `progress` gets how many are done.
  /// Throws: ``KeyturnError`` where nothing can be kept, and `CancellationError`.
  public func read(
    _ applications: [GUID], of tenant: String, _ callers: [DirectoryCaller], until deadline: Date,
    pause: ListingPause? = nil, progress: @escaping @Sendable (ListingProgress) -> Void = { _ in }
  ) async throws -> Outcome {
    var outcome = Outcome(
      unread: applications.count,
      failure: callers.isEmpty ? .nobody(tenant) : nil)
    var rest = applications
    for caller in callers where !rest.isEmpty {
      let round = Round(
        reading: self, tenant: tenant, caller: caller, deadline: deadline,
        pause: pause ?? context.sleep, progress: progress)
      let (read, failure) = try await round.run(rest)
      outcome.read += read.count
      outcome.failure = failure
      rest.removeAll(where: read.contains)
      guard failure?.verdict == .forbidden || failure?.verdict == .notSignedIn else { break }
    }
    outcome.unread = rest.count
    return outcome
  }

  /// The reading on behalf of one caller.
  private struct Round {
    let reading: OwnerReading
    let tenant: String
    let caller: DirectoryCaller
    let deadline: Date
    let pause: ListingPause
    let progress: @Sendable (ListingProgress) -> Void

    func run(_ applications: [GUID]) async throws -> (read: Set<GUID>, failure: DirectoryFailure?) {
      let size = max(1, reading.directory.ownerBatch)
      let batches = stride(from: 0, to: applications.count, by: size).map {
        Array(applications[$0..<min($0 + size, applications.count)])
      }
      return try await withThrowingTaskGroup(
        of: (read: Set<GUID>, failure: DirectoryFailure?).self
      ) { group in
        var read: Set<GUID> = []
        var failure: DirectoryFailure?
        for (index, batch) in batches.enumerated() {
          if index >= OwnerReading.width, let result = try await group.next() {
            read.formUnion(result.read)
            failure = failure ?? result.failure
          }
          // What stands in the way of one stands in the way of the others.
          guard failure == nil else { break }
          group.addTask { try await self.batch(batch) }
        }
        for try await result in group {
          read.formUnion(result.read)
          failure = failure ?? result.failure
        }
        return (read, failure)
      }
    }

    /// Reads one batch until it is answered, or there is no time left.
    private func batch(
      _ applications: [GUID]
    ) async throws -> (read: Set<GUID>, failure: DirectoryFailure?) {
      let context = reading.context
      var rest = applications
      var read: Set<GUID> = []
      for _ in 0..<OwnerReading.attempts {
        try Task.checkCancellation()
        guard context.now() < deadline else { return (read, nil) }
        let answers: OwnerAnswers
        do {
          answers = try await reading.directory.owners(of: rest, caller)
        } catch {
          answers = OwnerAnswers(failure: error)
        }
        if !answers.owners.isEmpty {
          try await reading.cache.keep(answers.owners, of: tenant, readAt: context.now())
        }
        let answered = answers.gone.union(answers.owners.keys)
        if !answered.isEmpty { progress(.read(answered.count)) }
        read.formUnion(answered)
        rest.removeAll(where: answered.contains)
        guard !rest.isEmpty else { return (read, nil) }
        guard let failure = answers.failure else { return (read, nil) }
        guard case .later(let retryAfter) = failure.verdict else { return (read, failure) }
        let wait = max(retryAfter ?? OwnerReading.pause, 1) + context.fraction()
        let next = context.now().addingTimeInterval(wait)
        guard next < deadline else { return (read, failure) }
        progress(.waiting(until: next, isThrottled: retryAfter != nil))
        do {
          try await pause(wait)
        } catch let failure as DirectoryFailure {
          return (read, failure)
        }
      }
      return (read, nil)
    }
  }
}

extension [DirectoryCaller] {
  /// What `work` brings on behalf of the first caller who may do it.
  ///
  /// Throws: the ``DirectoryFailure`` of the last one who may not, or who can't sign in; anything else at
  /// once, because the next one would meet it as well.
  func firstLetIn<Outcome>(
    to tenant: String, _ work: (DirectoryCaller) async throws -> Outcome
  ) async throws -> Outcome {
    var refusal = DirectoryFailure.nobody(tenant)
    for caller in self {
      do {
        return try await work(caller)
      } catch let failure as DirectoryFailure
        where failure.verdict == .forbidden || failure.verdict == .notSignedIn
      {
        refusal = failure
      }
    }
    throw refusal
  }
}

extension DirectoryFailure {
  /// Nobody is there on whose behalf a tenant could be asked.
  static func nobody(_ tenant: String) -> DirectoryFailure {
    DirectoryFailure(
      .notSignedIn, "\(tenant): there is nobody to sign in as",
      remedy: "record the secret of a connection of this tenant, or choose another sign_in:")
  }
}
