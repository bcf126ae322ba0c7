import Foundation

/// Taking the step that a record waits for.
extension RotationEngine {
  /// The step that a record waits for, now.
  public func nextStep(
    _ connection: Connection, _ record: ConsumerRecord, isUrged: Bool = false
  ) -> AutomaticStep? {
    AutomaticStep(connection, record, at: context.now(), isUrged: isUrged)
  }

  /// Takes one step, which may be several writes.
  ///
  /// Returns: nil where the step has to wait for a person after all. Throws: ``KeyturnError``.
  public func perform(
    _ step: AutomaticStep, _ connection: Connection, _ record: ConsumerRecord,
    _ wish: Wish = Wish(), progress: @Sendable (Validator.Progress) -> Void = { _ in }
  ) async throws -> ConsumerRecord? {
    switch step {
    case .mint:
      return try await mint(connection, record, wish)
    case .validate:
      // After a day the replicas agree, so that a refusal no longer means "not yet".
      let steppedAt = record.rotation?.steppedAt ?? .distantPast
      let isNew = context.now() < steppedAt.adding(connection.policy.patience)
      return try await validate(
        connection, record, as: isNew ? .newSecret : .standingSecret, progress: progress)
    case .prove:
      return try await validate(connection, record, as: .standingSecret, progress: progress)
    case .switchOver:
      return try await switchOver(connection, record)
    case .giveUp:
      // What is expired, missing, or refused for a day is used by nobody.
      let declared = try await declareAbandonment(connection, record, ignoringUse: true)
      return try await completeAbandonment(connection, declared, progress: progress)
    case .retire:
      return try await retire(connection, record, wish, progress: progress)
    case .finishRetiring:
      return try await finishRetiring(connection, record, wish, progress: progress)
    case .setAside:
      return try await setAside(connection, record)
    case .finishAbandoning:
      let isByHand = record.rotation?.mode == .guided && connection.server.graph == nil
      if isByHand, try await !isGone(record.pending, connection, record) { return nil }
      return try await completeAbandonment(connection, record, progress: progress)
    }
  }

  /// Retires at night: by key id where the rotation was made without a person, else once it is gone.
  private func retire(
    _ connection: Connection, _ record: ConsumerRecord, _ wish: Wish,
    progress: @Sendable (Validator.Progress) -> Void
  ) async throws -> ConsumerRecord? {
    guard isRetiredByProgram(connection, record, wish) else {
      guard try await isGone(record.previous, connection, record) else { return nil }
      let declared = try await declareRetirement(connection, record)
      return try await completeRetirement(connection, declared, progress: progress)
    }
    // What somebody else knows is removed, whoever uses it.
    let evidence =
      record.rotation?.isCompromised == true
      ? "; it was compromised" : try await evidenceOfDisuse(connection, record)
    let declared = try await declareRetirement(connection, record)
    return try await removePrevious(
      connection, declared, evidence: evidence, progress: progress)
  }

  private func finishRetiring(
    _ connection: Connection, _ record: ConsumerRecord, _ wish: Wish,
    progress: @Sendable (Validator.Progress) -> Void
  ) async throws -> ConsumerRecord? {
    if isRetiredByProgram(connection, record, wish) {
      return try await removePrevious(connection, record, progress: progress)
    }
    guard try await isGone(record.previous, connection, record) else { return nil }
    return try await completeRetirement(connection, record, progress: progress)
  }

  private func isRetiredByProgram(
    _ connection: Connection, _ record: ConsumerRecord, _ wish: Wish
  ) -> Bool {
    wish.isAttended ? connection.retiresByProgram(record) : connection.retiresByItself(record)
  }

  /// What the tenant knows of the previous secret's use, as it goes into the audit trail.
  ///
  /// Throws: ``KeyturnError`` where somebody still uses it, or the tenant does not say just now; the
  /// record then remembers why.
  private func evidenceOfDisuse(_ connection: Connection, _ record: ConsumerRecord) async throws
    -> String
  {
    if let end = record.previous?.expiresAt, end <= context.now() { return "; it has expired" }
    let use: CredentialSignIn?
    do {
      use = try await useOfPrevious(connection, record)
    } catch let failure as DirectoryFailure {
      // Who would tell another night is asked another night: the old secret does no harm meanwhile.
      guard !failure.isPassing else { throw try await remember(failure, connection, record) }
      return "; that nobody uses it is not verified"
    }
    guard let use else { return "; no sign-in with it since the hand-over" }
    var next = record
    let origin = use.origin.map { " from \($0)" } ?? ""
    let message = "it was used on \(Timestamp.format(use.at))\(origin), after the hand-over"
    next.rotation?.lastError = message
    next.rotation?.obstacle = .leftover
    if next != record {
      _ = try await commit(next, connection, "rotation.postponed", record.previous.told(message))
    }
    throw KeyturnError(
      .tryAgain, "\(connection.name): the previous secret is kept: \(message)",
      hints: ["find out who still holds it; keyturn retire \(connection.name) --now ignores that"])
  }
}
