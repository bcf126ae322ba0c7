import Foundation
import Keyturn
import Mustache

extension HTMLReport {
  /// The rows of the table, rendered in parts at the same time: of a large page they are nearly all.
  func rows() async throws -> String {
    let template = try Markup.template(Self.row)
    let rows = await Array(ranking.places.enumerated()).concurrentMap { place in
      group(before: place.offset) + template.render(values(place.element, row: place.offset))
    }
    return rows.joined()
  }

  /// Begins another group of rows, of which a browser lays out only those that are near.
  ///
  /// Of groups of 25 to 100, those of 50 scroll most evenly; single rows cost more to watch than they
  /// spare.
  private func group(before row: Int) -> String {
    isMany && row > 0 && row % 50 == 0 ? "</tbody><tbody role=rowgroup>\n" : ""
  }

  private func values(_ place: Ranking.Place, row: Int) -> TemplateValues {
    let entry = overview.entries[place.index]
    let (connection, record) = (entry.connection, entry.record)
    var values: TemplateValues = [
      "row": row, "severity": place.severity.rawValue, "word": place.severity.word,
      "name": connection.name.shown(), "tenant": connection.server.name.shown(),
      "next": entry.judgement.next.what.shown(upTo: 200),
      "facts": facts(entry), "findings": findings(place),
      "events": entry.history.reversed().map(event),
    ]
    // A key that is there counts as true in a template, an empty text too.
    values["nextDay"] = entry.judgement.next.at.map(Timestamp.day)
    values["snoozed"] = entry.snooze.map { Timestamp.day($0.until) }
    values["step"] = record?.rotation?.step.rawValue.replacing("_", with: " ")
    if let current = record?.current {
      let share = Int((current.shareLeft(at: overview.asOf) * 100).rounded())
      values["end"] = Timestamp.day(current.expiresAt)
      values["left"] = "\(current.expiresAt.daysLeft(from: overview.asOf).grouped) d"
      values["share"] = share
    }
    return values
  }

  private func findings(_ place: Ranking.Place) -> [TemplateValues] {
    place.findings.map { finding in
      [
        "severity": finding.severity.rawValue, "word": finding.severity.word,
        "message": finding.sentence(upTo: 600), "remedy": Self.remedy(finding.remedy),
      ]
    }
  }

  /// What is known of it, as terms and descriptions; what is not known is left out.
  private func facts(_ entry: Overview.Entry) -> [TemplateValues] {
    let (connection, record) = (entry.connection, entry.record)
    var facts: [(String, String?)] = [
      ("application", connection.clientID), ("owner", connection.owner),
      ("current", record?.current.map { secret($0) }),
      ("previous", record?.previous.map { secret($0, retireAfter: record?.retireAfter) }),
      ("pending", record?.pending.map { secret($0) }),
    ]
    if let rotation = record?.rotation {
      facts.append(
        ("rotation", "\(rotation.mode.rawValue), since \(Timestamp.day(rotation.startedAt))"))
      for handOver in rotation.handOver {
        facts.append(
          (
            "hand-over",
            "\(handOver.target): \(handOver.state.rawValue) since \(Timestamp.day(handOver.at))"
          ))
      }
      facts.append(("last error", rotation.lastError))
    }
    facts.append(("settling", entry.settling.map { "a new secret of this tenant \($0)" }))
    return facts.compactMap { term, text in
      text.map { ["term": term, "text": $0.shown(upTo: 400)] }
    }
  }

  private func secret(_ secret: ClientSecret, retireAfter: Date? = nil) -> String {
    var parts = [secret.keyID ?? "key id not known"]
    if let hint = secret.hint { parts.append("begins \(hint)") }
    if let start = secret.startsAt { parts.append("from \(Timestamp.day(start))") }
    parts.append("to \(Timestamp.day(secret.expiresAt)) (\(secret.source.rawValue))")
    if let retireAfter { parts.append("kept until \(Timestamp.day(retireAfter))") }
    if let validated = secret.validatedAt { parts.append("accepted \(Timestamp.day(validated))") }
    return parts.joined(separator: ", ")
  }

  private func event(_ event: AuditEvent) -> TemplateValues {
    let stamp = Timestamp.format(event.entry.at)
    return [
      "at": "\(stamp.prefix(10)) \(stamp.dropFirst(11).prefix(5))",
      "action": event.entry.action.shown(upTo: 60), "actor": event.entry.actor.shown(upTo: 80),
      "detail": event.entry.detail.shown(upTo: isMany ? 120 : 300),
    ]
  }
}

extension ClientSecret {
  /// Which share of its lifetime is ahead, from 0 to 1.
  func shareLeft(at now: Date) -> Double {
    // Where the start is not known, the bar still has to mean something.
    let start = startsAt ?? expiresAt.subtracting(.months(24))
    let whole = max(1, expiresAt.timeIntervalSince(start))
    return min(1, max(0, expiresAt.timeIntervalSince(now) / whole))
  }
}
