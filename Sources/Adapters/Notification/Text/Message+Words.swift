import Foundation
import Keyturn

/// The words in which every format tells the same.
extension Message.Line {
  /// How it is called in one word.
  var word: String {
    switch kind {
    case .resolved: "RESOLVED"
    case .test: "TEST"
    case .news, .reminder: severity.rawValue.uppercased()
    }
  }

  /// What it is about: the connection and its tenant, and that it was told before.
  var title: String {
    let tenant = tenant.map { " (\($0))" } ?? ""
    return (connection.map { $0 + tenant } ?? "this installation")
      + (kind == .reminder ? ", a reminder" : "")
  }

  /// By when it has to be done; nil where that is over or nothing is due.
  func deadline(from now: Date) -> String? {
    guard kind != .resolved, let due else { return nil }
    let days = due.daysLeft(from: now)
    let distance =
      switch days {
      case ..<(-2): "\(-days - 1) days ago"
      case -2: "a day ago"
      case -1: "less than a day ago"
      case 0: "in less than a day"
      case 1: "in 1 day"
      default: "in \(days) days"
      }
    return "\(Timestamp.day(due)) (\(distance))"
  }
}

extension Message.Event {
  /// The event on one line, safe to show.
  var words: String {
    "\(Timestamp.day(at)) \(connection.shown(upTo: 80)): \(what.shown(upTo: 200))"
  }
}

extension Message {
  /// How to be left alone for a while; nil where nothing in it can be silenced.
  ///
  /// Only warnings can, so that nothing is promised for what is critical.
  var snoozing: String? {
    let silent = lines.filter {
      $0.severity == .warning && $0.kind != .resolved && $0.kind != .test
    }
    let names = Set(silent.compactMap(\.connection))
    guard let name = names.first else { return nil }
    return "keyturn snooze \(names.count == 1 ? name.shown(upTo: 60) : "NAME") --until DATE"
  }
}
