import Foundation
import Logging

/// The nightly job: finish what is open, validate what is due, judge, and tell.
public struct Check: Sendable {
  private let context: Context
  private let engine: RotationEngine
  private let registry: any Registry
  private let connections: [Connection]
  private let fingerprint: String
  private let logger: Logger

  /// A check of these connections; `fingerprint` stands for the configuration they came from.
  public init(
    context: Context, engine: RotationEngine, registry: any Registry, connections: [Connection],
    fingerprint: String, logger: Logger
  ) {
    self.context = context
    self.engine = engine
    self.registry = registry
    self.connections = connections
    self.fingerprint = fingerprint
    self.logger = logger
  }

  /// How long after the last good night a missing one is worth a word.
  public static let missedAfter = CalendarPeriod.hours(36)

  /// How many connections are worked on at the same time.
  private static let width = 8

  /// Runs one night; with `dryRun` nothing is called and nothing is written.
  ///
  /// Throws: ``KeyturnError`` only where the whole night is impossible; what goes wrong with one
  /// connection is a finding, and the others go on.
  public func run(dryRun: Bool = false) async throws -> CheckReport {
    let startedAt = context.now()
    let history = try await registry.runs()
    var findings = Self.findingsAboutRuns(history, at: startedAt)
    if connections.isEmpty {
      // An emptied configuration must not look like a quiet night.
      findings.append(
        Finding(
          code: .unrecorded, severity: .unknown, message: "no connection is configured",
          remedy: "describe your tenant and connection in the configuration"))
    }
    let clockIsBack = findings.contains { $0.code == .clockSetBack }
    // A clock that went back must not postpone a warning that was due already.
    let instant = clockIsBack ? history.newest?.finishedAt : nil
    let nights = try await nights(
      of: try await due(history, at: instant ?? startedAt), actsOn: !dryRun && !clockIsBack,
      at: instant)
    if !dryRun, history.newest?.fingerprint != fingerprint {
      try await registry.schedule(nights.compactMap(\.attention))
    }
    findings += nights.flatMap(\.findings)
    findings = Self.sorted(findings)
    var report = CheckReport(
      startedAt: startedAt, finishedAt: context.now(), connections: connections.count,
      findings: findings, actions: nights.flatMap(\.actions))
    if dryRun {
      report.finishedAt = startedAt
    } else {
      try await registry.add(
        Run(
          startedAt: startedAt, finishedAt: report.finishedAt, severity: report.severity,
          fingerprint: fingerprint, summary: report.summary))
    }
    return report
  }

  /// What the nights before say: one is missing, or the clock went back since.
  public static func findingsAboutRuns(_ history: RunHistory, at now: Date) -> [Finding] {
    var findings: [Finding] = []
    if let newest = history.newest, now < newest.finishedAt.addingTimeInterval(-300) {
      findings.append(
        Finding(
          code: .clockSetBack, severity: .unknown,
          message: "the clock shows \(Timestamp.format(now)), but a run ended at "
            + Timestamp.format(newest.finishedAt),
          remedy: "set the clock right (timedatectl); this time nothing was done, only judged"))
    }
    if let good = history.newestGood, now > good.finishedAt.adding(missedAfter) {
      findings.append(
        Finding(
          code: .missedRun, severity: .warning,
          message: "the last night in which the whole check could be done was "
            + Timestamp.format(good.finishedAt),
          remedy: "see why cron did not run it, or what it said: journalctl -t keyturn"))
    }
    return findings
  }

  /// Worst first, then by connection.
  private static func sorted(_ findings: [Finding]) -> [Finding] {
    findings.sorted {
      $0.severity == $1.severity
        ? ($0.connection ?? "") < ($1.connection ?? "") : $0.severity.isWorse(than: $1.severity)
    }
  }

  private func due(_ history: RunHistory, at now: Date) async throws -> [Connection] {
    // Other thresholds or names: what was far away yesterday may be due today. And once a week
    // everything is looked at, because when a record is due stands outside of its seal.
    guard let newest = history.newest, newest.fingerprint == fingerprint,
      Calendar.utc.isDate(newest.startedAt, equalTo: now, toGranularity: .weekOfYear)
    else { return connections }
    let names = Set(
      try await registry.connectionsNeedingAttention(by: now, of: connections.map(\.name)))
    return connections.filter { names.contains($0.name) }
  }

  private struct Night: Sendable {
    var findings: [Finding] = []
    var actions: [CheckReport.Action] = []
    var attention: Attention?
  }

  private func nights(of due: [Connection], actsOn: Bool, at instant: Date?) async throws
    -> [Night]
  {
    try await withThrowingTaskGroup(of: (Int, Night).self) { group in
      var results = [Night?](repeating: nil, count: due.count)
      var next = 0
      func addOne() {
        guard next < due.count else { return }
        let (index, connection) = (next, due[next])
        next += 1
        group.addTask { (index, try await night(of: connection, acts: actsOn, at: instant)) }
      }
      for _ in 0..<Self.width { addOne() }
      for try await (index, night) in group {
        results[index] = night
        addOne()
      }
      return results.compactMap { $0 }
    }
  }

  private func night(of connection: Connection, acts: Bool, at instant: Date?) async throws -> Night
  {
    var attempt = 1
    while true {
      do {
        return try await work(on: connection, acts: acts, at: instant)
      } catch let error as CancellationError {
        throw error
      } catch let error as KeyturnError
        where error == .recordChanged(connection.name) && attempt < Self.attempts
      {
        // Somebody else was faster: read again, decide again.
        attempt += 1
      } catch {
        logger.debug("a connection could not be checked", metadata: ["name": "\(connection.name)"])
        return Night(findings: [Self.unreadable(connection, error)])
      }
    }
  }

  /// How often a record that others change meanwhile is read again.
  private static let attempts = 3

  private func work(on connection: Connection, acts: Bool, at instant: Date?) async throws -> Night
  {
    var night = Night()
    var record = try await engine.record(of: connection)
    if acts {
      record = try await finish(connection, record, in: &night)
      record = try await validate(connection, record, in: &night)
    } else {
      planned(connection, record, in: &night)
    }
    let judged = record.version == 0 ? nil : record
    night.attention = judged.map {
      Attention(
        connection: connection.name, version: $0.version, at: Judgement.attention(connection, $0))
    }
    night.findings += Judgement(connection, judged, at: instant ?? context.now()).findings
    return night
  }

  private static func unreadable(_ connection: Connection, _ error: any Error) -> Finding {
    let known = error as? KeyturnError
    return Finding(
      connection: connection.name, application: connection.clientID, code: .unreadable,
      severity: .unknown,
      message: "could not be checked: "
        + (known?.message(without: connection.name) ?? "\(error)".shown()),
      remedy: known?.hints.first ?? "run keyturn status \(connection.name)")
  }

  /// Takes an open rotation as far as it goes without a person.
  private func finish(
    _ connection: Connection, _ record: ConsumerRecord, in night: inout Night
  ) async throws -> ConsumerRecord {
    var record = record
    while let (what, step) = automaticStep(connection, record) {
      do {
        guard let next = try await step() else { return record }
        record = next
        night.actions.append(
          .init(connection: connection.name, what: what, result: .done, message: ""))
      } catch let error as KeyturnError where error != .recordChanged(connection.name) {
        night.actions.append(
          .init(connection: connection.name, what: what, result: .failed, message: error.message))
        let fresh = try await engine.record(of: connection)
        // What the record remembers is judged with it; anything else is told here or nowhere.
        if fresh.rotation?.lastError == nil {
          night.findings.append(Self.undone(connection, what, error))
        }
        return fresh
      }
    }
    return record
  }

  private static func undone(_ connection: Connection, _ what: String, _ error: KeyturnError)
    -> Finding
  {
    Finding(
      connection: connection.name, application: connection.clientID, code: .rotationStuck,
      severity: .unknown, message: "could not \(what): \(error.message(without: connection.name))",
      remedy: error.hints.first ?? "run keyturn status \(connection.name)")
  }

  private typealias Step = () async throws -> ConsumerRecord?

  /// The step that the record waits for, where no person is needed for it.
  private func automaticStep(_ connection: Connection, _ record: ConsumerRecord)
    -> (what: String, step: Step)?
  {
    guard let rotation = record.rotation else { return nil }
    let now = context.now()
    switch rotation.step {
    case .begun, .switched:
      return nil
    case .created:
      // After a day the replicas agree, so that a refusal no longer means "not yet".
      let isNew = now < rotation.steppedAt.adding(connection.policy.patience)
      return (
        "validate",
        { try await engine.validate(connection, record, as: isNew ? .newSecret : .standingSecret) }
      )
    case .validated:
      return ("switch", { try await engine.switchOver(connection, record) })
    case .handedOver:
      guard let retireAfter = record.retireAfter, retireAfter <= now else { return nil }
      return (
        "retire",
        {
          guard try await engine.isGone(record.previous, connection, record) else { return nil }
          let declared = try await engine.declareRetirement(connection, record)
          return try await engine.completeRetirement(connection, declared)
        }
      )
    case .retiring:
      return (
        "retire",
        {
          guard try await engine.isGone(record.previous, connection, record) else { return nil }
          return try await engine.completeRetirement(connection, record)
        }
      )
    case .abandoning:
      return (
        "abandon",
        {
          guard try await engine.isGone(record.pending, connection, record) else { return nil }
          return try await engine.completeAbandonment(connection, record)
        }
      )
    }
  }

  private func validate(
    _ connection: Connection, _ record: ConsumerRecord, in night: inout Night
  ) async throws -> ConsumerRecord {
    guard let due = connection.policy.nextValidation(of: record.current), due <= context.now(),
      // Of a value that belongs to another application, no call learns anything.
      record.clientID == connection.clientID
    else { return record }
    let (next, change) = try await engine.validateCurrent(connection, record)
    let failure = next.current?.failure
    night.actions.append(
      .init(
        connection: connection.name, what: "validate", result: failure == nil ? .done : .failed,
        message: failure?.message ?? ""))
    if let change {
      night.findings.append(
        Finding(
          connection: connection.name, application: connection.clientID, code: .identityChanged,
          severity: .warning, message: change,
          remedy: "if nobody moved the environment or its application user, find out who did"))
    }
    return next
  }

  private func planned(
    _ connection: Connection, _ record: ConsumerRecord, in night: inout Night
  ) {
    if let (what, _) = automaticStep(connection, record) {
      night.actions.append(
        .init(connection: connection.name, what: what, result: .planned, message: ""))
    }
    if let due = connection.policy.nextValidation(of: record.current), due <= context.now() {
      night.actions.append(
        .init(connection: connection.name, what: "validate", result: .planned, message: ""))
    }
  }
}
