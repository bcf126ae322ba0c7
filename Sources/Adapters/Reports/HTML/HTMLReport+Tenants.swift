import Foundation
import Keyturn

extension HTMLReport {
  /// How many ends are listed beside the table of tenants.
  static let longestEnds = 15
  /// How many tenants have a row.
  static let longestTenants = 1_000

  /// What is known of the tenants that are observed as a whole; nil where none is.
  var tenantValues: TemplateValues? {
    guard let first = overview.tenants.first else { return nil }
    let tenants = overview.tenantsByUrgency
    let ends = overview.endingsByUrgency
    let shown = ends.prefix(Self.longestEnds)
    // Those that one tenant has no room for are only counted.
    let ahead = shown.count { $0.end.at ?? .distantPast > overview.asOf }
    let hidden = max(ends.count - shown.count, total(\.allEnding) - ahead)
    return [
      "summary": summary(first.span.description), "span": first.span.description,
      "ends": shown.map(end), "hasMoreEnds": hidden > 0, "hiddenEnds": hidden.grouped,
      "tenantRows": tenants.prefix(Self.longestTenants).map(row),
      "isManyTenants": tenants.count > 300, "hasMoreTenants": tenants.count > Self.longestTenants,
      "hiddenTenants": (tenants.count - Self.longestTenants).grouped,
    ]
  }

  /// The sum of a count over all tenants.
  private func total(_ count: (TenantSummary) -> Int) -> Int {
    overview.tenants.compactMap { $0.total(count) }.reduce(0, +)
  }

  private func summary(_ span: String) -> String {
    "Of \(total(\.applications).grouped) applications, \(total(\.allEnding).grouped) lose their last"
      + " client secret or certificate within \(span), and \(total(\.allEnded).grouped) have none left."
      + " Whether one is in use is not known here."
  }

  private func end(_ ending: TenantStanding.Ending) -> TemplateValues {
    let (application, finding) = (ending.end.application, ending.finding)
    let at = ending.end.at ?? overview.asOf
    let kind = application.kind == .application ? "" : "service principal, "
    return [
      "day": Timestamp.day(at), "left": at.left(from: overview.asOf),
      "severity": finding.severity.rawValue, "word": finding.severity.word,
      "name": (application.displayName ?? "").shown(upTo: 100),
      "tenant": (finding.tenant ?? "").shown(),
      "what": kind + (ending.end.credential == .secret ? "client secret" : "certificate"),
      "id": (application.subject?.description ?? "").shown(),
    ]
  }

  private func row(_ tenant: TenantStanding) -> TemplateValues {
    func count(_ count: (TenantSummary) -> Int) -> String {
      tenant.total(count)?.grouped ?? "–"
    }
    var values: TemplateValues = [
      "severity": tenant.severity.rawValue, "word": tenant.severity.word,
      "name": tenant.name.shown(),
      "nextEnd": tenant.nextEnd(after: overview.asOf).map(Timestamp.day) ?? "–",
      "applications": count(\.applications), "ending": count(\.allEnding),
      "ended": count(\.allEnded), "long": count(\.long), "crowded": count(\.crowded),
      "read": tenant.readAt.map(Timestamp.day) ?? "never",
    ]
    values["trouble"] = tenant.trouble.map { $0.sentence(upTo: 300) }
    return values
  }
}
