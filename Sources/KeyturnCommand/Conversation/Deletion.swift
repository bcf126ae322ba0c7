import Foundation
import Keyturn

/// Having a secret deleted in the portal by the person at the terminal.
struct Deletion {
  let connection: Connection
  let terminal: Terminal
  /// The command with which it goes on after Ctrl-C.
  let command: String
  /// Whether the person said beforehand that it is done, or being done.
  let isSaid: Bool

  /// Says what to delete, and waits until somebody says that it is.
  func request(_ secret: ClientSecret) throws {
    for line in PortalSheet(connection: connection).deletion(of: secret) { terminal.talk(line) }
    guard !isSaid else { return }
    while try !terminal.confirm("Is it deleted?") {
      terminal.talk("Take your time; Ctrl-C leaves, and \(command) goes on.")
    }
  }
}
