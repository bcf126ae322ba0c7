import Foundation

/// Steps 1 to 3 without a person: a secret is made through Microsoft Graph.
///
/// Source: Microsoft Graph v1.0, `application: addPassword`. It is not idempotent, and its answer is
/// the only copy of the value: the intent is written before, the value right after, and a lost
/// answer is never simply asked for again.
extension RotationEngine {
  /// What a new secret should be like.
  public struct Wish: Sendable, Equatable {
    /// When it should end; nil for the policy's lifetime.
    public var end: Date?
    /// Whether the secret that it replaces is known to somebody who should not.
    public var isCompromised: Bool
    /// Whether somebody is there, with whose rights Graph may be called.
    public var isAttended: Bool

    /// A wish; by default what the policy says, with nobody there.
    public init(end: Date? = nil, isCompromised: Bool = false, isAttended: Bool = false) {
      self.end = end
      self.isCompromised = isCompromised
      self.isAttended = isAttended
    }
  }

  /// How often one run tries to make a secret whose making was not confirmed.
  private static let creations = 3
  /// How often one run waits for a service that says "later".
  private static let setbacks = 4

  /// Makes a secret and keeps it: from no rotation, or from a `begun` that somebody left behind.
  ///
  /// Throws: ``KeyturnError``; the record then remembers why. A tenant that does not permit it is left
  /// with a guided rotation.
  public func mint(_ connection: Connection, _ record: ConsumerRecord, _ wish: Wish = Wish())
    async throws -> ConsumerRecord
  {
    try checkApplication(connection, record)
    var record =
      record.rotation == nil
      ? try await begin(
        connection, record, as: .automatic, isCompromised: wish.isCompromised)
      : try await takeOver(connection, record, as: .automatic)
    do {
      for creation in 1...Self.creations {
        if record.attempts.count > 1 { try await clean(connection, record) }
        do {
          return try await create(connection, record, wish)
        } catch let failure as DirectoryFailure {
          guard case .maybeDone = failure.verdict, creation < Self.creations else { throw failure }
          try await context.sleep(failure.wait(after: creation, jitter: context.fraction()) ?? 0)
          record = try await takeOver(connection, record, as: .automatic)
        }
      }
      return record
    } catch let failure as DirectoryFailure {
      throw try await remember(failure, connection, record)
    }
  }

  /// Writes `begun` again with a new marker: whoever was at work before finds his write refused, and what
  /// carries an earlier marker is not to be kept any more.
  ///
  /// As a guided one a rotation is a person's from here on, and no night takes it over.
  /// Throws: ``KeyturnError``.
  public func takeOver(
    _ connection: Connection, _ record: ConsumerRecord, as mode: Rotation.Mode
  ) async throws -> ConsumerRecord {
    try checkApplication(connection, record)
    let now = context.now()
    let marker = Marker.make(storeID: record.storeID, attempt: context.uuid7())
    let next = try named(connection) { try record.takingOver(as: mode, marker: marker, at: now) }
    return try await commit(next, connection, "rotation.taken_over", "marker \(marker)")
  }

  /// Removes what earlier attempts of this record left.
  private func clean(_ connection: Connection, _ record: ConsumerRecord) async throws {
    let caller = caller(connection, record)
    let application = try await stableRead.application(caller)
    let orphans = try await unusedOrphans(in: application, record, caller)
    try await remove(orphans, connection, record)
  }

  private func create(_ connection: Connection, _ record: ConsumerRecord, _ wish: Wish) async throws
    -> ConsumerRecord
  {
    let caller = caller(connection, record)
    let name = Marker.displayName(connection.secretName, record.attempts.last?.marker ?? "")
    let wanted = wish.end ?? context.now().adding(connection.policy.lifetime)
    var end = wanted
    var setbacks = 0
    while true {
      let failure: DirectoryFailure
      switch await directory.outcome(of: name, until: end, caller) {
      case .success(let secret):
        return try await keep(secret, connection, record, isShortened: end < wanted)
      case .failure(let reason):
        failure = reason
      }
      switch failure.verdict {
      case .lifetimeTooLong:
        guard let shorter = await shorterEnd(than: end, caller) else { throw failure }
        end = shorter
      case .later:
        guard setbacks < Self.setbacks,
          let wait = failure.wait(after: setbacks, jitter: context.fraction())
        else { throw failure }
        setbacks += 1
        try await context.sleep(wait)
      default:
        throw failure
      }
    }
  }

  /// The end that the tenant's policy allows; where that can't be read, the next shorter usual one.
  private func shorterEnd(than end: Date, _ caller: DirectoryCaller) async -> Date? {
    let now = context.now()
    if let longest = (try? await directory.longestLifetime(caller)) ?? nil {
      // The service's clock may be ahead of this one.
      let allowed = now.addingTimeInterval(longest - 300)
      if allowed < end, allowed > now { return allowed }
    }
    let usual = [365, 180, 90, 30, 7].map { now.adding(.days($0)) }
    return usual.first { $0 < end.addingTimeInterval(-3_600) }
  }

  /// Step 3: the value is in the record before anything else is done with it, or it is removed again.
  private func keep(
    _ secret: ClientSecret, _ connection: Connection, _ record: ConsumerRecord, isShortened: Bool
  ) async throws -> ConsumerRecord {
    let detail =
      "secret \(secret.designation), expires \(Timestamp.format(secret.expiresAt))"
      + (isShortened ? ", as late as the tenant's policy allows" : "")
    do {
      let next = try named(connection) { try record.creating(secret, at: context.now()) }
      return try await commit(next, connection, "rotation.created", detail)
    } catch {
      if let failure = error as? KeyturnError, failure == .recordChanged(connection.name) {
        await undo(secret, connection, record)
        throw error
      }
      // A write that failed may have been made all the same, and then others may use it already.
      guard let stored = try? await self.record(of: connection) else { throw error }
      if stored.slots.contains(where: { $0.keyID == secret.keyID }) { return stored }
      await undo(secret, connection, record)
      throw error
    }
  }

  /// Removes a secret that found no place; what resists is found by its marker in a later night.
  private func undo(_ secret: ClientSecret, _ connection: Connection, _ record: ConsumerRecord)
    async
  {
    guard let keyID = secret.keyID else { return }
    try? await remove(keyID, caller(connection, record))
  }

  /// Writes down why a rotation does not go on, and returns that as an error.
  ///
  /// Without permission to write, a person takes over where keyturn stopped.
  func remember(_ failure: DirectoryFailure, _ connection: Connection, _ record: ConsumerRecord)
    async throws -> KeyturnError
  {
    var next = record
    next.rotation?.lastError = failure.message
    next.rotation?.obstacle = failure.obstacle
    let isDegraded = failure.verdict == .forbidden && record.rotation?.step == .begun
    if isDegraded {
      next.rotation?.mode = .guided
      next.rotation?.lastError =
        "\(failure.message); the rotation is a guided one now: a person makes the secret"
    }
    let isRemoval = record.rotation?.step.isSwitched == true
    _ = try await commit(
      next, connection, isDegraded ? "rotation.degraded" : "rotation.failed",
      (isRemoval ? record.previous : record.pending).told(failure.message))
    var error = failure.error.about(connection.name)
    if isDegraded { error.hints.append("or go on by hand: keyturn rotate \(connection.name)") }
    return error
  }
}

extension Directory {
  /// The outcome of an addition as a value, so that what follows a success is not taken for its failure.
  fileprivate func outcome(
    of displayName: String, until end: Date, _ caller: DirectoryCaller
  ) async -> Result<ClientSecret, DirectoryFailure> {
    do throws(DirectoryFailure) {
      return .success(try await addPassword(named: displayName, until: end, caller))
    } catch {
      return .failure(error)
    }
  }
}

extension DirectoryFailure {
  /// What a record calls it, where that says more than the step.
  var obstacle: Finding.Code? {
    switch verdict {
    case .lifetimeTooLong, .passwordsForbidden, .full: .policyConflict
    case .later, .maybeDone, .forbidden, .notSignedIn, .unknownApplication, .unknownPassword,
      .refused:
      nil
    }
  }
}
