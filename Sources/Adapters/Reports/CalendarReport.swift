import Crypto
import Foundation
import Keyturn

/// A calendar with what is ahead: one event of a day for each event of the plan, and for each of the next
/// ends in observed tenants.
///
/// Source: RFC 5545.
public struct CalendarReport: Sendable {
  /// How many ends in observed tenants are in it, which people take in by the page.
  public static let longest = 100

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
    let ends = overview.endingsByUrgency.filter { $0.end.at.map { $0 > overview.asOf } ?? false }
    for ending in ends.prefix(Self.longest) { lines += self.lines(ending) }
    lines.append("END:VCALENDAR")
    return lines.map(Self.folded).joined()
  }

  private func lines(_ event: Plan.Event, _ connection: Connection?, uid: String) -> [String] {
    let owner = connection?.owner.map { "\nOwner: \($0.shown())" } ?? ""
    let description =
      "\(event.what.shown(upTo: 1_000))\nWhat to do: \(event.remedy.shown(upTo: 1_000))"
      + "\nTenant: \(connection?.server.name.shown() ?? "")"
      + "\nApplication: \(connection?.clientID.shown() ?? "")\(owner)"
    return lines(
      at: event.at, "\(event.connection.shown()): \(event.what.shown())", description,
      event.severity, uid: uid)
  }

  /// The end of an application's last credential of a kind.
  private func lines(_ ending: TenantStanding.Ending) -> [String] {
    let (application, finding) = (ending.end.application, ending.finding)
    guard let at = ending.end.at else { return [] }
    let tenant = finding.tenant ?? ""
    let key = [tenant, application.objectID.description, ending.end.credential.rawValue]
    let word = ending.end.credential == .secret ? "client secret" : "certificate"
    let name = application.displayName ?? application.subject?.description ?? ""
    let description =
      "\(finding.message.shown(upTo: 1_000))\nWhat to do: \(finding.remedy.shown(upTo: 1_000))"
      + "\nTenant: \(tenant.shown())\nApplication: \(finding.application?.shown() ?? "")"
    return lines(
      at: at, "\(name.shown(upTo: 60)) in \(tenant.shown()): the last \(word) expires",
      description, finding.severity, uid: Self.uid(key.joined(separator: "\n"), 1))
  }

  private func lines(
    at date: Date, _ summary: String, _ description: String, _ severity: Severity, uid: String
  ) -> [String] {
    [
      "BEGIN:VEVENT", "UID:\(uid)", "DTSTAMP:\(Self.instant(overview.asOf))",
      // It has to grow with each change; the minute of the report does, and needs no memory.
      "SEQUENCE:\(max(0, Int(overview.asOf.timeIntervalSince1970 / 60)))",
      "DTSTART;VALUE=DATE:\(Self.day(date))",
      "DTEND;VALUE=DATE:\(Self.day(date.adding(.days(1))))",
      "SUMMARY:\(Self.escaped(summary))", "DESCRIPTION:\(Self.escaped(description))",
      "CATEGORIES:\(severity.rawValue.uppercased())", "PRIORITY:\(Self.priority(severity))",
      "TRANSP:TRANSPARENT", "STATUS:CONFIRMED", "END:VEVENT",
    ]
  }

  /// The same for the same kind of event of the same connection, whenever it is: a calendar that
  /// takes in a newer report moves the event instead of having it twice.
  private static func uid(_ key: String, _ number: Int) -> String {
    let digest = SHA256.hash(data: Data("\(key)\n\(number)".utf8))
    return digest.prefix(16).hexadecimal + "@keyturn"
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
