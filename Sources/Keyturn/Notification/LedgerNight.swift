import Foundation

/// Decides what a night has to tell, and to whom: each thing once for each threshold, a reminder a week
/// later only where it is critical, and a word when it is over.
struct LedgerNight {
  /// What the night found out.
  struct Result {
    var findings: [Finding]
    /// The connections that could be looked at, with their records; what is not among them stays as
    /// it was.
    var records: [String: ConsumerRecord]
    /// The connections about which nothing was learned.
    var unread: Set<String>
    /// Whether nothing that was not found again is over.
    var isPartial: Bool
  }

  let ledger: Ledger
  let routing: Routing
  let connections: [String: Connection]
  let now: Date
  let host: String
  let makeID: () -> String

  /// After how long something critical is told again: a little less than a week, because nights begin
  /// at different minutes.
  private static let reminder = CalendarPeriod.hours(7 * 24 - 6)
  /// How long what may be gone by chance has to be gone: two nights.
  private static let doubt = CalendarPeriod.hours(36)

  /// What changes.
  func change(_ result: Result) -> LedgerChange {
    var change = LedgerChange(at: now)
    let found = worstByKey(result.findings)
    let open = reopen(found, result, &change)
    let closed = ledger.open.filter { change.closed.contains($0.finding.key) }
    var digests = Digests(night: self, records: result.records)
    for item in open where item.missingSince == nil && found[item.finding.key] != nil {
      digests.tell(item)
    }
    for item in closed { digests.resolve(item) }
    digests.finish(&change)
    return change
  }

  /// One finding stands for all with the same key: the worst.
  private func worstByKey(_ findings: [Finding]) -> [FindingKey: Finding] {
    Dictionary(findings.map { ($0.key, $0) }) { $1.severity.isWorse(than: $0.severity) ? $1 : $0 }
  }

  /// The findings that are open after this night, in a stable order.
  private func reopen(
    _ found: [FindingKey: Finding], _ result: Result, _ change: inout LedgerChange
  ) -> [Ledger.OpenFinding] {
    var open: [Ledger.OpenFinding] = []
    let known = Dictionary(ledger.open.map { ($0.finding.key, $0) }) { first, _ in first }
    for (key, finding) in found {
      let item = Ledger.OpenFinding(finding: finding, since: known[key]?.since ?? now)
      if item != known[key] { change.opened.append(item) }
      open.append(item)
    }
    for item in ledger.open where found[item.finding.key] == nil {
      var item = item
      let isUnread = item.finding.connection.map(result.unread.contains) ?? false
      if !isUnread && !result.isPartial {
        guard item.finding.severity == .unknown, isConfigured(item.finding) else {
          change.closed.append(item.finding.key)
          continue
        }
        // What could not be done one night and could the next may fail again in the third.
        let missing = item.missingSince ?? now
        guard now < missing.adding(Self.doubt) else {
          change.closed.append(item.finding.key)
          continue
        }
        if item.missingSince == nil {
          item.missingSince = missing
          change.opened.append(item)
        }
      }
      open.append(item)
    }
    change.opened.sort { $0.finding.key < $1.finding.key }
    return open.sorted { $0.finding.key < $1.finding.key }
  }

  private func isConfigured(_ finding: Finding) -> Bool {
    finding.connection.map { connections[$0] != nil } ?? true
  }

  /// Whether an audience has to be told of a finding now, and as what.
  func kind(of item: Ledger.OpenFinding, for audience: Audience) -> Message.Line.Kind? {
    let finding = item.finding
    let told = ledger.notices.filter { $0.audience == audience && $0.key == finding.key }
    guard let newest = told.map(\.at).max() else { return .news }
    let stage = stage(of: finding)
    let isKnown =
      finding.code.hasThresholds
      ? told.contains { $0.stage == stage }
      : told.contains { !finding.severity.isWorse(than: $0.severity) }
    guard isKnown else { return .news }
    let isOwners = audience.owner != nil && finding.code == .handOverOpen
    guard finding.severity == .critical || isOwners else { return nil }
    return newest.adding(Self.reminder) <= now ? .reminder : nil
  }

  func stage(of finding: Finding) -> String {
    finding.stage(finding.connection.flatMap { connections[$0] }?.policy, at: now)
  }
}

extension FindingKey: Comparable {
  public static func < (first: FindingKey, second: FindingKey) -> Bool {
    (first.connection, first.topic, first.subject)
      < (second.connection, second.topic, second.subject)
  }
}
