import Foundation

/// The one thing that changes records: each method is one step, and each step is one compare-and-swap.
///
/// Whoever loses a compare-and-swap gets ``KeyturnError/recordChanged(_:)``, re-reads and decides again.
public struct RotationEngine: Sendable {
  let context: Context
  let store: any ConsumerSecretStore
  let validator: Validator
  /// Microsoft Graph, for the connections whose tenant allows it.
  let directory: any Directory
  /// Who acts, for the audit trail.
  let actor: String

  /// An engine that acts for `actor`.
  public init(
    context: Context, store: any ConsumerSecretStore, validator: Validator,
    directory: any Directory, actor: String
  ) {
    self.context = context
    self.store = store
    self.validator = validator
    self.directory = directory
    self.actor = actor
  }

  /// The connection's record, or the empty one of version 0.
  public func record(of connection: Connection) async throws -> ConsumerRecord {
    let found = try await store.record(of: connection.name)
    return found ?? blank(connection)
  }

  /// The records of these connections as they are at one instant, in their order.
  ///
  /// Throws: ``KeyturnError`` of the first that can't be opened.
  public func records(of connections: [Connection]) async throws -> [ConsumerRecord] {
    let found = try await store.records(of: connections.map(\.name))
    return try connections.map { try found[$0.name]?.get() ?? blank($0) }
  }

  private func blank(_ connection: Connection) -> ConsumerRecord {
    ConsumerRecord(storeID: store.storeID, clientID: connection.clientID)
  }

  // MARK: The way forward

  /// Step 1: a new rotation, with a marker that its secret's display name will carry.
  public func begin(
    _ connection: Connection, _ record: ConsumerRecord, as mode: Rotation.Mode = .guided,
    isCompromised: Bool = false
  ) async throws -> ConsumerRecord {
    try checkApplication(connection, record)
    let now = context.now()
    var rotation = Rotation(id: context.uuid7(), mode: mode, startedAt: now)
    rotation.isCompromised = isCompromised
    let marker = Marker.make(storeID: record.storeID, attempt: rotation.id)
    var next = try named(connection) { try record.beginning(rotation, marker: marker, at: now) }
    next.clientID = connection.clientID
    return try await commit(next, connection, "rotation.begun", "marker \(marker)")
  }

  /// Step 3: the value that was made is in the record before anything else is done with it.
  public func supply(
    _ secret: ClientSecret, _ connection: Connection, _ record: ConsumerRecord
  ) async throws -> ConsumerRecord {
    try checkApplication(connection, record)
    let detail = "secret \(secret.designation), expires \(Timestamp.format(secret.expiresAt))"
    var record = record
    while true {
      var next = try named(connection) { try record.creating(secret, at: context.now()) }
      // What a person made by hand is a person's rotation, however it began.
      next.rotation?.mode = .guided
      do {
        return try await commit(next, connection, "rotation.created", detail)
      } catch let error as KeyturnError where error == .recordChanged(connection.name) {
        // The value may exist nowhere else any more: it is not dropped because a nightly check
        // wrote down a validation at the same time. In another rotation it has no place, and a value
        // that somebody else gave meanwhile is not dropped for it either.
        let fresh = try await self.record(of: connection)
        guard fresh.rotation?.id == record.rotation?.id,
          fresh.pending?.value == record.pending?.value,
          [.begun, .created].contains(fresh.rotation?.step)
        else { throw error }
        try fresh.checkTakenOver(since: record, connection)
        record = fresh
      }
    }
  }

  /// Steps 4 and 5: real calls until the new value is settled.
  ///
  /// Throws: ``KeyturnError``; the record then remembers why, and the step stays where it was.
  public func validate(
    _ connection: Connection, _ record: ConsumerRecord, as purpose: Settling.Purpose = .newSecret,
    progress: @Sendable (Validator.Progress) -> Void = { _ in }
  ) async throws -> ConsumerRecord {
    try checkApplication(connection, record)
    guard let value = record.pending?.value else {
      throw KeyturnError(.internal, "there is no pending value to validate").about(connection.name)
    }
    do {
      let proof = try await validator.prove(value, for: connection, as: purpose, progress: progress)
      let isNew = record.rotation?.step == .created
      let seen = isNew ? try await checkingAddition(connection, record) : record
      let next = try seen.validating(proof)
      let calls = proof.calls == 1 ? "1 call" : "\(proof.calls) calls"
      let detail = record.pending.told("accepted by \(calls) in \(Int(proof.took.rounded(.up))) s")
      return try await commit(next, connection, "rotation.validated", detail)
    } catch let failure as CallFailure {
      var next = record
      next.pending?.failure = failure.remembered(at: context.now())
      next.rotation?.lastError = failure.message
      _ = try await commit(
        next, connection, "rotation.\(failure.auditWord)", record.pending.told(failure.message))
      throw failure.error.about(connection.name)
    } catch let failure as DirectoryFailure {
      throw try await remember(failure, connection, record)
    }
  }

  /// Step 6: the atomic switch.
  public func switchOver(_ connection: Connection, _ record: ConsumerRecord) async throws
    -> ConsumerRecord
  {
    try checkApplication(connection, record)
    let next = try named(connection) {
      try record.switching(
        for: connection.consumers, grace: connection.policy.grace,
        keepingAttempts: connection.server.graph != nil, at: context.now())
    }
    let detail =
      "\(record.current?.designation ?? "nothing") replaced by \(next.current?.designation ?? "")"
    return try await commit(next, connection, "rotation.switched", detail)
  }

  /// The secret that is being replaced is known to somebody who should not: no grace from now on.
  public func hurry(_ connection: Connection, _ record: ConsumerRecord) async throws
    -> ConsumerRecord
  {
    guard record.rotation?.isCompromised == false else { return record }
    var next = record
    next.rotation?.isCompromised = true
    let now = context.now()
    if record.rotation?.step == .handedOver {
      next.retireAfter = min(now, record.retireAfter ?? now)
    }
    let known = record.rotation?.step.isSwitched == true ? record.previous : record.current
    return try await commit(next, connection, "rotation.hurried", known.told("it is compromised"))
  }

  /// Step 8: a consumer, or each of them, has the new value.
  public func confirm(
    _ connection: Connection, _ record: ConsumerRecord, target: String? = nil
  ) async throws -> ConsumerRecord {
    let next = try named(connection) {
      try record.confirming(
        target, by: actor, grace: connection.policy.grace, at: context.now())
    }
    let targets =
      target ?? record.rotation?.openHandOvers.map(\.target).joined(separator: ", ") ?? ""
    return try await commit(
      next, connection, "hand_over.confirmed", record.current.told("in use at \(targets)"))
  }

  /// Step 9: declares that the previous secret is to be removed.
  ///
  /// Not before the current one is proven, unless that was a moment ago or the previous one opens
  /// nothing any more. Throws: ``KeyturnError``.
  public func declareRetirement(
    _ connection: Connection, _ record: ConsumerRecord, ignoringGrace: Bool = false
  ) async throws -> ConsumerRecord {
    var next = try named(connection) {
      try record.retiring(at: context.now(), ignoringGrace: ignoringGrace)
    }
    if needsProofToRetire(record) {
      next = try await proveCurrent(
        next, connection, record,
        complaint: "the current secret is not proven, so the previous one is kept")
    }
    let detail = "secret \(record.previous?.designation ?? "none")"
    return try await commit(next, connection, "rotation.retiring", detail)
  }

  /// Step 10: proves that the previous value is refused and the current one accepted, then forgets it.
  ///
  /// A previous secret whose value is not known can't be proven gone: then the administrator's word
  /// counts, and the audit trail says so. Throws: ``KeyturnError``.
  public func completeRetirement(
    _ connection: Connection, _ record: ConsumerRecord,
    progress: @Sendable (Validator.Progress) -> Void = { _ in }
  ) async throws -> ConsumerRecord {
    try checkApplication(connection, record)
    var next = try named(connection) { try record.completing() }
    let evidence: String
    do {
      evidence = try await evidenceOfRemoval(record.previous, connection, progress: progress)
    } catch let failure as CallFailure {
      throw failure.error.about(connection.name)
    }
    do {
      if let current = record.current?.value {
        _ = try await validator.prove(
          current, for: connection, as: .standingSecret, progress: progress)
      }
    } catch let failure as CallFailure {
      var error = failure.error.about(
        "\(connection.name): the previous secret is gone, but the current one does not work")
      error.hints.append("or make another one: keyturn rotate \(connection.name)")
      throw error
    }
    if let rest = await leftover(of: connection, record) { next.leftovers.append(rest) }
    let ended = record.rotation.map { EndedRotation($0, outcome: .completed, at: context.now()) }
    let detail = "secret \(record.previous?.designation ?? "none") is gone: \(evidence)"
    return try await commit(next, connection, "rotation.completed", detail, ended: ended)
  }

  // MARK: Writing

  /// Writes the next version of a record; this is the compare-and-swap of every step.
  func commit(
    _ record: ConsumerRecord, _ connection: Connection, _ action: String, _ detail: String,
    ended: EndedRotation? = nil
  ) async throws -> ConsumerRecord {
    var next = record
    next.version += 1
    let now = context.now()
    let change = RecordChange(
      connection: connection.name, record: next,
      event: AuditEntry(at: now, actor: actor, action: action, detail: detail),
      attentionAt: Judgement.attention(connection, next), ended: ended)
    guard try await store.swap(change) else { throw KeyturnError.recordChanged(connection.name) }
    return next
  }

  /// A step that is not possible is told with the connection's name.
  func named(_ connection: Connection, _ step: () throws -> ConsumerRecord) throws
    -> ConsumerRecord
  {
    do {
      return try step()
    } catch let error as KeyturnError {
      throw error.about(connection.name)
    }
  }

  func evidenceOfRemoval(
    _ secret: ClientSecret?, _ connection: Connection,
    progress: @Sendable (Validator.Progress) -> Void
  ) async throws -> String {
    guard let secret else { return "there was none" }
    guard let value = secret.value else {
      return secret.expiresAt <= context.now()
        ? "it has expired" : "unverified, its value is not known"
    }
    try await validator.proveRefused(value, for: connection, progress: progress)
    return "refused by the server"
  }
}

extension KeyturnError {
  /// Somebody else changed the record between our reading and our writing.
  public static func recordChanged(_ connection: String) -> KeyturnError {
    KeyturnError(
      .tryAgain, "\(connection): another process changed the record at the same time",
      hints: ["nothing was lost; see keyturn status \(connection), then run the command again"])
  }
}

extension RotationEngine {
  /// Whether a secret opens nothing any more: one look, before a removal is declared or proven.
  func isGone(
    _ secret: ClientSecret?, _ connection: Connection, _ record: ConsumerRecord
  ) async throws -> Bool {
    guard let secret else { return true }
    try checkApplication(connection, record)
    // A recorded end may be wrong; where the value is known, the server has the last word.
    guard let value = secret.value else { return secret.expiresAt <= context.now() }
    return await validator.isRefused(value, for: connection)
  }
}
