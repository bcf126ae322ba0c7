import ArgumentParser
import Foundation
import Keyturn

/// `keyturn rollback`.
struct RollbackCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Go back to the previous secret, after proving that it still works.",
    discussion: """
      The hand-over is open again: a consumer may hold the newer value.

      EXIT STATUS
        0    current and previous have changed places
        64   there is nothing to go back to, or nobody can be asked
        65   the previous secret is refused or expired
        69   a service is unavailable
        75   try again: another process changed the record
      """)

  @Argument(help: "The connection.")
  var name: String

  @Flag(help: "Do not ask.")
  var yes = false

  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let connection = try installation.connection(named: name)
      let engine = installation.engine
      var record = try await engine.record(of: connection)
      try engine.checkRollback(connection, record)
      let what = record.previous?.designation ?? ""
      guard try yes || world.terminal.confirm("Go back to the secret \(what)?") else { return }
      record = try await LiveLine.following(world.terminal) { [record] progress in
        try await engine.rollBack(connection, record, progress: progress)
      }
      for text in HandOverSheet(connection: connection, record: record).lines {
        world.terminal.talk(text)
      }
      for text in Outcome.lines(connection, record, at: world.context.now()) {
        world.terminal.print(text)
      }
    }
  }
}
