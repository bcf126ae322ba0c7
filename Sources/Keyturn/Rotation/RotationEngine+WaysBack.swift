import Foundation

/// Giving a rotation up, or going back to the previous secret.
extension RotationEngine {
  /// Declares that the pending secret is to be removed.
  ///
  /// Throws: ``KeyturnError``, also where the tenant knows of somebody who uses it, unless `ignoringUse`.
  public func declareAbandonment(
    _ connection: Connection, _ record: ConsumerRecord, ignoringUse: Bool = false
  ) async throws -> ConsumerRecord {
    let next = try named(connection) { try record.abandoning(at: context.now()) }
    do {
      if !ignoringUse, let use = try await useOfPending(connection, record) {
        throw KeyturnError.pendingIsUsed(use, by: connection.name)
      }
    } catch let failure as DirectoryFailure {
      throw failure.error.about(connection.name)
    }
    let detail = "secret \(record.pending?.designation ?? record.attempts.last?.marker ?? "none")"
    return try await commit(next, connection, "rotation.abandoning", detail)
  }

  /// Proves that the pending value is refused, if there is one, then forgets it.
  public func completeAbandonment(
    _ connection: Connection, _ record: ConsumerRecord,
    progress: @Sendable (Validator.Progress) -> Void = { _ in }
  ) async throws -> ConsumerRecord {
    try checkApplication(connection, record)
    let hasGraph = connection.server.graph != nil
    let next = try named(connection) {
      try record.abandoned(keepingAttempts: hasGraph, at: context.now())
    }
    let evidence: String
    do {
      if try await removesPending(connection, record) {
        evidence = "removed"
      } else {
        evidence = try await evidenceOfRemoval(record.pending, connection, progress: progress)
      }
    } catch let failure as CallFailure {
      throw failure.error.about(connection.name)
    } catch let failure as DirectoryFailure {
      throw try await remember(failure, connection, record)
    }
    let ended = record.rotation.map { EndedRotation($0, outcome: .abandoned, at: context.now()) }
    return try await commit(
      next, connection, "rotation.abandoned", record.pending.told(evidence), ended: ended)
  }

  /// Proves that the previous value is accepted now, then lets it and current change places.
  public func rollBack(
    _ connection: Connection, _ record: ConsumerRecord,
    progress: @Sendable (Validator.Progress) -> Void = { _ in }
  ) async throws -> ConsumerRecord {
    try checkRollback(connection, record)
    guard let previous = record.previous, let value = previous.value else {
      throw ConsumerRecord.nothingToRollBackTo.about(connection.name)
    }
    guard previous.expiresAt > context.now() else {
      throw KeyturnError(
        .badInput,
        "\(connection.name): the previous secret expired on "
          + Timestamp.day(previous.expiresAt),
        hints: ["make another secret with keyturn rotate"])
    }
    do {
      let proof = try await validator.prove(
        value, for: connection, as: .standingSecret, progress: progress)
      let next = try record.rollingBack(
        proof, to: connection.consumers, grace: connection.policy.grace)
      let detail = "back to \(previous.designation)"
      return try await commit(next, connection, "rotation.rolled_back", detail)
    } catch let failure as CallFailure {
      // The calls so far are no use of the previous secret that would keep it from being retired.
      var next = record
      next.previous?.failure = failure.remembered(at: context.now())
      _ = try await commit(next, connection, "rotation.\(failure.auditWord)", failure.message)
      throw failure.error.about(connection.name)
    }
  }
}

/// Whether a step may be taken, asked before the user is.
extension RotationEngine {
  /// A record's values belong to one application; another's answers say nothing about them.
  ///
  /// Throws: ``KeyturnError`` where the configuration names another application by now.
  func checkApplication(_ connection: Connection, _ record: ConsumerRecord) throws {
    let isEmpty = record.current == nil && record.rotation == nil
    guard !isEmpty, record.clientID != connection.clientID else { return }
    throw KeyturnError(
      .configuration,
      "\(connection.name): the record belongs to the application"
        + " \(record.clientID.shown(upTo: 64)), but the configuration names another",
      hints: [
        "correct client_id, and finish or give up an open rotation",
        "or record the new application's secret: keyturn record \(connection.name) --secret-stdin",
      ])
  }

  /// Throws: ``KeyturnError`` that says why the previous secret can't be retired now.
  public func checkRetirement(
    _ connection: Connection, _ record: ConsumerRecord, ignoringGrace: Bool
  ) throws {
    _ = try named(connection) {
      try record.retiring(at: context.now(), ignoringGrace: ignoringGrace)
    }
  }

  /// Throws: ``KeyturnError`` that says why the rotation can't be given up.
  public func checkAbandonment(_ connection: Connection, _ record: ConsumerRecord) throws {
    _ = try named(connection) { try record.abandoning(at: context.now()) }
  }

  /// Throws: ``KeyturnError`` that says why there is no way back.
  public func checkRollback(_ connection: Connection, _ record: ConsumerRecord) throws {
    try checkApplication(connection, record)
    guard [.switched, .handedOver].contains(record.rotation?.step), record.previous?.value != nil
    else { throw ConsumerRecord.nothingToRollBackTo.about(connection.name) }
  }
}
