import Foundation

/// Recording a secret that exists already, outside of any rotation.
extension RotationEngine {
  /// Records when the current secret ends, and its key id, without its value.
  ///
  /// A value that the record holds stays, unless key id or application say that another secret is
  /// meant; one that was not proven is not taken. Throws: ``KeyturnError``.
  public func recordLifetime(
    _ lifetime: ClientSecret, _ connection: Connection, _ record: ConsumerRecord
  ) async throws -> ConsumerRecord {
    if let open = record.rotation { throw ConsumerRecord.isOpen(open).about(connection.name) }
    var next = record
    next.clientID = connection.clientID
    if var current = record.current, current.value != nil {
      guard record.clientID == connection.clientID else {
        throw KeyturnError(
          .badInput,
          "\(connection.name): the store holds the value of another application,"
            + " \(record.clientID.shown(upTo: 64))",
          hints: [
            "give the new secret's value too: keyturn record \(connection.name) --secret-stdin"
          ])
      }
      if let known = current.keyID, let given = lifetime.keyID, known != given {
        throw KeyturnError(
          .badInput, "\(connection.name): the store holds the value of another secret, \(known)",
          hints: [
            "give the new secret's value too: keyturn record \(connection.name) --secret-stdin"
          ]
        )
      }
      current.keyID = lifetime.keyID ?? current.keyID
      current.startsAt = lifetime.startsAt ?? current.startsAt
      current.expiresAt = lifetime.expiresAt
      current.source = lifetime.source
      next.current = current
    } else {
      next.current = lifetime
      next.current?.value = nil
    }
    let subject = next.current?.keyID.map { "secret \($0), " } ?? ""
    let detail =
      "\(subject)expires \(Timestamp.format(lifetime.expiresAt)) (\(lifetime.source.rawValue))"
    return try await commit(next, connection, "secret.recorded", detail)
  }

  /// Validates a secret that consumers use already, and makes it current.
  ///
  /// Throws: ``KeyturnError``; nothing is written for a value that was not accepted.
  public func adopt(
    _ secret: ClientSecret, _ connection: Connection, _ record: ConsumerRecord,
    progress: @Sendable (Validator.Progress) -> Void = { _ in }
  ) async throws -> ConsumerRecord {
    if let open = record.rotation { throw ConsumerRecord.isOpen(open).about(connection.name) }
    guard let value = secret.value else {
      return try await recordLifetime(secret, connection, record)
    }
    do {
      let proof = try await validator.prove(
        value, for: connection, as: .standingSecret, progress: progress)
      var next = record
      next.clientID = connection.clientID
      next.current = secret
      // What is adopted is what consumers use.
      next.unserved = []
      next.current?.validatedAt = proof.at
      next.identity = proof.identity
      let detail =
        "secret \(secret.designation), expires \(Timestamp.format(secret.expiresAt))"
        + " (\(secret.source.rawValue))"
      return try await commit(next, connection, "secret.adopted", detail)
    } catch let failure as CallFailure {
      throw failure.error.about(connection.name)
    }
  }

  /// Validates the current secret and remembers how that went.
  ///
  /// Returns: the record, and what changed about who we are at the environment, if anything.
  /// Throws: ``KeyturnError`` where it can't be written; a failed validation is remembered, not thrown.
  public func validateCurrent(
    _ connection: Connection, _ record: ConsumerRecord,
    progress: @Sendable (Validator.Progress) -> Void = { _ in }
  ) async throws -> (record: ConsumerRecord, identityChange: String?) {
    guard let value = record.current?.value else {
      throw KeyturnError(
        .usage, "\(connection.name): the store holds no value to validate",
        hints: ["record it: keyturn record \(connection.name) --secret-stdin"])
    }
    try checkApplication(connection, record)
    var next = record
    do {
      let proof = try await validator.prove(
        value, for: connection, as: .standingSecret, progress: progress)
      next.current?.validatedAt = proof.at
      next.current?.failure = nil
      next.identity = proof.identity ?? record.identity
      let change = Self.change(from: record.identity, to: proof.identity)
      let calls = proof.calls == 1 ? "1 call" : "\(proof.calls) calls"
      let detail = record.current.told(change ?? "accepted by \(calls)")
      let action = change == nil ? "secret.validated" : "identity.changed"
      return (try await commit(next, connection, action, detail), change)
    } catch let failure as CallFailure {
      next.current?.note(failure, at: context.now())
      let detail = record.current.told(failure.message)
      return (try await commit(next, connection, "secret.\(failure.auditWord)", detail), nil)
    }
  }

  private static func change(from old: ResourceIdentity?, to new: ResourceIdentity?) -> String? {
    guard let old, let new, old != new else { return nil }
    if old.organizationID != new.organizationID {
      return "the environment's organization id was \(old.organizationID) and is"
        + " \(new.organizationID)"
    }
    return "the application user was \(old.userID) and is \(new.userID)"
  }
}
