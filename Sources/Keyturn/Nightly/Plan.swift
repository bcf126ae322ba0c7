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
    var record = record
    // A connection at rest has nothing to tell before its first warning, unless it does so tonight.
    let isQuiet = Judgement(connection, record, at: from).severity == .ok
    let first = record.flatMap { record in
      isQuiet && record.rotation == nil ? record.current?.expiresAt : nil
    }.map { connection.policy.firstWarning(before: $0) }
    let renewal = record?.current.flatMap {
      connection.rotatesByItself ? connection.policy.rotation(of: $0) : nil
    }
    let news = [first, first.flatMap { _ in renewal }].compactMap { $0 }.min() ?? from
    let quietNights = max(0, news.timeIntervalSince(from) / 86_400).rounded(.down)
    var night = from.adding(.days(Int(quietNights)))
    while night <= until {
      if let step = record.flatMap({ Self.step(connection, $0, at: night) }), let found = record {
        events.append(
          Event(
            at: night, connection: connection.name, severity: .ok,
            what: step.intention(connection, found, at: night),
            remedy: "nothing: it happens by itself"))
        // What follows a new secret depends on its end, and on who hands it over.
        guard step == .retire || step == .finishRetiring else { break }
        record?.previous = nil
        record?.retireAfter = nil
        record?.rotation = nil
      }
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

  /// What a night would do by itself that somebody may want to know beforehand.
  private static func step(_ connection: Connection, _ record: ConsumerRecord, at night: Date)
    -> AutomaticStep?
  {
    guard connection.rotatesByItself || record.rotation?.mode == .automatic,
      let step = AutomaticStep(connection, record, at: night)
    else { return nil }
    switch step {
    case .mint, .switchOver, .retire, .finishRetiring: return step
    case .prove where !record.holdsStandby(for: connection, at: night): return .switchOver
    case .validate, .prove, .giveUp, .setAside, .finishAbandoning: return nil
    }
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
