import Foundation
import Keyturn

/// A table for spreadsheets and scripts: one line a connection, then one for each application of an
/// observed tenant whose last credential ends soon or has ended, and for each tenant that can't be read.
///
/// What is no connection has nothing in that column. Of a tenant there are no more applications than
/// findings; `keyturn apps --csv` has them all.
///
/// Source: RFC 4180.
public struct CSVReport: Sendable {
  private let overview: Overview

  /// A table of what is known.
  public init(_ overview: Overview) {
    self.overview = overview
  }

  /// The header and the lines, each with CR LF at its end, connections in the order of the
  /// configuration, tenants worst first.
  public var text: String {
    var text = Self.line(Self.header.map { .text($0) })
    for entry in overview.entries { text += Self.line(cells(entry)) }
    for tenant in overview.tenantsByUrgency {
      if let trouble = tenant.trouble { text += Self.line(cells(trouble, nil)) }
      for ending in tenant.endings { text += Self.line(cells(ending.finding, ending.end)) }
    }
    return text
  }

  /// One field.
  private enum Cell {
    case text(String?)
    case number(Int?)
    case instant(Date?)
  }

  private static let header = [
    "connection", "tenant", "application", "owner", "state", "expires_at", "days_left", "starts_at",
    "key_id", "hint", "source", "validated_at", "rotation_step", "rotation_mode",
    "open_hand_overs", "previous_expires_at", "retire_after", "next_at", "next", "finding_codes",
    "findings", "remedies", "snoozed_until", "display_name", "kind", "credential",
  ]

  private func cells(_ entry: Overview.Entry) -> [Cell] {
    let (connection, record) = (entry.connection, entry.record)
    let current = record?.current
    let rotation = record?.rotation
    let findings = entry.findings.filter { $0.severity != .ok }
    let handOvers = rotation?.openHandOvers.map(\.target) ?? []
    return [
      .text(connection.name), .text(connection.server.name), .text(connection.clientID),
      .text(connection.owner), .text(entry.severity.rawValue), .instant(current?.expiresAt),
      .number(current?.expiresAt.daysLeft(from: overview.asOf)), .instant(current?.startsAt),
      .text(current?.keyID), .text(current?.hint), .text(current?.source.rawValue),
      .instant(current?.validatedAt), .text(rotation?.step.rawValue),
      .text(rotation?.mode.rawValue), .text(handOvers.joined(separator: "; ")),
      .instant(record?.previous?.expiresAt), .instant(record?.retireAfter),
      .instant(entry.judgement.next.at), .text(entry.judgement.next.what),
      .text(findings.map(\.code.rawValue).joined(separator: "; ")),
      .text(findings.map(\.message).joined(separator: "; ")),
      .text(findings.map(\.remedy).joined(separator: "; ")), .instant(entry.snooze?.until),
      .text(nil), .text(nil), .text(nil),
    ]
  }

  /// What is not a connection's: the end of an application's last credential, or what could not be read.
  private func cells(_ finding: Finding, _ end: ObservedEnd?) -> [Cell] {
    let application = end?.application
    let secret = end.flatMap { end in
      end.credential == .secret ? application?.secrets?.first { $0.expiresAt == end.at } : nil
    }
    return [
      .text(nil), .text(finding.tenant), .text(finding.application), .text(nil),
      .text(finding.severity.rawValue), .instant(end?.at),
      .number(end?.at?.daysLeft(from: overview.asOf)), .instant(secret?.startsAt),
      .text(finding.keyID), .text(secret?.hint), .text(nil), .instant(nil), .text(nil), .text(nil),
      .text(nil), .instant(nil), .instant(nil), .instant(nil), .text(nil),
      .text(finding.code.rawValue), .text(finding.message), .text(finding.remedy), .instant(nil),
      .text(application?.displayName), .text(application?.kind.rawValue),
      .text(end?.credential.rawValue),
    ]
  }

  private static func line(_ cells: [Cell]) -> String {
    cells.map { cell in
      switch cell {
      case .number(let number): number.map(String.init) ?? ""
      case .instant(let date): date.map(Timestamp.format) ?? ""
      case .text(let text): CSVText.cell(text ?? "")
      }
    }.joined(separator: ",") + "\r\n"
  }
}
