import Foundation
import Keyturn

/// What `plan` shows, as text and as JSON.
struct PlanView: Encodable {
  struct Event: Encodable {
    var at: String
    var connection: String
    var severity: String
    var what: String
    var remedy: String
  }

  var from: String
  var until: String
  var events: [Event]

  init(_ plan: Plan) {
    from = plan.from.stamp
    until = plan.until.stamp
    events = plan.events.map {
      Event(
        at: $0.at.stamp, connection: $0.connection, severity: $0.severity.rawValue, what: $0.what,
        remedy: $0.remedy)
    }
  }

  func text(_ style: Style) -> [String] {
    guard !events.isEmpty else {
      return ["nothing is due from \(from.prefix(10)) to \(until.prefix(10))"]
    }
    var table = TextTable(["DATE", "CONNECTION", "STATE", "WHAT"])
    for event in events {
      table.add([String(event.at.prefix(10)), event.connection, event.severity, event.what])
    }
    return table.lines(style: style) { row, column, cell in
      guard column == 2, let severity = Severity(rawValue: events[row].severity) else {
        return cell
      }
      return style.colored(cell, severity)
    }
  }
}
