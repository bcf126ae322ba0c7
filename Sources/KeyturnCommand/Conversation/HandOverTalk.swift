import Foundation
import Keyturn

/// Walking an administrator through the hand-over.
struct HandOverTalk {
  let connection: Connection
  let terminal: Terminal

  /// Shows the sheet, and returns whether the administrator says that it is done.
  func isMade(_ record: ConsumerRecord) throws -> Bool {
    for line in HandOverSheet(connection: connection, record: record).lines { terminal.talk(line) }
    if let previous = record.previous {
      terminal.talk("The previous secret works until \(Timestamp.day(previous.expiresAt)).")
    }
    guard terminal.isInteractive else { return false }
    if let value = record.current?.value, try terminal.confirm("Show the new value here now?") {
      terminal.talk(value.reveal())
    }
    return try terminal.confirm("Have you entered it, saved, and seen it work?")
  }
}
