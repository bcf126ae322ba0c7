import ArgumentParser
import Foundation
import Keyturn

/// `keyturn confirm`.
struct ConfirmCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "confirm",
    abstract: "Say that the hand-over is made: the consumer uses the new secret.",
    discussion: """
      EXIT STATUS
        0    confirmed
        64   no hand-over is open
        75   try again: another process changed the record
      """)

  @Argument(help: "The connection.")
  var name: String

  @Option(help: "Confirm for this consumer only; without it, for all of them.")
  var consumer: String?

  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let connection = try installation.connection(named: name)
      var record = try await installation.engine.record(of: connection)
      record = try await installation.engine.confirm(connection, record, target: consumer)
      for line in Outcome.lines(connection, record, at: world.context.now()) {
        world.terminal.print(line)
      }
    }
  }
}
