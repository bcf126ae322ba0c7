import Foundation
import Keyturn

extension StatusView {
  /// One connection at length, on lines of so many columns.
  static func details(_ connection: ConnectionState, _ style: Style, width: Int = .max) -> [String]
  {
    let severity = Severity(rawValue: connection.state) ?? .unknown
    let title =
      "\(style.bold(connection.name))  \(style.colored(connection.state.uppercased(), severity))"
    var lines = [
      "  tenant       \(connection.tenant)", "  application  \(connection.clientId)",
    ]
    if let owner = connection.owner { lines.append("  owner        \(owner.shown())") }
    for (name, secret) in [
      ("current", connection.current), ("previous", connection.previous),
      ("pending", connection.pending),
    ] {
      guard let secret else { continue }
      lines.append("  \(name.padded(toColumns: 11))  \(secret.line)")
    }
    if let rotation = connection.rotation {
      lines.append("  rotation     \(rotation.step) since \(rotation.steppedAt.prefix(10))")
      for handOver in rotation.handOver {
        lines.append("  hand-over    \(handOver.target): \(handOver.state) since \(handOver.since)")
      }
      if let error = rotation.lastError { lines.append("  last error   \(error)") }
    }
    if let until = connection.snoozedUntil {
      lines.append("  snoozed      until \(until.prefix(10))\(connection.snoozeText)")
    }
    if let settling = connection.settling { lines.append("  settling     \(settling.line)") }
    let date = connection.next.at.map { "\($0.prefix(10))  " } ?? ""
    lines.append("  next         \(date)\(connection.next.what)")
    let findings = connection.findings.filter { $0.severity != "ok" }
    return [title]
      + lines.flatMap { $0.wrapped(toColumns: width, indent: labelWidth, label: labelWidth) }
      + findings.flatMap { $0.lines(style, width: max(20, width - 2)).map { "  \($0)" } }
  }
}

/// Where what stands behind a label begins.
private let labelWidth = 15

extension StatusView.Secret {
  /// What a person wants to know of it, on one line.
  fileprivate var line: String {
    var parts = ["expires \(expiresAt.prefix(10)) (\(daysLeft) days left, \(source))"]
    if let hint { parts.append("begins \(hint.shown())") }
    if let keyId { parts.append("key id \(keyId)") }
    if let retireAfter { parts.append("kept until \(retireAfter.prefix(10))") }
    if let validatedAt { parts.append("validated \(validatedAt)") }
    return parts.joined(separator: ", ")
  }
}
