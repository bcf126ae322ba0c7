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
    /// What kind of event it is, with its threshold: the same in each plan until it has happened, so
    /// that a calendar can tell a postponed event from a new one.
    public var kind: String
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
    let horizon = until ?? Self.horizon(records, from: from)
    self.init(
      from: from, until: horizon,
      events: records.flatMap { Self.events($0.connection, $0.record, from: from, until: horizon) })
  }

  /// The same for a whole installation, on all cores.
  public static func ofMany(
    _ records: [(connection: Connection, record: ConsumerRecord?)], from: Date, until: Date?
  ) async -> Plan {
    let horizon = until ?? horizon(records, from: from)
    let events = await records.concurrentMap { connection, record in
      Self.events(connection, record, from: from, until: horizon)
    }
    return Plan(from: from, until: horizon, events: events.flatMap(\.self))
  }

  private init(from: Date, until: Date, events: [Event]) {
    self.from = from
    self.until = until
    self.events = events.sorted {
      $0.at == $1.at ? $0.connection < $1.connection : $0.at < $1.at
    }
  }

  private static func horizon(
    _ records: [(connection: Connection, record: ConsumerRecord?)], from: Date
  ) -> Date {
    let lastEnd = records.compactMap { $0.record?.current?.expiresAt }.max() ?? from
    return min(max(lastEnd, from).adding(.days(1)), from.adding(.months(60)))
  }

  private static func events(
    _ connection: Connection, _ record: ConsumerRecord?, from: Date, until: Date
  ) -> [Event] {
    var events: [Event] = []
    var known: Set<String> = []
    var record = record
    var points = turningPoints(connection, record)
    var night = from
    while night <= until {
      var hasStepped = false
      if let step = record.flatMap({ Self.step(connection, $0, at: night) }), let found = record {
        events.append(
          Event(
            at: night, connection: connection.name, severity: .ok,
            what: step.intention(connection, found, at: night),
            remedy: "nothing: it happens by itself", kind: step.name))
        // What follows a new secret depends on its end, and on who hands it over.
        guard step == .retire || step == .finishRetiring else { break }
        record?.previous = nil
        record?.retireAfter = nil
        record?.rotation = nil
        points = turningPoints(connection, record)
        hasStepped = true
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
            what: finding.message, remedy: finding.remedy, kind: key))
      }
      known = seen
      // What the step made room for comes the night after.
      guard let next = hasStepped ? night.adding(.days(1)) : nextNight(after: night, points) else {
        break
      }
      night = next
    }
    return events
  }

  /// The first night at which something may be otherwise than at `night`; nil where nothing will be.
  ///
  /// A judgement is the same from one turning point to the next, and most connections have years in
  /// between: looking at each night would take minutes for a large installation.
  private static func nextNight(after night: Date, _ points: [Date]) -> Date? {
    let point = points.first { $0 > night }
    return point.map { point in
      let nights = (point.timeIntervalSince(night) / 86_400).rounded(.up)
      return night.addingTimeInterval(nights * 86_400)
    }
  }

  /// The instants at which the judgement or the next step of a record changes by itself, in order.
  private static func turningPoints(_ connection: Connection, _ record: ConsumerRecord?) -> [Date] {
    guard let record else { return [] }
    let policy = connection.policy
    var points: [Date?] = [
      record.retireAfter, record.rotation?.steppedAt.adding(policy.patience),
      policy.nextValidation(of: record.pending),
      record.pending.map { policy.takeOver(from: record.current, by: $0) },
    ]
    if let due = record.current.map(policy.rotation(of:)) {
      points += [due, due.adding(policy.patience)]
    }
    for secret in [record.current, record.previous, record.pending] {
      guard let end = secret?.expiresAt else { continue }
      points += [end, end.subtracting(policy.criticalBefore)]
      points += policy.warnings(before: end)
    }
    return points.compactMap { $0 }.sorted()
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
