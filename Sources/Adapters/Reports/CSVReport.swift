import Foundation
import Keyturn

/// A table for spreadsheets and scripts: one line a connection.
///
/// Source: RFC 4180.
public struct CSVReport: Sendable {
  private let overview: Overview

  /// A table of what is known.
  public init(_ overview: Overview) {
    self.overview = overview
  }

  /// The header and the lines, each with CR LF at its end, in the order of the configuration.
  public var text: String {
    var text = Self.line(Self.header.map { .text($0) })
    for entry in overview.entries { text += Self.line(cells(entry)) }
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
    "findings", "remedies", "snoozed_until",
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
