import Foundation

/// The messages of one night while they are being written: at most one for each audience.
struct Digests {
  private let night: LedgerNight
  private let records: [String: ConsumerRecord]
  private var lines: [Audience: [Message.Line]] = [:]
  private var notices: [Audience: [Ledger.Notice]] = [:]
  /// Everything that an audience would be told if it were asked now, told before or not.
  private var standing: [Audience: [FindingKey: Message.Line]] = [:]

  init(night: LedgerNight, records: [String: ConsumerRecord]) {
    self.night = night
    self.records = records
  }

  private var now: Date { night.now }

  // MARK: What is the case

  /// Tells whoever does not know it yet.
  mutating func tell(_ item: Ledger.OpenFinding) {
    let finding = item.finding
    let connection = finding.connection.flatMap { night.connections[$0] }
    let isSilenced =
      finding.severity == .warning
      && night.ledger.snooze(of: finding.connection, at: now) != nil
    for audience in night.routing.audiences(of: finding, about: connection, at: now) {
      let line = line(item, .news, for: audience)
      if isStateful(audience) {
        resolveOtherStages(item, audience)
        isSilenced ? add(resolution(item), to: audience) : add(line, to: audience)
        if !isSilenced { note(item, audience) }
        continue
      }
      guard !isSilenced else { continue }
      standing[audience, default: [:]][finding.key] = line
      guard let kind = night.kind(of: item, for: audience) else { continue }
      add(self.line(item, kind, for: audience), to: audience)
      note(item, audience)
    }
  }

  /// Tells everybody who was told of it that it is over.
  mutating func resolve(_ item: Ledger.OpenFinding) {
    // Who took a connection out of the configuration knows it; an alert has to be taken back.
    let isGone = item.finding.connection.map { night.connections[$0] == nil } ?? false
    let told = night.ledger.notices.filter {
      $0.key == item.finding.key && mayBeKnown($0) && (!isGone || isStateful($0.audience))
    }
    for audience in Set(told.map(\.audience)).sorted(by: Self.isBefore) {
      add(resolution(item), to: audience)
    }
  }

  /// Whether the audience may have heard of it: what never left is not taken back.
  private func mayBeKnown(_ notice: Ledger.Notice) -> Bool {
    guard !notice.isDelivered else { return true }
    return night.ledger.owed.contains { $0.message.id == notice.message && $0.isUncertain }
  }

  /// A receiver that keeps a state knows a finding of another severity as another one.
  private mutating func resolveOtherStages(_ item: Ledger.OpenFinding, _ audience: Audience) {
    let others = night.ledger.notices.filter {
      $0.audience == audience && $0.key == item.finding.key
        && $0.severity != item.finding.severity
    }
    for severity in Set(others.map(\.severity)).sorted(by: { $0.isWorse(than: $1) }) {
      var line = resolution(item)
      line.severity = severity
      add(line, to: audience)
    }
  }

  // MARK: Writing

  /// Writes the messages, with what earlier ones could not deliver.
  mutating func finish(_ change: inout LedgerChange) {
    let audiences = Set(lines.keys).union(night.ledger.owed.map(\.audience))
    for audience in audiences.sorted(by: Self.isBefore) {
      finish(audience, &change)
    }
  }

  private mutating func finish(_ audience: Audience, _ change: inout LedgerChange) {
    let earlier = night.ledger.owed.filter { $0.audience == audience }
    guard night.routing.route(named: audience.route) != nil else {
      // Nobody is behind a route that is gone from the configuration.
      change.superseded += earlier.map(\.message.id)
      return
    }
    var fresh = lines[audience] ?? []
    // What may have been taken is sent again as it is; what certainly was not goes into a new message,
    // which says what is the case now.
    let replaced = earlier.filter {
      !$0.isUncertain || isStateful(audience) || $0.message.at.adding(Self.doubt) <= now
    }
    let isWaiting = replaced.contains { $0.nextTryAt > now }
    guard !fresh.isEmpty || !isWaiting else { return }
    for owed in replaced { fresh += stillTrue(owed.message.lines, in: fresh, audience) }
    change.superseded += replaced.map(\.message.id)
    guard !fresh.isEmpty else { return }
    let nextTryAt = replaced.map(\.nextTryAt).max() ?? now
    let message = Message(
      id: night.makeID(), route: audience.route,
      recipients: night.routing.recipients(of: audience), at: now, host: night.host,
      lines: fresh, next: nextEvent(fresh))
    change.messages.append(
      Ledger.OwedMessage(
        message: message, audience: audience, isUncertain: nextTryAt <= now,
        failures: replaced.map(\.failures).max() ?? 0,
        failingSince: replaced.compactMap(\.failingSince).min(),
        nextTryAt: nextTryAt,
        lastError: replaced.compactMap(\.lastError).last))
    let told = Set(fresh.map(\.key))
    let carried = night.ledger.notices.filter { notice in
      replaced.contains { $0.message.id == notice.message } && told.contains(notice.key)
        && !change.closed.contains(notice.key)
    }
    change.notices += (carried + (notices[audience] ?? [])).map {
      var notice = $0
      notice.message = message.id
      return notice
    }
  }

  /// How long a message that may have been taken is sent again as it is.
  private static let doubt = CalendarPeriod.days(7)

  /// The lines of a message that nobody got which are not outdated, in today's words.
  private func stillTrue(
    _ old: [Message.Line], in fresh: [Message.Line], _ audience: Audience
  ) -> [Message.Line] {
    let hasSeverities = isStateful(audience)
    return old.compactMap { line in
      let isKnown = fresh.contains {
        $0.key == line.key && (!hasSeverities || $0.severity == line.severity)
      }
      guard !isKnown else { return nil }
      if line.kind == .resolved {
        return standing[audience]?[line.key] == nil ? line : nil
      }
      return standing[audience]?[line.key]
    }
  }

  private func nextEvent(_ lines: [Message.Line]) -> Message.Event? {
    let names = Set(lines.prefix(Message.longest).compactMap(\.connection)).sorted()
    let known = names.compactMap { name in
      night.connections[name].map { (connection: $0, record: records[name]) }
    }.filter { $0.record != nil }
    guard !known.isEmpty else { return nil }
    let event = Plan(known, from: now, until: now.adding(.months(12))).events.first { $0.at > now }
    return event.map { .init(at: $0.at, connection: $0.connection, what: $0.what) }
  }

  // MARK: Lines

  private func line(
    _ item: Ledger.OpenFinding, _ kind: Message.Line.Kind, for audience: Audience? = nil
  ) -> Message.Line {
    let finding = item.finding
    // Whoever owns an application may never have heard of keyturn.
    let isOwners = audience?.owner.map(finding.owners.contains) ?? false
    let reason = isOwners ? "; you are told because you are among its owners in the tenant" : ""
    let connection = finding.connection.flatMap { night.connections[$0] }
    return Message.Line(
      kind: kind, connection: finding.connection, tenant: connection?.server.name ?? finding.tenant,
      owner: connection?.owner ?? finding.owners.shownOwners, application: finding.application,
      keyID: finding.keyID,
      failingRoute: finding.route, code: finding.code, severity: finding.severity,
      text: finding.message, remedy: finding.remedy + reason, due: finding.expiresAt,
      since: item.since)
  }

  private func resolution(_ item: Ledger.OpenFinding) -> Message.Line {
    var line = line(item, .resolved)
    line.remedy = ""
    line.due = nil
    let current = item.finding.connection.flatMap { records[$0]?.current }
    switch item.finding.code {
    case .expiring, .expired:
      guard item.finding.connection != nil else {
        line.text = "over: \(item.finding.message)"
        break
      }
      line.text =
        current.map { "uses a secret that expires on \(Timestamp.day($0.expiresAt))" }
        ?? "is no longer watched"
    case .certificateExpiring, .certificateExpired: line.text = "over: \(item.finding.message)"
    case .handOverOpen: line.text = "the new secret is handed over"
    case .missedRun: line.text = "the nights are complete again"
    case .clockSetBack: line.text = "the clock is right again"
    case .notificationFailed: line.text = "the route \(item.finding.route ?? "") delivers again"
    default: line.text = "no longer: \(item.finding.message)"
    }
    return line
  }

  private mutating func add(_ line: Message.Line, to audience: Audience) {
    lines[audience, default: []].append(line)
  }

  private mutating func note(_ item: Ledger.OpenFinding, _ audience: Audience) {
    notices[audience, default: []].append(
      Ledger.Notice(
        audience: audience, key: item.finding.key, stage: night.stage(of: item.finding),
        severity: item.finding.severity, at: now, message: ""))
  }

  private func isStateful(_ audience: Audience) -> Bool {
    night.routing.route(named: audience.route)?.isStateful ?? false
  }

  private static func isBefore(_ first: Audience, _ second: Audience) -> Bool {
    (first.route, first.owner ?? "") < (second.route, second.owner ?? "")
  }
}

extension [String] {
  /// The owners of an application, as one text; nil where nobody knows any.
  fileprivate var shownOwners: String? { isEmpty ? nil : joined(separator: ", ") }
}
