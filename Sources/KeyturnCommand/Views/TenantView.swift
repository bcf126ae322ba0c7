import Foundation
import Keyturn

/// What is known of a whole tenant: its counts in words, and the applications that matter.
struct TenantView: Encodable {
  var name: String
  var state: String
  /// Worst first; the counts are the last one.
  var findings: [FindingView]

  /// How many applications a screen has room for, beside the connections.
  private static let shown = 3

  init(_ night: TenantWatch.Night, at now: Date) {
    name = night.tenant
    state = Severity.worst(night.findings.map(\.severity)).rawValue
    findings = night.findings.map { FindingView($0, at: now) }
  }

  /// The applications whose end is closest, and what is counted.
  func lines(_ style: Style, width: Int = .max) -> [String] {
    guard let counts = findings.last, counts.code == Finding.Code.observed.rawValue else {
      return ["\(name): nothing is known yet; keyturn check reads all of its applications"]
    }
    let closest = findings.dropLast().prefix(Self.shown)
    return closest.flatMap { $0.lines(style, width: width) }
      + counts.message.wrapped(toColumns: width, indent: 2) + ["  \(counts.remedy)"]
  }
}
