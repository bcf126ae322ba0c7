import Crypto
import Foundation
import Keyturn

/// A calendar with what is ahead: one event of a day for each event of the plan.
///
/// Source: RFC 5545.
public struct CalendarReport: Sendable {
  private let overview: Overview

  /// A calendar of what is known.
  public init(_ overview: Overview) {
    self.overview = overview
  }

  /// The calendar, with lines of at most 75 octets that end in CR LF.
  public var text: String {
    var lines = [
      "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//keyturn//keyturn//EN", "CALSCALE:GREGORIAN",
      "METHOD:PUBLISH", "X-WR-CALNAME:Client secrets (keyturn)",
      // How often a program that subscribes should look: the plan changes with each night.
      "REFRESH-INTERVAL;VALUE=DURATION:P1D", "X-PUBLISHED-TTL:P1D",
    ]
    let applications = Dictionary(
      overview.entries.map { ($0.connection.name, $0.connection) },
      uniquingKeysWith: { first, _ in first })
    var seen: [String: Int] = [:]
    for event in overview.plan.events {
      let connection = applications[event.connection]
      let key = [event.connection, connection?.clientID ?? "", event.kind].joined(separator: "\n")
      seen[key, default: 0] += 1
      lines += self.lines(event, connection, uid: Self.uid(key, seen[key] ?? 1))
    }
    lines.append("END:VCALENDAR")
    return lines.map(Self.folded).joined()
  }

  private func lines(_ event: Plan.Event, _ connection: Connection?, uid: String) -> [String] {
    let owner = connection?.owner.map { "\nOwner: \($0.shown())" } ?? ""
    let description =
      "\(event.what.shown(upTo: 1_000))\nWhat to do: \(event.remedy.shown(upTo: 1_000))"
      + "\nTenant: \(connection?.server.name.shown() ?? "")"
      + "\nApplication: \(connection?.clientID.shown() ?? "")\(owner)"
    return [
      "BEGIN:VEVENT", "UID:\(uid)", "DTSTAMP:\(Self.instant(overview.asOf))",
      // It has to grow with each change; the minute of the report does, and needs no memory.
      "SEQUENCE:\(max(0, Int(overview.asOf.timeIntervalSince1970 / 60)))",
      "DTSTART;VALUE=DATE:\(Self.day(event.at))",
      "DTEND;VALUE=DATE:\(Self.day(event.at.adding(.days(1))))",
      "SUMMARY:\(Self.escaped("\(event.connection.shown()): \(event.what.shown())"))",
      "DESCRIPTION:\(Self.escaped(description))",
      "CATEGORIES:\(event.severity.rawValue.uppercased())",
      "PRIORITY:\(Self.priority(event.severity))", "TRANSP:TRANSPARENT", "STATUS:CONFIRMED",
      "END:VEVENT",
    ]
  }

  /// The same for the same kind of event of the same connection, whenever it is: a calendar that
  /// takes in a newer report moves the event instead of having it twice.
  private static func uid(_ key: String, _ number: Int) -> String {
    let digest = SHA256.hash(data: Data("\(key)\n\(number)".utf8))
    return digest.prefix(16).map(\.hexadecimal).joined() + "@keyturn"
  }

  private static func priority(_ severity: Severity) -> Int {
    switch severity {
    case .critical: 1
    case .unknown: 3
    case .warning: 5
    case .ok: 9
    }
  }

  /// `20261122T021000Z`.
  private static func instant(_ date: Date) -> String {
    Timestamp.format(date).filter { $0 != "-" && $0 != ":" }
  }

  /// `20261122`, in UTC.
  private static func day(_ date: Date) -> String {
    Timestamp.day(date).filter { $0 != "-" }
  }

  /// A text value (section 3.3.11).
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", ";", ",": result += "\\"; result.unicodeScalars.append(scalar)
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A content line (section 3.1): at most 75 octets, then a line end and a blank; no character is cut.
  private static func folded(_ line: String) -> String {
    guard line.utf8.count > 75 else { return line + "\r\n" }
    var result = ""
    var width = 0
    for scalar in line.unicodeScalars {
      let size = UTF8.width(scalar)
      if width + size > 75 {
        result += "\r\n "
        width = 1
      }
      result.unicodeScalars.append(scalar)
      width += size
    }
    return result + "\r\n"
  }
}
