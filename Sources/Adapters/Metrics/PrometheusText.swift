import Foundation
import Keyturn

/// An overview as Prometheus' text format has it, for node_exporter's textfile collector or a scrape.
///
/// A label says what something is, and never what changes by itself: days left are for PromQL to
/// compute, and a key id is in no label, because each rotation would leave a series behind and begin
/// another one, so that an alert could not tell a replaced secret from one that vanished. The slot
/// (`current`, `previous`, `pending`) is what stays. Which key id it is, `keyturn status` says.
public struct PrometheusText: Sendable {
  /// The document, ready to be written or served as `text/plain; version=0.0.4`.
  public let text: String

  /// Tells what an overview shows; `version` is keyturn's own.
  public init(_ overview: Overview, version: String) {
    var exposition = Exposition()
    exposition.add(.buildInfo, ["version": version], count: 1)
    exposition.add(.connections, count: overview.entries.count)
    exposition.addRuns(overview.runs)
    exposition.addFindings(of: overview)
    for entry in overview.entries { exposition.addConnection(entry, at: overview.asOf) }
    exposition.addSettlingTimes(overview.entries)
    for tenant in overview.tenants { exposition.addTenant(tenant, at: overview.asOf) }
    for route in overview.routes { exposition.addRoute(route) }
    text = exposition.text
  }
}

extension Exposition {
  fileprivate mutating func addRuns(_ runs: RunHistory) {
    add(.lastRun, at: runs.newest?.finishedAt)
    add(.lastSuccess, at: runs.newestGood?.finishedAt)
    guard let newest = runs.newest else { return }
    // A clock that was set back during the run must not make it negative.
    add(.runDuration, value: max(0, newest.finishedAt.timeIntervalSince(newest.startedAt)))
    add(.runExitStatus, count: Int(newest.severity.exitStatus))
  }

  /// Every code and severity has a sample, so that a sum over none is 0 and not an absent series.
  fileprivate mutating func addFindings(of overview: Overview) {
    let all =
      overview.findings + overview.entries.flatMap(\.findings)
      + overview.tenants.flatMap(\.findings)
    let counts = Dictionary(all.map { (Kind($0), 1) }, uniquingKeysWith: +)
    for code in Finding.Code.allCases {
      for severity in Severity.allCases {
        let kind = Kind(code: code, severity: severity)
        add(
          .findings, ["code": code.rawValue, "severity": severity.rawValue],
          count: counts[kind] ?? 0)
      }
    }
  }

  fileprivate mutating func addConnection(_ entry: Overview.Entry, at now: Date) {
    let connection = entry.connection
    let (name, tenant) = (connection.name, connection.server.name)
    add(
      .connectionInfo,
      [
        "connection": name, "tenant": tenant, "application": connection.clientID,
        "owner": connection.owner ?? "", "rotate": connection.policy.rotate.rawValue,
      ], count: 1)
    for severity in Severity.allCases {
      add(
        .connectionState, ["connection": name, "tenant": tenant, "state": severity.rawValue],
        count: severity == entry.severity ? 1 : 0)
    }
    let counts = Dictionary(entry.findings.map { (Kind($0), 1) }, uniquingKeysWith: +)
    for (kind, count) in counts.sorted(by: { $0.key < $1.key }) {
      add(
        .connectionFindings,
        [
          "connection": name, "tenant": tenant, "code": kind.code.rawValue,
          "severity": kind.severity.rawValue,
        ], count: count)
    }
    add(
      .snoozedUntil, ["connection": name, "tenant": tenant],
      at: entry.snooze.flatMap { $0.until > now ? $0.until : nil })
    if let record = entry.record { addSecrets(of: record, connection) }
    if let record = entry.record { addRotation(of: record, connection) }
  }

  private mutating func addSecrets(of record: ConsumerRecord, _ connection: Connection) {
    let (name, tenant, policy) = (connection.name, connection.server.name, connection.policy)
    for (slot, secret) in [
      ("current", record.current), ("previous", record.previous), ("pending", record.pending),
    ] {
      guard let secret else { continue }
      let labels: KeyValuePairs = ["connection": name, "tenant": tenant, "slot": slot]
      add(.secretExpiry, labels, at: secret.expiresAt)
      add(.secretStart, labels, at: secret.startsAt)
      add(.secretValidated, labels, at: secret.validatedAt)
    }
    guard let current = record.current else { return }
    // What replaces itself is only worth a word when it should have and did not; the nightly
    // judgement has the same view.
    let inHandUntil =
      connection.rotatesByItself
      ? policy.rotation(of: current).adding(policy.patience) : .distantPast
    func from(_ instant: Date) -> Date { min(max(instant, inHandUntil), current.expiresAt) }
    add(
      .secretWarning, ["connection": name, "tenant": tenant, "slot": "current"],
      at: from(policy.firstWarning(before: current.expiresAt)))
    add(
      .secretCritical, ["connection": name, "tenant": tenant, "slot": "current"],
      at: from(current.expiresAt.subtracting(policy.criticalBefore)))
    guard let previous = record.previous, record.rotation?.openHandOvers.isEmpty == false else {
      return
    }
    // Until the hand-over is made, this is the one that consumers use.
    add(
      .secretCritical, ["connection": name, "tenant": tenant, "slot": "previous"],
      at: previous.expiresAt.subtracting(policy.criticalBefore))
  }

  private mutating func addRotation(of record: ConsumerRecord, _ connection: Connection) {
    let labels: KeyValuePairs = ["connection": connection.name, "tenant": connection.server.name]
    let open = record.rotation?.openHandOvers ?? []
    add(.handOversOpen, labels, count: open.count)
    add(.retirement, labels, at: record.retireAfter)
    guard let rotation = record.rotation else { return }
    add(
      .rotationStep,
      [
        "connection": connection.name, "tenant": connection.server.name,
        "mode": rotation.mode.rawValue, "step": rotation.step.rawValue,
      ], count: 1)
    add(.rotationStart, labels, at: rotation.startedAt)
    add(.rotationStepped, labels, at: rotation.steppedAt)
    guard let oldest = open.map(\.at).min() else { return }
    add(.handOverOpened, labels, at: oldest)
    add(.handOverDeadline, labels, at: record.previous?.expiresAt)
  }

  /// The times are a tenant's, and each of its connections knows them.
  fileprivate mutating func addSettlingTimes(_ entries: [Overview.Entry]) {
    var told: Set<String> = []
    for entry in entries {
      guard let times = entry.settling, told.insert(entry.connection.server.name).inserted else {
        continue
      }
      let tenant = entry.connection.server.name
      add(.settling, ["tenant": tenant, "stat": "median"], value: times.usual)
      add(.settling, ["tenant": tenant, "stat": "max"], value: times.worst)
      add(.settledRotations, ["tenant": tenant], count: times.count)
    }
  }

  fileprivate mutating func addRoute(_ route: RouteState) {
    let labels: KeyValuePairs = ["route": route.name]
    add(.notificationFailures, labels, count: route.failures)
    add(.notificationFailing, labels, at: route.failingSince)
    add(.notificationDelivery, labels, at: route.deliveredAt)
  }
}

/// Findings that are counted together.
struct Kind: Hashable, Comparable {
  var code: Finding.Code
  var severity: Severity

  init(code: Finding.Code, severity: Severity) {
    self.code = code
    self.severity = severity
  }

  init(_ finding: Finding) {
    code = finding.code
    severity = finding.severity
  }

  static func < (one: Kind, other: Kind) -> Bool {
    (one.code.rawValue, one.severity.rawValue) < (other.code.rawValue, other.severity.rawValue)
  }
}
