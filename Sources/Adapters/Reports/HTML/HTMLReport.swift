import Crypto
import Foundation
import Keyturn
import Mustache

/// A page to look at, to send and to print: one file, without script, that asks nobody for anything.
///
/// Its Content-Security-Policy lets nothing in but its own style sheet, so that even a text that got
/// past the escaping could do nothing.
public struct HTMLReport: Sendable {
  let overview: Overview
  /// The entries, worst first and then what is due first, each with its place on the page.
  let ranking: Ranking

  /// A page about what is known.
  public init(_ overview: Overview) {
    self.overview = overview
    ranking = Ranking(overview)
  }

  /// Whether there are more rows than a browser lays out at once without a stutter.
  var isMany: Bool { overview.entries.count > 300 }

  /// How many events of each connection a report of so many has room for.
  ///
  /// A page with ten thousand of them is still small enough to be sent; two are the least that tell
  /// a story.
  public static func history(of connections: Int) -> Int {
    max(2, min(20, 10_000 / max(1, connections)))
  }

  /// The page.
  ///
  /// Throws: nothing that depends on what is shown; a template that does not parse is our mistake.
  public func text() async throws -> String {
    let rows = try await rows()
    let timeline = Timeline(overview, ranking)
    var values: TemplateValues = [
      "policy": Self.policy, "style": Self.style, "headline": headline,
      "asOf": overview.asOf.minute,
      "stamp": Timestamp.format(overview.asOf), "state": overview.severity.rawValue,
      "night": nightLine, "counts": counts, "actions": actionValues,
      "timeline": try timeline.text(), "ahead": aheadValues, "rows": rows,
      "isMany": isMany, "history": historyLine, "hasTenants": !overview.tenants.isEmpty,
    ]
    // A key that is there counts as true in a template.
    values["tenants"] = tenantValues
    return try Markup.template(Self.page).render(values)
  }

  /// Nothing is loaded, run or sent; the style sheet is known by its hash.
  ///
  /// Source: W3C, "Content Security Policy Level 3".
  private static let policy: String = {
    let hash = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()
    return "default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'"
  }()

  private var headline: String {
    let all = overview.entries.count
    let due = ranking.places.count { $0.severity != .ok }
    let tenants = overview.tenants.count
    let dueTenants = overview.tenants.count { $0.severity != .ok }
    switch (all, due) {
    case (0, _) where tenants == 0: return "No connection is configured"
    case (0, _) where dueTenants == 0:
      return tenants == 1 ? "The tenant is in order" : "All \(tenants.grouped) tenants are in order"
    case (0, _):
      return tenants == 1
        ? "The tenant needs somebody"
        : "\(dueTenants.grouped) of \(tenants.grouped) tenants need somebody"
    case (_, 0) where overview.severity == .ok:
      return all == 1 ? "The secret is in order" : "All \(all.grouped) secrets are in order"
    case (_, 0) where dueTenants > 0 && overview.findings.allSatisfy({ $0.severity == .ok }):
      return tenants == 1
        ? "The secrets are in order, the observed tenant is not"
        : "The secrets are in order, \(dueTenants.grouped) of \(tenants.grouped) tenants are not"
    case (_, 0): return "The secrets are in order, the nights are not"
    case (1, _): return "The secret needs somebody"
    default: return "\(due.grouped) of \(all.grouped) secrets need somebody"
    }
  }

  private var nightLine: String {
    guard let newest = overview.runs.newest else { return "No nightly check has run yet." }
    guard let good = overview.runs.newestGood else {
      return "No nightly check could do all of its work yet; the last one ended on "
        + "\(newest.finishedAt.minute)."
    }
    return "The last nightly check that could do all of its work ended on "
      + "\(good.finishedAt.minute)."
  }

  private var historyLine: String {
    let most = overview.entries.lazy.map(\.history.count).max() ?? 0
    return most == 0
      ? "" : "Each shows at most \(most) of its newest events; keyturn history NAME has them all."
  }

  private var counts: [TemplateValues] {
    let words: [(Severity, String)] = [
      (.critical, "critical"), (.unknown, "not known"), (.warning, "due"), (.ok, "in order"),
    ]
    let found = Dictionary(grouping: ranking.places, by: \.severity).mapValues(\.count)
    return words.map { severity, word in
      let count = found[severity] ?? 0
      return [
        "severity": severity.rawValue, "word": word, "count": count.grouped, "isNone": count == 0,
      ]
    }
  }
}

/// The order of a page, worked out once.
struct Ranking: Sendable {
  /// One entry's place.
  struct Place: Sendable {
    /// Which entry of the overview.
    var index: Int
    var severity: Severity
    /// What is not in order, worst first.
    var findings: [Finding]
    /// By when its worst finding has to be dealt with, or else the end of its secret.
    var due: Date?
  }

  /// Worst first; of the same severity, what is due first.
  var places: [Place]
  /// Where the row of a connection is, by its name.
  var rows: [String: Int]

  init(_ overview: Overview) {
    places = overview.entries.enumerated().map { index, entry in
      let findings = entry.findings
      let severity = Severity.worst(findings.map(\.severity))
      let due = findings.filter { $0.severity == severity && severity != .ok }
        .compactMap(\.expiresAt).min()
      return Place(
        index: index, severity: severity, findings: findings.filter { $0.severity != .ok },
        due: due ?? entry.record?.current?.expiresAt)
    }
    places.sort {
      guard $0.severity == $1.severity else { return $0.severity.isWorse(than: $1.severity) }
      let (due, othersDue) = ($0.due ?? .distantFuture, $1.due ?? .distantFuture)
      return due == othersDue ? $0.index < $1.index : due < othersDue
    }
    rows = Dictionary(
      zip(places.map { overview.entries[$0.index].connection.name }, places.indices),
      uniquingKeysWith: { first, _ in first })
  }
}

extension Date {
  /// `2026-11-22 02:10 UTC`.
  var minute: String {
    let stamp = Timestamp.format(self)
    return "\(stamp.prefix(10)) \(stamp.dropFirst(11).prefix(5)) UTC"
  }
}

extension Int {
  /// With a comma every three digits: `5,000`.
  var grouped: String {
    var digits = String(magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (self < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }
}
