import Foundation
import Keyturn

/// What `check` tells, as text and as JSON.
struct CheckView: Encodable {
  struct Action: Encodable {
    var connection: String
    var what: String
    var result: String
    var message: String
  }

  var state: String
  var exitCode: Int32
  var startedAt: String
  var finishedAt: String
  var findings: [FindingView]
  var actions: [Action]
  var summary: String
  /// What is about whole tenants, worst first and of the same severity what is closest.
  private let strangers: [FindingView]

  private enum CodingKeys: CodingKey {
    case state, exitCode, startedAt, finishedAt, findings, actions, summary
  }

  init(_ report: CheckReport) {
    state = report.severity.rawValue
    exitCode = report.severity.exitStatus
    startedAt = report.startedAt.stamp
    finishedAt = report.finishedAt.stamp
    findings = report.findings.map { FindingView($0, at: report.startedAt) }
    actions = report.actions.map {
      Action(
        connection: $0.connection, what: $0.what, result: $0.result.rawValue, message: $0.message)
    }
    summary = report.summary
    strangers = report.findings.filter(\.isAboutTenant)
      .sorted { $0.comesBefore($1, at: report.startedAt) }
      .map { FindingView($0, at: report.startedAt) }
  }

  /// How many findings about whole tenants are shown; whoever observes hundreds has hundreds.
  private static let longest = 10

  /// Everything worth a word about connections, the worst of whole tenants, and the summary last: on a quiet night that is one line.
  func text(_ style: Style) -> [String] {
    let bad = findings.filter { $0.severity != "ok" }
    var told = bad.filter { $0.connection != nil || $0.tenant == nil }.flatMap { $0.lines(style) }
    told += strangers.prefix(Self.longest).flatMap { $0.lines(style) }
    if strangers.count > Self.longest {
      told.append(
        "\(strangers.count - Self.longest) more about applications that are no connections:"
          + " keyturn apps --expiring 30d, or check --json")
    }
    // A nightly validation that went well is no news.
    let done = actions.filter { !($0.what == "validate" && $0.result == "done") }.map {
      "\($0.result): \($0.connection) \($0.what)" + ($0.message.isEmpty ? "" : ": \($0.message)")
    }
    return done + told + [summary]
  }
}

extension Finding {
  /// Whether it is worth a word, and about a tenant or an application that is no connection.
  fileprivate var isAboutTenant: Bool { connection == nil && tenant != nil && severity != .ok }

  fileprivate func comesBefore(_ other: Finding, at now: Date) -> Bool {
    if severity != other.severity { return severity.isWorse(than: other.severity) }
    return expiresAt?.mirrored(at: now) ?? .distantFuture
      < other.expiresAt?.mirrored(at: now) ?? .distantFuture
  }
}
