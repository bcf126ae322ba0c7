import Foundation

/// Removing secrets through Microsoft Graph: by key id, after a write that declared it.
extension RotationEngine {
  /// How often one run tries to remove one secret.
  private static let removals = 6

  var stableRead: StableRead { StableRead(context: context, directory: directory) }

  /// On whose behalf Graph is called for a record.
  func caller(_ connection: Connection, _ record: ConsumerRecord) -> DirectoryCaller {
    DirectoryCaller(connection, secret: record.current?.value)
  }

  /// Removes one secret, until Graph says so or its reads agree that there is none.
  ///
  /// A replica that has not heard of a new secret says that there is none, so one answer is no proof.
  /// Throws: ``DirectoryFailure``.
  func remove(_ keyID: String, _ caller: DirectoryCaller) async throws {
    var setbacks = 0
    while true {
      var failure: DirectoryFailure
      do throws(DirectoryFailure) {
        return try await directory.removePassword(keyID: keyID, caller)
      } catch {
        failure = error
      }
      switch failure.verdict {
      case .unknownPassword, .maybeDone:
        if try await stableRead.application(caller)[keyID] == nil { return }
        failure.verdict = .later(retryAfter: nil)
      default: break
      }
      guard setbacks < Self.removals,
        let wait = failure.wait(after: setbacks, jitter: context.fraction())
      else { throw failure }
      setbacks += 1
      try await context.sleep(wait)
    }
  }

  /// Removes what a version of a record says is nobody's, as long as that is the newest version.
  ///
  /// Hours may lie between reading what there is and removing it, where a run is stopped; meanwhile
  /// somebody may have made one of these secrets current. Throws: ``DirectoryFailure``, ``KeyturnError``.
  func remove(
    _ secrets: [DirectoryPassword], _ connection: Connection, _ record: ConsumerRecord
  ) async throws {
    let caller = caller(connection, record)
    for secret in secrets {
      guard try await self.record(of: connection).version == record.version else {
        throw KeyturnError.recordChanged(connection.name)
      }
      try await remove(secret.keyID, caller)
    }
  }

  /// Step 9: what was declared is done, and its effect is looked at.
  ///
  /// Afterwards the current secret must still be there: Microsoft's directory can lose a change that
  /// is made at the same time as another one. Throws: ``KeyturnError``.
  public func removePrevious(
    _ connection: Connection, _ record: ConsumerRecord, evidence: String = "",
    progress: @Sendable (Validator.Progress) -> Void = { _ in }
  ) async throws -> ConsumerRecord {
    try checkApplication(connection, record)
    guard record.isCurrentUsable(at: context.now()) else {
      throw ConsumerRecord.previousIsNeeded.about(connection.name)
    }
    let caller = caller(connection, record)
    do {
      let record = try await identifying(\.previous, record, caller)
      let completed = try named(connection) { try record.completing() }
      guard let previous = record.previous, let keyID = previous.keyID,
        previous.isIdentified || previous.value == nil
      else {
        // Somebody may have done by hand what keyturn can't.
        guard try await isGone(record.previous, connection, record) else {
          throw try await rememberUnidentified(connection, record)
        }
        return try await completeRetirement(connection, record, progress: progress)
      }
      do {
        try await remove(keyID, caller)
      } catch let failure as DirectoryFailure where failure.isLackOfRights {
        // Somebody may have done by hand what keyturn may not do.
        guard try await isGone(record.previous, connection, record) else { throw failure }
      }
      let application = try await stableRead.application(caller)
      if application[keyID] != nil {
        throw DirectoryFailure(
          .later(retryAfter: nil), "Microsoft Graph still shows the secret \(keyID)",
          remedy: "the next run tries again")
      }
      if let current = record.current?.keyID, application[current] == nil {
        throw try await rememberMissing(connection, record)
      }
      let next = try await proveCurrent(
        completed, connection, record,
        complaint: "the previous secret is gone, but the current one does not work",
        progress: progress)
      let ended = record.rotation.map { EndedRotation($0, outcome: .completed, at: context.now()) }
      return try await commit(
        next, connection, "rotation.completed", "secret \(keyID) is removed\(evidence)",
        ended: ended)
    } catch let failure as DirectoryFailure {
      throw try await remember(failure, connection, record)
    }
  }

  /// Whether a fresh look at the current secret comes before the end of the previous one: a backup that
  /// was restored may take for current what is long gone.
  func needsProofToRetire(_ record: ConsumerRecord) -> Bool {
    let now = context.now()
    let isPreviousOver = record.previous.map { $0.expiresAt <= now } ?? true
    let provenAt = record.current?.validatedAt ?? .distantPast
    return !isPreviousOver && provenAt < now.subtracting(Self.freshProof)
  }

  /// For how long a proof of the current secret is as good as a new one.
  private static let freshProof = CalendarPeriod.hours(1)

  /// `next` with a fresh proof of the record's current secret.
  ///
  /// Throws: ``KeyturnError`` that begins with the `complaint`, once the failure is written down.
  func proveCurrent(
    _ next: ConsumerRecord, _ connection: Connection, _ record: ConsumerRecord,
    complaint: String, progress: @Sendable (Validator.Progress) -> Void = { _ in }
  ) async throws -> ConsumerRecord {
    guard let value = record.current?.value else { return next }
    do {
      let proof = try await validator.prove(
        value, for: connection, as: .standingSecret, progress: progress)
      var next = next
      next.current?.validatedAt = proof.at
      next.current?.failure = nil
      return next
    } catch let failure as CallFailure {
      var failed = record
      failed.current?.note(failure, at: context.now())
      failed.rotation?.lastError = failure.message
      _ = try await commit(
        failed, connection, "secret.\(failure.auditWord)", record.current.told(failure.message))
      throw failure.error.about("\(connection.name): \(complaint)")
    }
  }

  /// The record with the key id that Graph confirms for a secret which is about to be removed, if it shows
  /// it, and without one where what was given is another secret's.
  ///
  /// Throws: ``DirectoryFailure``.
  func identifying(
    _ slot: KeyPath<ConsumerRecord, ClientSecret?>, _ record: ConsumerRecord,
    _ caller: DirectoryCaller
  ) async throws -> ConsumerRecord {
    guard let secret = record[keyPath: slot], !secret.isIdentified else { return record }
    let seen = record.observing(try await patientRead(caller))
    if seen[keyPath: slot]?.isIdentified == true { return seen }
    return record.observing(try await stableRead.application(caller))
  }

  private func rememberUnidentified(
    _ connection: Connection, _ record: ConsumerRecord
  ) async throws -> KeyturnError {
    var next = record
    let message = "Microsoft Graph shows no secret that is certainly the previous one"
    next.rotation?.lastError = message
    _ = try await commit(next, connection, "rotation.failed", record.previous.told(message))
    let hint = record.previous?.hint.map { ", which begins with \($0.shown())," } ?? ""
    return KeyturnError(
      .notPermitted, "\(connection.name): \(message)",
      hints: [
        "delete the previous secret\(hint) in the portal, and have it proven: keyturn retire"
          + " \(connection.name)"
      ])
  }

  private func rememberMissing(_ connection: Connection, _ record: ConsumerRecord) async throws
    -> KeyturnError
  {
    var next = record
    next.current?.failure = .missing(at: context.now())
    let message = "the current secret is missing in Microsoft Entra"
    next.rotation?.lastError = message
    _ = try await commit(next, connection, "secret.missing", record.current.told(message))
    return KeyturnError(
      .notPermitted, "\(connection.name): \(message)",
      hints: ["make another one: keyturn rotate \(connection.name)"])
  }

  /// What was declared for a rotation that is given up: its secret, and what carries its markers.
  ///
  /// Returns: false where a person has to do it. Throws: ``DirectoryFailure``.
  func removesPending(_ connection: Connection, _ record: ConsumerRecord) async throws -> Bool {
    guard connection.server.graph != nil else { return false }
    let caller = caller(connection, record)
    do {
      let record = try await identifying(\.pending, record, caller)
      // A value without a key id of its own may be one that no marker leads to.
      guard record.pending?.isIdentified ?? true else { return false }
      if let keyID = record.pending?.keyID { try await remove(keyID, caller) }
      let application = try await stableRead.application(caller)
      let orphans = try await unusedOrphans(in: application, record, caller)
      try await remove(orphans, connection, record)
      return true
    } catch let failure as DirectoryFailure where failure.isLackOfRights {
      return false
    }
  }
}

extension DirectoryFailure {
  /// Whether a person may be able to do by hand what keyturn could not.
  fileprivate var isLackOfRights: Bool { verdict == .forbidden || verdict == .notSignedIn }
}

extension ConsumerRecord {
  static let previousIsNeeded = KeyturnError(
    .usage, "the current secret is expired, refused or missing, so the previous one is kept",
    hints: ["make another secret: keyturn rotate", "or try the current one: keyturn validate"])
}

extension ValidationFailure {
  /// What a secret that Graph no longer shows is remembered as.
  static func missing(at now: Date) -> ValidationFailure {
    ValidationFailure(
      kind: .missing, at: now,
      message: "is missing in Microsoft Entra: somebody deleted it, or a change was lost",
      remedy: "make another one with keyturn rotate, and find out who deleted it")
  }
}
