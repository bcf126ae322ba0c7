import Foundation

/// What will happen and when, by running the nightly decision over the coming days.
///
/// It assumes that no person does anything: what it shows is what a forgotten connection comes to.
public struct Plan: Sendable, Equatable {
  /// Something that a coming night will find for the first time.
  public struct Event: Sendable, Equatable {
    public var at: Date
    public var connection: String
    public var severity: Severity
    public var what: String
    public var remedy: String
  }

  public var from: Date
  public var until: Date
  public var events: [Event]

  /// Runs the nights from `from` to `until`, a day apart, over records as they are now.
  ///
  /// Without `until` it goes to the day after the last end of a secret, at most five years ahead.
  public init(
    _ records: [(connection: Connection, record: ConsumerRecord?)], from: Date, until: Date?
  ) {
    let lastEnd = records.compactMap { $0.record?.current?.expiresAt }.max() ?? from
    let horizon = until ?? min(max(lastEnd, from).adding(.days(1)), from.adding(.months(60)))
    self.from = from
    self.until = horizon
    events = records.flatMap { Self.events($0.connection, $0.record, from: from, until: horizon) }
    events.sort { $0.at == $1.at ? $0.connection < $1.connection : $0.at < $1.at }
  }

  private static func events(
    _ connection: Connection, _ record: ConsumerRecord?, from: Date, until: Date
  ) -> [Event] {
    var events: [Event] = []
    var known: Set<String> = []
    // A connection at rest has nothing to tell before its first warning, unless it does so tonight.
    let isQuiet = Judgement(connection, record, at: from).severity == .ok
    let first = record.flatMap { record in
      isQuiet && record.rotation == nil ? record.current?.expiresAt : nil
    }.map { connection.policy.firstWarning(before: $0) }
    let quietNights = max(0, (first ?? from).timeIntervalSince(from) / 86_400).rounded(.down)
    var night = from.adding(.days(Int(quietNights)))
    while night <= until {
      let judgement = Judgement(connection, record, at: night)
      var seen: Set<String> = []
      for finding in judgement.findings where finding.severity != .ok {
        let key = identity(of: finding, connection, at: night)
        seen.insert(key)
        guard !known.contains(key) else { continue }
        events.append(
          Event(
            at: night, connection: connection.name, severity: finding.severity,
            what: finding.message, remedy: finding.remedy))
      }
      known = seen
      night = night.adding(.days(1))
    }
    return events
  }

  /// Two nights tell of the same event while code, severity and threshold are the same.
  private static func identity(of finding: Finding, _ connection: Connection, at night: Date)
    -> String
  {
    guard finding.code == .expiring, let end = finding.expiresAt else {
      return "\(finding.code.rawValue) \(finding.severity.rawValue)"
    }
    let crossed = connection.policy.warnings(before: end).count { $0 <= night }
    return "\(finding.code.rawValue) \(finding.severity.rawValue) \(crossed)"
  }
}
