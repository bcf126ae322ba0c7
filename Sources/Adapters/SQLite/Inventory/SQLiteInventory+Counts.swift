import Foundation
import GRDB
import Keyturn

/// What is counted of the newest complete pictures.
///
/// How many have no living secret, one of more than 24 months, or more than two, would be a walk through
/// the index of a whole tenant. So that is counted once, when a picture is completed, and kept with it;
/// afterwards it changes only by what ends since then, and that is a short stretch of the index.
extension SQLiteInventory {
  static func summary(
    _ query: PictureQuery, at now: Date, in db: GRDB.Database
  ) throws -> TenantSummary? {
    let arguments: StatementArguments = [
      "tenant": query.tenant, "kind": query.scope.kind.rawValue, "now": seconds(now),
      "until": seconds(query.window.upperBound),
    ]
    let statement = try db.cachedStatement(sql: counting)
    guard let row = try Row.fetchOne(statement, arguments: arguments) else { return nil }
    var summary = TenantSummary(
      applications: try row.decode(forColumn: "applications"),
      secrets: try row.decode(forColumn: "secrets"), ending: try row.decode(forColumn: "ending"),
      ended: try row.decode(forColumn: "ended"), long: try row.decode(forColumn: "long"),
      crowded: try row.decode(forColumn: "crowded"), readAt: try row.instant("readAt"))
    summary.kind = query.scope.kind
    if try row.decode(forColumn: "hasCertificates") {
      summary.certificates = TenantSummary.Certificates(
        ending: try row.decode(forColumn: "certificatesEnding"),
        ended: try row.decode(forColumn: "certificatesEnded"))
    }
    return summary
  }

  static let counting = """
    SELECT applications, secrets, readAt, hasCertificates,
      \(count(ends: "lastEnd", after: ":now", until: ":until")) AS ending,
      ended + \(endedSince("lastEnd")) AS ended,
      long - \(endedSince("lastEnd", of: "long", "AND hasLongSecret")) AS long,
      crowded - \(endedSince("thirdEnd")) AS crowded,
      \(count(ends: "certificateEnd", after: ":now", until: ":until")) AS certificatesEnding,
      certificatesEnded + \(endedSince("certificateEnd")) AS certificatesEnded
    FROM (
      SELECT *, CAST(strftime('%s', readAt) AS INTEGER) AS countedAt FROM observedTenant
      WHERE name = :tenant AND kind = :kind AND generation > 0
    ) AS tenant
    """

  /// Counts a picture that has just been completed, as of that instant.
  static let recounting = """
    UPDATE observedTenant AS tenant SET
      ended = \(count(ends: "lastEnd", after: "-1", until: ":now")),
      long = \(count(ends: "lastEnd", after: ":now", of: "long", "AND hasLongSecret")),
      crowded = \(count(ends: "thirdEnd", after: ":now")),
      certificatesEnded = \(count(ends: "certificateEnd", after: "-1", until: ":now"))
    WHERE id = :id
    """

  /// How many ends have passed since the picture was counted; fewer than none where the clock was set back.
  private static func endedSince(
    _ end: String, of index: String? = nil, _ condition: String = ""
  ) -> String {
    let passed = count(ends: end, after: "countedAt", until: ":now", of: index, condition)
    return
      "(\(passed) - \(count(ends: end, after: ":now", until: "countedAt", of: index, condition)))"
  }

  /// How many applications of a picture have such an end in a span; each index is named after what it is of.
  private static func count(
    ends end: String, after: String, until: String? = nil, of index: String? = nil,
    _ condition: String = ""
  ) -> String {
    """
    (SELECT count(*) FROM observedApplication INDEXED BY observedApplication_\(index ?? end)
      WHERE observedApplication.tenant = tenant.id \(condition) AND \(end) > \(after)
        \(until.map { "AND \(end) <= \($0)" } ?? "") AND generation <= tenant.generation)
    """
  }
}
