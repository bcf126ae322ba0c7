import Foundation
import Keyturn

/// `report --format json`: what `status`, `plan` and `history` show of everything, in one document.
struct ReportView: Encodable {
  struct Snoozed: Encodable {
    var until: String
    @Nullable var reason: String?
    var by: String
    var at: String

    init(_ snooze: Snooze) {
      until = snooze.until.stamp
      reason = snooze.reason
      by = snooze.by
      at = snooze.at.stamp
    }
  }

  /// All that `status` has of a connection, and more.
  struct Connection: Encodable {
    var status: StatusView.ConnectionState
    @Nullable var snooze: Snoozed?
    var history: [HistoryView.Event]

    private enum CodingKeys: CodingKey { case snooze, history }

    func encode(to encoder: any Encoder) throws {
      try status.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(_snooze, forKey: .snooze)
      try container.encode(history, forKey: .history)
    }
  }

  struct Night: Encodable {
    var startedAt: String
    var finishedAt: String
    var state: String
    var summary: String

    init(_ run: Run) {
      startedAt = run.startedAt.stamp
      finishedAt = run.finishedAt.stamp
      state = run.severity.rawValue
      summary = run.summary
    }
  }

  struct Nights: Encodable {
    @Nullable var newest: Night?
    @Nullable var newestGood: Night?
  }

  struct Route: Encodable {
    var name: String
    @Nullable var deliveredAt: String?
    var failures: Int
    @Nullable var failingSince: String?
  }

  var asOf: String
  var state: String
  var findings: [FindingView]
  var connections: [Connection]
  var tenants: [TenantView]
  var plan: PlanView
  var runs: Nights
  var routes: [Route]

  init(_ overview: Overview) {
    let now = overview.asOf
    asOf = now.stamp
    state = overview.severity.rawValue
    findings = overview.findings.map { FindingView($0, at: now) }
    connections = overview.entries.map { Self.connection($0, at: now) }
    tenants = overview.tenants.map { TenantView($0, at: now) }
    plan = PlanView(overview.plan)
    runs = Nights(
      newest: overview.runs.newest.map(Night.init),
      newestGood: overview.runs.newestGood.map(Night.init))
    routes = overview.routes.map {
      Route(
        name: $0.name, deliveredAt: $0.deliveredAt?.stamp, failures: $0.failures,
        failingSince: $0.failingSince?.stamp)
    }
  }

  private static func connection(_ entry: Overview.Entry, at now: Date) -> Connection {
    let status = StatusView.connection(entry, at: now)
    let history = HistoryView(entry.history, verified: nil, firstBad: nil).events
    return Connection(status: status, snooze: entry.snooze.map(Snoozed.init), history: history)
  }

  /// The document.
  func json() throws -> String {
    try JSONText.of(self) + "\n"
  }
}
