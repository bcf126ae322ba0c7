import Foundation

/// What the tenant's sign-ins say of a secret, before it is removed.
extension RotationEngine {
  /// By how many seconds the tenant's clock may differ from this one.
  private static let clockDifference: TimeInterval = 300

  /// Who still signs in with the previous secret, as far as the tenant tells.
  ///
  /// Sign-ins before the hand-over was confirmed, and those of keyturn's own validations, don't count, and
  /// of a secret that has ended none does.
  /// Throws: ``DirectoryFailure`` where the tenant does not give this evidence, or not just now.
  public func useOfPrevious(_ connection: Connection, _ record: ConsumerRecord) async throws
    -> CredentialSignIn?
  {
    guard let previous = record.previous, let keyID = previous.keyID,
      let handedOver = record.rotation?.steppedAt, previous.expiresAt > context.now()
    else { return nil }
    let own = [record.previous?.validatedAt, record.previous?.failure?.at].compactMap { $0 }.max()
    let from = max(handedOver, own?.addingTimeInterval(Self.clockDifference) ?? .distantPast)
    let newest = try await newestSignIn(keyID, caller(connection, record))
    return newest.flatMap { $0.at > from ? $0 : nil }
  }

  /// Who signs in with the pending secret, which nobody should have yet; nil where the tenant does
  /// not tell.
  ///
  /// That happens where an older database was restored: then pending is what went into use after the
  /// copy was made. Keyturn's own validations don't count. Throws: ``DirectoryFailure`` where it can't
  /// be asked just now.
  func useOfPending(_ connection: Connection, _ record: ConsumerRecord) async throws
    -> CredentialSignIn?
  {
    guard connection.server.graph != nil, let pending = record.pending, let keyID = pending.keyID,
      let steppedAt = record.rotation?.steppedAt
    else { return nil }
    let own = [steppedAt, pending.validatedAt, pending.failure?.at].compactMap { $0 }.max()
    let from = (own ?? steppedAt).addingTimeInterval(Self.clockDifference)
    let newest = try await knownSignIn(keyID, caller(connection, record))
    return newest.flatMap { $0.at > from ? $0 : nil }
  }

  /// What attempts of a record made and nobody has the value of, as far as the tenant tells.
  ///
  /// A sign-in with such a secret says that somebody has it all the same: it went into use after the
  /// copy was made from which the record was restored. Sign-ins from when it was pending were our own,
  /// as late as a request can arrive. Throws: ``DirectoryFailure``.
  func unusedOrphans(
    in application: DirectoryApplication, _ record: ConsumerRecord, _ caller: DirectoryCaller
  ) async throws -> [DirectoryPassword] {
    var unused: [DirectoryPassword] = []
    for orphan in record.orphans(in: application) {
      let attempt = record.attempts.first { $0.marker == orphan.marker }
      let own = attempt?.triedUntil?.adding(Attempt.longestRequest) ?? .distantPast
      let newest = try await knownSignIn(orphan.keyID, caller)
      if newest.map({ $0.at <= own }) ?? true { unused.append(orphan) }
    }
    return unused
  }

  /// The newest sign-in with a secret; nil where there is none, or the tenant does not say.
  private func knownSignIn(_ keyID: String, _ caller: DirectoryCaller) async throws
    -> CredentialSignIn?
  {
    do {
      return try await newestSignIn(keyID, caller)
    } catch let failure as DirectoryFailure where !failure.isPassing {
      // Neither a missing permission nor a missing report is a reason to remove nothing ever.
      return nil
    }
  }

  /// The newest sign-in with a secret, asked for again where the service says "later".
  ///
  /// Throws: ``DirectoryFailure``, which is passing where the tenant would tell another time.
  private func newestSignIn(_ keyID: String, _ caller: DirectoryCaller) async throws
    -> CredentialSignIn?
  {
    var setback = 0
    while true {
      do throws(DirectoryFailure) {
        return try await directory.newestSignIn(keyID: keyID, caller)
      } catch {
        guard setback < Self.patience,
          let wait = error.wait(after: setback, jitter: context.fraction())
        else { throw error }
        setback += 1
        try await context.sleep(wait)
      }
    }
  }

  /// How often one question is asked again where the service says "later".
  private static let patience = 3
}

extension KeyturnError {
  /// Somebody signs in with what a person wants to give up.
  static func pendingIsUsed(_ use: CredentialSignIn, by connection: String) -> KeyturnError {
    let origin = use.origin.map { " from \($0)" } ?? ""
    return KeyturnError(
      .usage,
      "\(connection): the pending secret is kept: it was used on \(Timestamp.format(use.at))\(origin),"
        + " though nobody should have it yet",
      hints: [
        "if an older database was restored, it is the secret in use: keyturn rotate \(connection)",
        "keyturn abandon \(connection) --now ignores that",
      ])
  }
}
