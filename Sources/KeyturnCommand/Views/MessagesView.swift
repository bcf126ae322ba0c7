import Foundation
import Keyturn

/// What `notify list` shows, as text and as JSON.
struct MessagesView: Encodable {
  struct Entry: Encodable {
    var id: String
    var at: String
    var route: String
    var recipients: [String]
    var state: String
    var severity: String
    var subject: String
    var lines: Int
    @Nullable var triedAt: String?
    @Nullable var receipt: String?
    @Nullable var lastError: String?
  }

  var messages: [Entry]

  init(_ sent: [SentMessage]) {
    messages = sent.map { sent in
      Entry(
        id: sent.message.id, at: sent.message.at.stamp, route: sent.message.route,
        recipients: sent.message.recipients, state: sent.state.rawValue,
        severity: sent.message.severity.rawValue, subject: sent.message.subject,
        lines: sent.message.lines.count, triedAt: sent.triedAt?.stamp, receipt: sent.receipt,
        lastError: sent.lastError)
    }
  }

  func text(_ style: Style) -> [String] {
    guard !messages.isEmpty else { return ["no message was sent"] }
    var table = TextTable(["AT", "ROUTE", "STATE", "SUBJECT"])
    for message in messages {
      let reason = message.state == "owed" ? message.lastError.map { " (\($0))" } ?? "" : ""
      table.add([
        message.at, message.route, message.state, "\(message.subject)\(reason)".shown(upTo: 200),
      ])
    }
    return table.lines(style: style)
  }
}
