import Foundation
import Keyturn

/// What is known of a whole tenant: its counts in words, and the applications that matter.
struct TenantView: Encodable {
  var name: String
  var state: String
  /// Worst first; the counts are the last one.
  var findings: [FindingView]

  /// How many applications, and tenants, a screen has room for beside the connections.
  private static let shown = 3

  init(_ night: TenantWatch.Night, at now: Date) {
    name = night.tenant
    state = Severity.worst(night.findings.map(\.severity)).rawValue
    findings = night.findings.map { FindingView($0, at: now) }
  }

  /// The applications of all tenants whose end is closest, and what is counted in the tenants, those
  /// with something to look at first.
  static func lines(of tenants: [TenantView], _ style: Style, width: Int = .max) -> [String] {
    let closest = tenants.flatMap(\.applications).sorted { rank($0) < rank($1) }.prefix(shown)
    let worst = tenants.filter { $0.state != Severity.ok.rawValue }
    let others = tenants.filter { $0.state == Severity.ok.rawValue }
    let listed = (worst + others).prefix(shown)
    var lines =
      closest.flatMap { $0.lines(style, width: width) }
      + listed.flatMap(\.counted).flatMap { $0.wrapped(toColumns: width, indent: 2) }
    if tenants.count > shown {
      lines.append("\(tenants.count - shown) more tenants are observed: keyturn apps")
    }
    return lines
  }

  /// What is still to end comes first, and what ended just now before what ended long ago.
  private static func rank(_ finding: FindingView) -> Int {
    guard let days = finding.daysLeft else { return .max }
    return days >= 0 ? days : 100_000 - days
  }

  private var applications: [FindingView] {
    findings.filter { $0.code != Finding.Code.observed.rawValue }
  }

  private var counted: [String] {
    guard let counts = findings.last, counts.code == Finding.Code.observed.rawValue else {
      return ["\(name): nothing is known yet; keyturn check reads all of its applications"]
    }
    return [counts.message, "  \(counts.remedy)"]
  }
}
