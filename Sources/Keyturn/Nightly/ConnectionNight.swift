import Foundation

/// One night of one connection: finish, validate, compare, begin what is due, judge.
struct ConnectionNight: Sendable {
  let context: Context
  let engine: RotationEngine
  let connection: Connection
  private(set) var findings: [Finding] = []
  private(set) var actions: [CheckReport.Action] = []
  /// From when on the connection asks for attention again; nil where it could not be read.
  private(set) var attention: Attention?
  /// The record as the night left it; nil where there is none, or it could not be read.
  private(set) var record: ConsumerRecord?

  init(context: Context, engine: RotationEngine, connection: Connection) {
    self.context = context
    self.engine = engine
    self.connection = connection
  }

  /// Does the night's work, or with `acts` off only says what it would be.
  ///
  /// Throws: ``KeyturnError`` where the record can't be read or was changed by somebody else.
  mutating func work(acts: Bool, at instant: Date?) async throws {
    var record = try await engine.record(of: connection)
    if acts {
      record = try await finish(record, isOpenOnly: true)
      let isStopped = actions.contains { $0.result == .failed }
      record = try await validate(record)
      record = try await compare(record)
      let lost = record.current
      if !isStopped { record = try await finish(record, isOpenOnly: false) }
      tellOfLoss(lost, record)
    } else {
      plan(record)
    }
    let judged = record.version == 0 ? nil : record
    self.record = judged
    attention = judged.map {
      Attention(
        connection: connection.name, version: $0.version, at: Judgement.attention(connection, $0))
    }
    findings += Judgement(connection, judged, at: instant ?? context.now()).findings
  }

  /// What was found broken and replaced in the same night has kept somebody waiting all the same.
  private mutating func tellOfLoss(_ lost: ClientSecret?, _ record: ConsumerRecord) {
    guard let lost, let failure = lost.failure, record.current?.value != lost.value,
      record.current?.failure == nil
    else { return }
    findings.append(
      Finding(
        connection: connection.name, application: connection.clientID, keyID: lost.keyID,
        code: failure.kind == .missing ? .drifted : .refused, severity: .warning,
        message: "the secret \(lost.designation) did not work any more, and was replaced:"
          + " \(failure.message)",
        remedy: "see that every consumer has the new one: keyturn status \(connection.name)"))
  }

  /// Adds a finding about something that could not be done.
  mutating func tell(_ code: Finding.Code, _ what: String, _ error: any Error) {
    let known = error as? KeyturnError
    findings.append(
      Finding(
        connection: connection.name, application: connection.clientID, code: code,
        severity: .unknown,
        message: "\(what): "
          + (known?.message(without: connection.name) ?? "\(error)".shown()),
        remedy: known?.hints.first ?? "run keyturn status \(connection.name)"))
  }

  /// Takes a rotation as far as it goes without a person; only one that is open, or a due one too.
  private mutating func finish(_ record: ConsumerRecord, isOpenOnly: Bool) async throws
    -> ConsumerRecord
  {
    var record = record
    while !isOpenOnly || record.rotation != nil, let step = engine.nextStep(connection, record) {
      do {
        guard let next = try await engine.perform(step, connection, record) else { return record }
        note(step.name, .done, Self.message(step, next))
        record = next
      } catch let error as KeyturnError where error != .recordChanged(connection.name) {
        note(step.name, .failed, error.message)
        let fresh = try await engine.record(of: connection)
        // What the record remembers is judged with it; anything else is told here or nowhere.
        if fresh.rotation?.lastError == nil {
          tell(.rotationStuck, "could not \(step.name)", error)
        }
        return fresh
      }
    }
    return record
  }

  private static func message(_ step: AutomaticStep, _ record: ConsumerRecord) -> String {
    switch step {
    case .mint:
      let pending = record.pending
      return pending.map { "\($0.designation), expires \(Timestamp.day($0.expiresAt))" } ?? ""
    case .validate:
      return record.rotation?.settledAfter.map { "settled after \(Int($0.rounded(.up))) s" } ?? ""
    case .prove, .switchOver, .giveUp, .retire, .finishRetiring, .setAside, .finishAbandoning:
      return ""
    }
  }

  private mutating func validate(_ record: ConsumerRecord) async throws -> ConsumerRecord {
    guard let due = connection.policy.nextValidation(of: record.current), due <= context.now(),
      // Of a value that belongs to another application, no call learns anything.
      record.clientID == connection.clientID
    else { return record }
    let (next, change) = try await engine.validateCurrent(connection, record)
    let failure = next.current?.failure
    note("validate", failure == nil ? .done : .failed, failure?.message ?? "")
    if let change {
      findings.append(
        Finding(
          connection: connection.name, application: connection.clientID, code: .identityChanged,
          severity: .warning, message: change,
          remedy: "if nobody moved the environment or its application user, find out who did"))
    }
    return next
  }

  /// Compares the record with what Graph shows, and removes what attempts of the past left there.
  private mutating func compare(_ record: ConsumerRecord) async throws -> ConsumerRecord {
    guard connection.server.graph?.isUnattended == true, record.version > 0,
      record.clientID == connection.clientID
    else { return record }
    var record = record
    do {
      if record.hasToSweep(at: context.now()) {
        record = try await engine.sweep(connection, record)
      }
      let (observed, others) = try await engine.observe(connection, record)
      findings += others
      return observed
    } catch let failure as DirectoryFailure {
      tell(.unreadable, "could not compare with Microsoft Graph", failure.error)
      return try await engine.record(of: connection)
    }
  }

  private mutating func plan(_ record: ConsumerRecord) {
    if let step = engine.nextStep(connection, record) {
      note(step.name, .planned, step.intention(connection, record, at: context.now()))
    }
    if let due = connection.policy.nextValidation(of: record.current), due <= context.now() {
      note("validate", .planned, "")
    }
  }

  private mutating func note(
    _ what: String, _ result: CheckReport.Action.Result, _ message: String
  ) {
    actions.append(
      .init(connection: connection.name, what: what, result: result, message: message))
  }
}

extension ConsumerRecord {
  /// Whether attempts or leftovers may have left something to remove or to forget.
  ///
  /// An open attempt is no reason: its secret is about to be in a slot.
  fileprivate func hasToSweep(at now: Date) -> Bool {
    let concluded = openAttempt == nil ? attempts[...] : attempts.dropLast()
    return !concluded.isEmpty || !removableLeftovers(at: now).isEmpty
  }
}
