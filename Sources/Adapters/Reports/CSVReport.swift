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
      case .text(let text): quoted(harmless((text ?? "").shown(upTo: longest)))
      }
    }.joined(separator: ",") + "\r\n"
  }

  /// The most characters of a text; a spreadsheet takes 32,767 in a cell.
  private static let longest = 1_000

  /// A text that no spreadsheet takes for a formula.
  ///
  /// Spreadsheets calculate what begins with one of these, and a formula may fetch an address with
  /// the sheet's content in it; the apostrophe says "text". Line ends and tabs are visible by now.
  /// Source: OWASP, "CSV Injection".
  private static func harmless(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return text }
    return "=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first) ? "'\(text)" : text
  }

  /// In quotes, where it has to be.
  private static func quoted(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else {
      return text
    }
    // By scalars: a quote with a combining mark is another Character, and still a quote.
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { result += "\"" }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }
}
