import Foundation
import Logging

/// The nightly job: finish what is open, validate what is due, judge, and tell.
public struct Check: Sendable {
  private let context: Context
  private let engine: RotationEngine
  private let registry: any Registry
  private let connections: [Connection]
  /// Who is told; nil where nobody is but whoever reads the report.
  private let notifications: Notifications?
  /// What looks at whole tenants; nil where nothing does.
  private let watch: TenantWatch?
  private let fingerprint: String
  private let logger: Logger

  /// A check of these connections; `fingerprint` stands for the configuration they came from.
  public init(
    context: Context, engine: RotationEngine, registry: any Registry, connections: [Connection],
    notifications: Notifications? = nil, watch: TenantWatch? = nil, fingerprint: String,
    logger: Logger
  ) {
    self.context = context
    self.engine = engine
    self.registry = registry
    self.connections = connections
    self.notifications = notifications
    self.watch = watch
    self.fingerprint = fingerprint
    self.logger = logger
  }

  /// How long after the last good night a missing one is worth a word.
  public static let missedAfter = CalendarPeriod.hours(36)

  /// How many connections are worked on at the same time: most of them wait for replicas to settle.
  private static let width = 256

  /// Runs one night; with `dryRun` nothing is called and nothing is written.
  ///
  /// Throws: ``KeyturnError`` only where the whole night is impossible; what goes wrong with one
  /// connection is a finding, and the others go on.
  public func run(dryRun: Bool = false) async throws -> CheckReport {
    let startedAt = context.now()
    let history = try await registry.runs()
    var findings = Self.findingsAboutRuns(history, at: startedAt)
    if connections.isEmpty, watch?.tenants.isEmpty ?? true {
      // An emptied configuration must not look like a quiet night.
      findings.append(
        Finding(
          code: .unrecorded, severity: .unknown, message: "no connection is configured",
          remedy: "describe your tenant and connection in the configuration"))
    }
    let clockIsBack = findings.contains { $0.code == .clockSetBack }
    // A clock that went back must not postpone a warning that was due already.
    let instant = clockIsBack ? history.newest?.finishedAt : nil
    let acts = !dryRun && !clockIsBack
    async let observed = observe(reads: acts, at: instant)
    let nights = try await nights(
      of: try await due(history, at: instant ?? startedAt), actsOn: acts, at: instant)
    if !dryRun, history.newest?.fingerprint != fingerprint {
      try await registry.schedule(nights.compactMap(\.attention))
    }
    findings += nights.flatMap(\.findings)
    findings += try await observed
    if !dryRun { findings += await findingsAboutOwnCredentials(at: instant ?? startedAt) }
    if let notifications {
      findings = try await tell(
        notifications, findings, nights, isPartial: clockIsBack, at: instant ?? startedAt,
        dryRun: dryRun)
    }
    findings = Self.sorted(findings)
    var report = CheckReport(
      startedAt: startedAt, finishedAt: context.now(), connections: connections.count,
      findings: findings, actions: nights.flatMap(\.actions))
    if dryRun {
      report.finishedAt = startedAt
    } else {
      // A night whose messages were not taken has done its work all the same.
      let done = Severity.worst(
        findings.filter { $0.code != .notificationFailed }.map(\.severity))
      try await registry.add(
        Run(
          startedAt: startedAt, finishedAt: report.finishedAt, severity: done,
          fingerprint: fingerprint, summary: report.summary))
    }
    return report
  }

  /// Has people told, and returns the findings as they count for the report: without what is snoozed,
  /// and with the routes that don't deliver.
  private func tell(
    _ notifications: Notifications, _ findings: [Finding], _ nights: [ConnectionNight],
    isPartial: Bool, at now: Date, dryRun: Bool
  ) async throws -> [Finding] {
    let ledger = try await notifications.ledger()
    let failing: [Finding]
    if dryRun {
      failing = Notifications.findings(about: ledger)
    } else {
      let unread = findings.filter { $0.code == .unreadable }.compactMap(\.connection)
      failing = try await notifications.tell(
        LedgerNight.Result(
          findings: findings + Notifications.findings(about: ledger),
          records: try await records(nights, ledger), unread: Set(unread), isPartial: isPartial),
        ledger: ledger, at: now)
    }
    return findings.map { $0.silenced(by: ledger.snooze(of: $0.connection, at: now)) } + failing
  }

  /// The records of the night, and of what was found once and is no longer looked at.
  private func records(_ nights: [ConnectionNight], _ ledger: Ledger) async throws
    -> [String: ConsumerRecord]
  {
    var records: [String: ConsumerRecord] = [:]
    for night in nights { records[night.connection.name] = night.record }
    let told = Set(ledger.open.compactMap(\.finding.connection))
    for connection in connections
    where told.contains(connection.name) && records[connection.name] == nil {
      records[connection.name] = try? await engine.record(of: connection)
    }
    return records
  }

  /// What the nights before say: one is missing, or the clock went back since.
  ///
  /// `recordedSince` is when the first thing was recorded, for whoever looks without being a night: an
  /// installation whose cron job was forgotten has no night to count from.
  public static func findingsAboutRuns(
    _ history: RunHistory, recordedSince: Date? = nil, at now: Date
  ) -> [Finding] {
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
    if history.newestGood == nil, let first = recordedSince, now > first.adding(missedAfter) {
      let since = "since \(Timestamp.format(first)), when the first record was made"
      findings.append(
        Finding(
          code: .missedRun, severity: .warning,
          message: history.newest == nil
            ? "no check has run \(since)"
            : "no check could do all of its work \(since)",
          remedy: history.newest == nil
            ? "let cron run it every night: cron/install.sh, or the line that keyturn init printed"
            : "see what it says: keyturn check"))
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

  /// What whole tenants show, read at the same time as the connections are worked on.
  private func observe(reads: Bool, at instant: Date?) async throws -> [Finding] {
    guard let watch else { return [] }
    var told: [String: Set<GUID>] = [:]
    for item in try await notifications?.ledger().open ?? [] where item.finding.connection == nil {
      guard let tenant = item.finding.tenant, let id = item.finding.application.flatMap(GUID.init)
      else { continue }
      told[tenant, default: []].insert(id)
    }
    return try await watch.nights(
      of: connections, reads: reads, told: told, namesOwners: notifications != nil, at: instant,
      callers: { await engine.callers(in: $0, of: connections) }
    ).flatMap(\.findings)
  }

  private func nights(of due: [Connection], actsOn: Bool, at instant: Date?) async throws
    -> [ConnectionNight]
  {
    try await withThrowingTaskGroup(of: (Int, ConnectionNight).self) { group in
      var results = [ConnectionNight?](repeating: nil, count: due.count)
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

  private func night(of connection: Connection, acts: Bool, at instant: Date?) async throws
    -> ConnectionNight
  {
    var attempt = 1
    while true {
      do {
        var night = ConnectionNight(context: context, engine: engine, connection: connection)
        try await night.work(acts: acts, at: instant)
        return night
      } catch let error as CancellationError {
        throw error
      } catch let error as KeyturnError
        where error == .recordChanged(connection.name) && attempt < Self.attempts
      {
        // Somebody else was faster: read again, decide again.
        attempt += 1
      } catch {
        logger.debug("a connection could not be checked", metadata: ["name": "\(connection.name)"])
        var night = ConnectionNight(context: context, engine: engine, connection: connection)
        night.tell(.unreadable, "could not be checked", error)
        return night
      }
    }
  }

  /// How often a record that others change meanwhile is read again.
  private static let attempts = 3

  /// The credentials with which keyturn itself signs in end like any other.
  private func findingsAboutOwnCredentials(at now: Date) async -> [Finding] {
    var findings: [Finding] = []
    var tenants: Set<String> = []
    for connection in connections where connection.server.graph?.isUnattended == true {
      guard tenants.insert(connection.server.name).inserted,
        let credential = await engine.ownCredential(for: connection),
        let severity = connection.policy.severity(ofEnd: credential.expiresAt, at: now)
      else { continue }
      let day = Timestamp.day(credential.expiresAt)
      findings.append(
        Finding(
          code: .ownCredentialExpiring, severity: severity,
          message: "\(credential.name), with which keyturn signs in to the tenant"
            + " \(connection.server.name), "
            + (credential.expiresAt <= now ? "expired on \(day)" : "expires on \(day)"),
          remedy: "replace it, or no secret of that tenant can be renewed",
          expiresAt: credential.expiresAt))
    }
    return findings
  }
}
