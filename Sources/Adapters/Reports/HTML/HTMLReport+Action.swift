import Foundation
import Keyturn

extension HTMLReport {
  /// How many things to do are listed at length; the rest is in the table.
  static let longestList = 50
  /// How many ends in observed tenants are among them, and how many tenants that can't be read.
  static let longestOfTenants = 10
  /// How many connections' next events are listed.
  static let longestOutlook = 15

  /// What needs somebody now, worst first, with what to do and by when.
  var actionValues: TemplateValues {
    var lines = overview.findings.filter { $0.severity != .ok }.map { action($0, snooze: nil) }
    lines += overview.routes.filter { $0.failures > 0 }.map(failing)
    var hidden = 0
    let strangers = strangers
    for subject in Self.merged(connections, strangers) {
      for finding in subject.findings {
        guard lines.count < Self.longestList else {
          hidden += 1
          continue
        }
        let tenant = subject.entry?.connection.server.name
        lines.append(action(finding, snooze: subject.entry?.snooze, tenant: tenant))
      }
    }
    let known = overview.tenants.map { $0.endings.count + ($0.trouble == nil ? 0 : 1) }
    let beside = known.reduce(0, +) - strangers.count
    let next = overview.plan.events.first { $0.at > overview.asOf }
    return [
      "lines": lines, "isEmpty": lines.isEmpty, "hidden": hidden.grouped, "hasMore": hidden > 0,
      "hasMoreInTenants": beside > 0, "hiddenInTenants": beside.grouped,
      "next": next.map {
        "Next: \(Timestamp.day($0.at)), \($0.connection.shown()): \($0.what.shown())"
      } ?? "Nothing is planned.",
    ]
  }

  /// What something has to be done about: a connection with all that was found, or one thing in a tenant.
  private struct Subject {
    var severity: Severity
    var due: Date?
    var findings: [Finding]
    var entry: Overview.Entry?

    /// Worse, or as bad and due earlier.
    func comesBefore(_ other: Subject) -> Bool {
      guard severity == other.severity else { return severity.isWorse(than: other.severity) }
      return due ?? .distantFuture < other.due ?? .distantFuture
    }
  }

  private var connections: [Subject] {
    ranking.places.filter { !$0.findings.isEmpty }.map { place in
      Subject(
        severity: place.severity, due: place.due, findings: place.findings,
        entry: overview.entries[place.index])
    }
  }

  /// What could not be read of tenants, and the closest ends in them, of each as many as one reads.
  private var strangers: [Subject] {
    let troubles = overview.tenantsByUrgency.compactMap(\.trouble).prefix(Self.longestOfTenants)
    let ends = overview.endingsByUrgency.map(\.finding).prefix(Self.longestOfTenants)
    return (Array(troubles) + ends).map { finding in
      Subject(
        severity: finding.severity, due: finding.expiresAt?.mirrored(at: overview.asOf),
        findings: [finding])
    }.sorted { $0.comesBefore($1) }
  }

  /// Both in one order; connections keep the order of their rows.
  private static func merged(_ connections: [Subject], _ strangers: [Subject]) -> [Subject] {
    var rest = strangers[...]
    var merged: [Subject] = []
    for connection in connections {
      let before = rest.prefix { $0.comesBefore(connection) }
      merged += before + [connection]
      rest = rest.dropFirst(before.count)
    }
    return merged + rest
  }

  private func action(_ finding: Finding, snooze: Snooze?, tenant: String? = nil) -> TemplateValues
  {
    var values: TemplateValues = [
      "severity": finding.severity.rawValue, "word": finding.severity.word,
      "message": finding.sentence(upTo: 600), "remedy": Self.remedy(finding.remedy),
    ]
    if let name = finding.connection {
      var subject: TemplateValues = ["name": name.shown(), "row": ranking.rows[name] ?? 0]
      subject["tenant"] = tenant?.shown()
      values["subject"] = subject
    }
    if let end = finding.expiresAt {
      values["due"] = [
        "day": Timestamp.day(end), "left": end.left(from: overview.asOf),
        "verb": end <= overview.asOf ? "ended" : "by",
      ]
    }
    if let snooze {
      values["snooze"] =
        "Snoozed until \(Timestamp.day(snooze.until)) by \(snooze.by.shown())"
        + (snooze.reason.map { ": \($0.shown())" } ?? "")
    }
    return values
  }

  private func failing(_ route: RouteState) -> TemplateValues {
    let since = route.failingSince.map { " since \($0.minute)" } ?? ""
    let tries = route.failures == 1 ? "1 try" : "\(route.failures) tries"
    return [
      "severity": Severity.unknown.rawValue, "word": Severity.unknown.word,
      "message": "Messages to the route \(route.name.shown()) have not arrived\(since) (\(tries))",
      "remedy": Self.remedy("see why: keyturn notify test \(route.name)"),
    ]
  }

  /// The parts of a remedy: texts, the command in it if there is one, and addresses.
  ///
  /// A remedy is keyturn's own words; what comes from outside stands in messages, where nothing becomes
  /// a link.
  static func remedy(_ text: String) -> [TemplateValues] {
    let shown = text.shown(upTo: 600).capitalizedFirst
    guard let range = shown.range(of: ": keyturn ") else { return linked(shown[...]) }
    let rest = shown[range.lowerBound...].dropFirst(2)
    let end = rest.range(of: "; ")?.lowerBound ?? rest.endIndex
    let command: TemplateValues = ["command": String(rest[..<end])]
    return linked(shown[..<rest.startIndex]) + [command] + linked(rest[end...])
  }

  /// A text, and where there is an address in it, that with the text around it.
  private static func linked(_ text: Substring) -> [TemplateValues] {
    let scheme = "https://"
    guard let start = text.range(of: scheme)?.lowerBound else { return [["text": String(text)]] }
    let address = text[start...].prefix { !$0.isWhitespace && $0 != ";" }
    let link: TemplateValues = [
      "address": String(address),
      "host": String(address.dropFirst(scheme.count).prefix { $0 != "/" }),
    ]
    return [
      ["text": String(text[..<start])], ["link": link], ["text": String(text[address.endIndex...])],
    ]
  }

  /// The next event of each connection, in order.
  var aheadValues: TemplateValues {
    let events = overview.plan.events.drop { $0.at <= overview.asOf }
    var seen: Set<String> = []
    var next: [Plan.Event] = []
    for event in events {
      guard next.count < Self.longestOutlook else { break }
      if seen.insert(event.connection).inserted { next.append(event) }
    }
    let lines = next.map { event -> TemplateValues in
      [
        "day": Timestamp.day(event.at), "left": event.at.left(from: overview.asOf),
        "name": event.connection.shown(), "row": ranking.rows[event.connection] ?? 0,
        "what": event.what.shown(upTo: 300), "severity": event.severity.rawValue,
        "word": event.severity == .ok ? "by itself" : event.severity.word,
      ]
    }
    return [
      "lines": lines, "isEmpty": lines.isEmpty, "count": events.count.grouped,
      "isOne": events.count == 1, "until": Timestamp.day(overview.plan.until),
    ]
  }
}

extension Severity {
  /// How a page calls it.
  var word: String {
    switch self {
    case .ok: "in order"
    case .warning: "due"
    case .critical: "critical"
    case .unknown: "not known"
    }
  }
}

extension Date {
  /// "23 days left", "ended 3 days ago".
  func left(from now: Date) -> String {
    let days = daysLeft(from: now)
    switch days {
    case ..<(-1): return "\((-days).grouped) days ago"
    case -1: return "within the last day"
    case 0: return "in less than a day"
    case 1: return "in 1 day"
    default: return "in \(days.grouped) days"
    }
  }
}

extension Finding {
  /// What is the case, as a sentence of its own; the name that one about a tenant begins with is left
  /// as it is.
  func sentence(upTo limit: Int) -> String {
    let shown = message.shown(upTo: limit)
    return tenant == nil ? shown.capitalizedFirst : shown
  }
}

extension String {
  /// The same sentence as a sentence of its own.
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
