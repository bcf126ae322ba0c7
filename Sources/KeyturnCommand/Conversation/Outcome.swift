import Foundation
import Keyturn

/// The lines with which a command ends: where the connection is now, and what comes next.
enum Outcome {
  /// What is current, and what the rotation waits for.
  static func lines(_ connection: Connection, _ record: ConsumerRecord, at now: Date) -> [String] {
    var lines: [String] = []
    if let current = record.current {
      lines.append(
        "\(connection.name): current \(current.designation), expires"
          + " \(Timestamp.day(current.expiresAt)), record version \(record.version)")
    }
    switch record.rotation?.step {
    case .switched:
      let targets = record.rotation?.openHandOvers.map(\.target).joined(separator: ", ") ?? ""
      lines.append("next: enter it at \(targets), then keyturn confirm \(connection.name)")
    case .handedOver:
      let day = record.retireAfter.map(Timestamp.day) ?? ""
      let retirement =
        connection.retiresByItself(record)
        ? "keyturn check removes it" : "keyturn retire \(connection.name)"
      lines.append(
        record.previous == nil
          ? "next: keyturn check ends the rotation; there is no previous secret to retire"
          : "next: the previous secret is kept until \(day), then \(retirement)")
    default:
      let next = Judgement(connection, record.version == 0 ? nil : record, at: now).next
      let day = next.at.map { Timestamp.day($0) + ", " } ?? ""
      lines.append("next: \(day)\(next.what)")
    }
    return lines
  }
}
