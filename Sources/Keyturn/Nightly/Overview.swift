import Foundation

/// Everything that can be said of all connections at one instant: what reports and metrics show.
public struct Overview: Sendable {
  /// One connection.
  public struct Entry: Sendable {
    public var connection: Connection
    /// What the store holds; nil where there is nothing, or it can't be opened.
    public var record: ConsumerRecord?
    public var judgement: Judgement
    /// What the newest night found in the tenant and a record alone can't show; still open.
    public var observed: [Finding]
    /// How long new secrets of its tenant took to settle; nil where none is known.
    public var settling: SettlingTimes?
    /// Until when its warnings are silenced; nil where they are told.
    public var snooze: Snooze?
    /// The newest events of its audit trail, oldest first.
    public var history: [AuditEvent]

    /// What is known of one connection.
    public init(
      connection: Connection, record: ConsumerRecord?, judgement: Judgement,
      observed: [Finding] = [], settling: SettlingTimes? = nil, snooze: Snooze? = nil,
      history: [AuditEvent] = []
    ) {
      self.connection = connection
      self.record = record
      self.judgement = judgement
      self.observed = observed
      self.settling = settling
      self.snooze = snooze
      self.history = history
    }

    /// Everything that was found about it, worst first.
    public var findings: [Finding] {
      (judgement.findings + observed).map { $0.silenced(by: snooze) }
        .sorted { $0.severity.isWorse(than: $1.severity) }
    }

    /// The worst of its findings.
    public var severity: Severity { .worst(findings.map(\.severity)) }
  }

  public var asOf: Date
  /// The connections, in the order of the configuration.
  public var entries: [Entry]
  /// Findings about the installation as a whole: a missed night, a clock that was set back.
  public var findings: [Finding]
  public var runs: RunHistory
  /// What is ahead.
  public var plan: Plan
  /// How the messages of each route fare.
  public var routes: [RouteState]
  /// The tenants that are observed as a whole, in the order of the configuration.
  public var tenants: [TenantStanding]

  /// What is known at `asOf`.
  public init(
    asOf: Date, entries: [Entry], findings: [Finding], runs: RunHistory, plan: Plan,
    routes: [RouteState] = [], tenants: [TenantStanding] = []
  ) {
    self.asOf = asOf
    self.entries = entries
    self.findings = findings
    self.runs = runs
    self.plan = plan
    self.routes = routes
    self.tenants = tenants
  }

  /// The observed tenants, worst first; of the same severity, what ends first.
  public var tenantsByUrgency: [TenantStanding] {
    tenants.sorted { $0.comesBefore($1, at: asOf) }
  }

  /// The closest ends in all observed tenants: those ahead in their order, then those behind, the newest
  /// first.
  public var endingsByUrgency: [TenantStanding.Ending] {
    tenants.flatMap(\.endings).sorted { $0.end.comesBefore($1.end, at: asOf) }
  }

  /// The worst of everything.
  public var severity: Severity {
    .worst(entries.map(\.severity) + findings.map(\.severity) + tenants.map(\.severity))
  }
}
