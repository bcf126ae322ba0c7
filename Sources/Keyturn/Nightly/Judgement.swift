import Foundation

/// What a record is worth at an instant: the one judgement that `check`, `plan` and `status` share.
public struct Judgement: Sendable, Equatable {
  /// What comes next, and when.
  public struct NextStep: Sendable, Equatable {
    public var at: Date?
    public var what: String
  }

  public var findings: [Finding]
  public var next: NextStep

  /// The worst finding's severity.
  public var severity: Severity {
    .worst(findings.map(\.severity))
  }

  /// Judges a connection's record (nil: there is none) at `now`.
  public init(_ connection: Connection, _ record: ConsumerRecord?, at now: Date) {
    findings = []
    next = NextStep(at: nil, what: "")
    guard let record, let current = record.current else {
      let begun = record?.rotation != nil
      add(
        connection, nil, .unrecorded, .unknown,
        begun ? "has no current secret yet" : "no secret is recorded",
        begun
          ? "finish the rotation: keyturn rotate \(connection.name)"
          : "record it: keyturn record \(connection.name) --expires DATE")
      next = NextStep(at: now, what: "record the secret in use")
      judgeRotation(connection, record, at: now)
      return
    }
    judgeApplication(connection, record)
    judgeEnd(connection, current, at: now)
    judgeValidation(connection, current)
    judgeLength(connection, current)
    next = Self.afterIdle(connection, current, at: now)
    judgeRotation(connection, record, at: now)
    findings.sort { $0.severity.isWorse(than: $1.severity) }
  }

  /// What is known of a connection whose record can't be opened.
  public init(_ connection: Connection, unreadable error: KeyturnError) {
    findings = [
      Finding(
        connection: connection.name, application: connection.clientID, code: .unreadable,
        severity: .unknown, message: error.message(without: connection.name),
        remedy: error.hints.first ?? "restore the newest backup")
    ]
    next = NextStep(at: nil, what: findings[0].remedy)
  }

  /// From when on `check` has something to do or to say about a record.
  public static func attention(_ connection: Connection, _ record: ConsumerRecord) -> Date {
    guard let current = record.current, record.rotation == nil, record.attempts.isEmpty,
      record.unserved.isEmpty,
      record.clientID == connection.clientID
    else {
      return Date(timeIntervalSince1970: 0)
    }
    let warning =
      connection.rotatesByItself
      ? connection.policy.rotation(of: current)
      : connection.policy.firstWarning(before: current.expiresAt)
    // What Graph shows is looked at each night, and without a value no validation sets the pace.
    guard connection.server.graph == nil || current.value != nil else {
      return Date(timeIntervalSince1970: 0)
    }
    let validation = connection.policy.nextValidation(of: current) ?? warning
    return max(min(warning, validation), Date(timeIntervalSince1970: 0))
  }

  private mutating func judgeApplication(_ connection: Connection, _ record: ConsumerRecord) {
    guard record.clientID != connection.clientID else { return }
    add(
      connection, record.current, .drifted, .critical,
      "the recorded secret belongs to the application \(record.clientID.shown(upTo: 64)), but the"
        + " configuration names another",
      "correct client_id, or record the new application's secret: keyturn record"
        + " \(connection.name)")
  }

  private mutating func judgeEnd(_ connection: Connection, _ current: ClientSecret, at now: Date) {
    let policy = connection.policy
    guard let severity = policy.severity(ofEnd: current.expiresAt, at: now) else { return }
    // What replaces itself in time is no news; what should have and did not is.
    let isInHand =
      connection.rotatesByItself && now < policy.rotation(of: current).adding(policy.patience)
    guard !isInHand || current.expiresAt <= now else { return }
    let day = Timestamp.day(current.expiresAt)
    let remedy = "make its replacement: keyturn rotate \(connection.name)"
    guard current.expiresAt > now else {
      add(connection, current, .expired, .critical, "expired on \(day)", remedy)
      return
    }
    let days = current.expiresAt.daysLeft(from: now)
    let left = days == 1 ? "in 1 day" : days == 0 ? "in less than a day" : "in \(days) days"
    add(connection, current, .expiring, severity, "expires \(left), on \(day)", remedy)
  }

  private mutating func judgeValidation(_ connection: Connection, _ current: ClientSecret) {
    guard let failure = current.failure else { return }
    let (code, severity): (Finding.Code, Severity) =
      switch failure.kind {
      case .expired: (.expired, .critical)
      case .refused: (.refused, .critical)
      case .missing: (.drifted, .critical)
      case .blocked: (.validationFailed, .critical)
      case .unreachable: (.validationFailed, .unknown)
      }
    add(connection, current, code, severity, failure.message, failure.remedy)
  }

  private mutating func judgeLength(_ connection: Connection, _ current: ClientSecret) {
    guard let start = current.startsAt else { return }
    // A day more than the policy says is a matter of how a portal rounds.
    let longest = start.adding(connection.policy.lifetime).adding(.days(1))
    guard current.expiresAt > longest else { return }
    add(
      connection, current, .lifetimeTooLong, .ok,
      "lives longer than the policy's \(connection.policy.lifetime)",
      "choose a shorter lifetime at the next rotation")
  }

  private mutating func judgeRotation(
    _ connection: Connection, _ record: ConsumerRecord?, at now: Date
  ) {
    guard let record else { return }
    guard let rotation = record.rotation else {
      return judgeUnserved(connection, record, at: now)
    }
    let name = connection.name
    switch rotation.step {
    case .validated where record.holdsStandby(for: connection, at: now):
      next = NextStep(
        at: record.pending.map { connection.policy.takeOver(from: record.current, by: $0) },
        what: "switch to the standby secret")
      guard rotation.lastError != nil else { return }
      judgeStuck(
        connection, record, rotation, "see whether the spare works: keyturn rotate \(name)", at: now
      )
    case .begun, .created, .validated:
      let goesOn = rotation.mode == .automatic && connection.server.graph?.isUnattended == true
      next = NextStep(
        at: now,
        what: goesOn
          ? "keyturn check goes on with the rotation"
          : "continue the rotation: keyturn rotate \(name)")
      judgeStuck(connection, record, rotation, "continue it: keyturn rotate \(name)", at: now)
    case .switched:
      next = NextStep(
        at: record.previous?.expiresAt ?? now,
        what: "is the last day to enter the new secret at \(Self.list(rotation.openHandOvers)) and"
          + " to keyturn confirm \(name)")
      judgeHandOver(connection, record, rotation, at: now)
    case .handedOver:
      next = NextStep(at: record.retireAfter, what: "retire the previous secret")
      judgeLeftover(connection, record, at: now)
    case .retiring:
      next = NextStep(at: now, what: "finish retiring: keyturn retire \(name)")
      judgeStuck(connection, record, rotation, "finish it: keyturn retire \(name)", at: now)
    case .abandoning:
      next = NextStep(at: now, what: "finish giving it up: keyturn abandon \(name)")
      judgeStuck(connection, record, rotation, "finish it: keyturn abandon \(name)", at: now)
    }
  }

  /// Whom a rotation passed over when it was set aside is told of by nothing else: none is open.
  private mutating func judgeUnserved(
    _ connection: Connection, _ record: ConsumerRecord, at now: Date
  ) {
    guard record.current != nil, !record.unserved.isEmpty else { return }
    let remedy = "make the next one, and enter it there: keyturn rotate \(connection.name)"
    next = NextStep(
      at: now,
      what: connection.rotatesByItself
        ? "keyturn check replaces the secret" : "replace it: keyturn rotate \(connection.name)")
    add(
      connection, record.current, .handOverOpen, .critical,
      "is perhaps not in use at \(record.unserved.joined(separator: ", ")): its rotation was set aside"
        + " before that was certain", remedy)
  }

  private mutating func judgeStuck(
    _ connection: Connection, _ record: ConsumerRecord, _ rotation: Rotation, _ remedy: String,
    at now: Date
  ) {
    let isOld = now >= rotation.steppedAt.adding(connection.policy.patience)
    // A value that was refused is worth a word at once; somebody believes that it works.
    guard isOld || rotation.lastError != nil else { return }
    let reason = rotation.lastError.map { ": \($0)" } ?? ""
    add(
      connection, record.pending, rotation.obstacle ?? .rotationStuck, .warning,
      "the rotation stands at '\(rotation.step.rawValue)' since "
        + "\(Timestamp.day(rotation.steppedAt))\(reason)", remedy)
  }

  private mutating func judgeHandOver(
    _ connection: Connection, _ record: ConsumerRecord, _ rotation: Rotation, at now: Date
  ) {
    let targets = Self.list(rotation.openHandOvers)
    let remedy = "enter it there, then: keyturn confirm \(connection.name)"
    guard let previous = record.previous else {
      add(
        connection, record.current, .handOverOpen, .warning,
        "waits for the hand-over of the new secret to \(targets)", remedy)
      return
    }
    let day = Timestamp.day(previous.expiresAt)
    let isOver = previous.expiresAt <= now
    add(
      connection, previous, .handOverOpen,
      connection.policy.severity(ofEnd: previous.expiresAt, at: now) == .critical
        ? .critical : .warning,
      "waits for the hand-over of the new secret to \(targets), where the old one "
        + (isOver ? "expired on \(day)" : "expires on \(day)"), remedy)
  }

  private mutating func judgeLeftover(
    _ connection: Connection, _ record: ConsumerRecord, at now: Date
  ) {
    guard let retireAfter = record.retireAfter, now >= retireAfter else { return }
    let reason = record.rotation?.lastError.map { ": \($0)" } ?? ""
    add(
      connection, record.previous, .leftover, .warning,
      "the previous secret \(record.previous?.designation ?? "") was to be removed from "
        + Timestamp.day(retireAfter) + reason,
      "delete it in the portal and prove it: keyturn retire \(connection.name)")
  }

  private static func afterIdle(_ connection: Connection, _ current: ClientSecret, at now: Date)
    -> NextStep
  {
    if connection.rotatesByItself {
      let due = connection.policy.rotation(of: current)
      return NextStep(at: max(due, now), what: "keyturn check replaces the secret")
    }
    let warning = connection.policy.firstWarning(before: current.expiresAt)
    if warning > now { return NextStep(at: warning, what: "first warning") }
    if current.expiresAt <= now {
      return NextStep(at: now, what: "replace what has expired: keyturn rotate \(connection.name)")
    }
    return NextStep(at: current.expiresAt, what: "rotate before: keyturn rotate \(connection.name)")
  }

  private static func list(_ handOvers: [HandOver]) -> String {
    handOvers.map(\.target).joined(separator: ", ")
  }

  private mutating func add(
    _ connection: Connection, _ secret: ClientSecret?, _ code: Finding.Code, _ severity: Severity,
    _ message: String, _ remedy: String
  ) {
    findings.append(
      Finding(
        connection: connection.name, application: connection.clientID, keyID: secret?.keyID,
        code: code, severity: severity, message: message, remedy: remedy,
        expiresAt: secret?.expiresAt))
  }
}
