import Foundation
import Keyturn

extension StatusView {
  /// The table of all connections, then what needs somebody.
  func text(_ style: Style) -> [String] {
    guard !connections.isEmpty else { return ["no connection is configured"] }
    var table = TextTable(["CONNECTION", "STATE", "EXPIRES", "LEFT", "LIFETIME", "ROTATION"])
    for connection in connections {
      table.add([
        connection.name.truncated(to: 28), connection.state,
        connection.current.map { String($0.expiresAt.prefix(10)) } ?? "-",
        connection.current.map { "\($0.daysLeft) d" } ?? "-",
        connection.current.map { $0.bar(width: 10) } ?? "-", connection.rotation?.step ?? "-",
      ])
    }
    var lines = table.lines(style: style) { row, column, cell in
      guard column == 1, let severity = Severity(rawValue: connections[row].state) else {
        return cell
      }
      return style.colored(cell, severity)
    }
    let all = (findings + connections.flatMap(\.findings)).filter { $0.severity != "ok" }
    if !all.isEmpty { lines.append("") }
    lines += all.flatMap { $0.lines(style) }
    return lines
  }

  /// One connection at length.
  static func details(_ connection: ConnectionState, _ style: Style) -> [String] {
    let severity = Severity(rawValue: connection.state) ?? .unknown
    var lines = [
      "\(style.bold(connection.name))  \(style.colored(connection.state.uppercased(), severity))",
      "  tenant       \(connection.tenant)", "  application  \(connection.clientId)",
    ]
    if let owner = connection.owner { lines.append("  owner        \(owner.shown())") }
    for (name, secret) in [
      ("current", connection.current), ("previous", connection.previous),
      ("pending", connection.pending),
    ] {
      guard let secret else { continue }
      lines.append("  \(name.padded(to: 11))  \(secret.line)")
    }
    if let rotation = connection.rotation {
      lines.append("  rotation     \(rotation.step) since \(rotation.steppedAt.prefix(10))")
      for handOver in rotation.handOver {
        lines.append("  hand-over    \(handOver.target): \(handOver.state) since \(handOver.since)")
      }
      if let error = rotation.lastError { lines.append("  last error   \(error)") }
    }
    if let settling = connection.settling { lines.append("  settling     \(settling.line)") }
    let date = connection.next.at.map { "\($0.prefix(10))  " } ?? ""
    lines.append("  next         \(date)\(connection.next.what)")
    let findings = connection.findings.filter { $0.severity != "ok" }
    return lines + findings.flatMap { $0.lines(style).map { "  \($0)" } }
  }
}

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

  /// How much of the lifetime is left.
  fileprivate func bar(width: Int) -> String {
    let full = Int((lifetimeLeft * Double(width)).rounded(.up))
    return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
  }
}

extension String {
  /// The text, cut with an ellipsis where it is longer than `count`.
  fileprivate func truncated(to count: Int) -> String {
    self.count <= count ? self : prefix(count - 1) + "…"
  }

  /// The text, filled up with blanks.
  fileprivate func padded(to count: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, count - self.count))
  }
}
