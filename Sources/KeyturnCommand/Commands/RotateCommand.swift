import ArgumentParser
import Foundation
import Keyturn

/// `keyturn rotate`.
struct RotateCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Replace a connection's secret, guided, step by step; continues an open rotation.",
    discussion: """
      It can be left at any prompt and continued later. For scripts, pipe the new value:
      keyturn rotate NAME --secret-stdin < value

      EXIT STATUS
        0    done as far as it goes now
        65   the pasted value is refused
        69   a service is unavailable
        75   try again: another process changed the record
        77   the tenant or the environment does not permit it
        130  left with Ctrl-C; nothing is lost
      """)

  @Argument(help: "The connection.")
  var name: String

  @Flag(help: "An administrator makes the secret in the portal; this is the default.")
  var guided = false

  @Flag(help: "Say what would happen; call nothing and write nothing.")
  var dryRun = false

  @OptionGroup var input: SecretInput
  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let connection = try installation.connection(named: name)
      if dryRun {
        let record = try await installation.engine.record(of: connection)
        for line in Self.plan(connection, record, installation.validation) {
          world.terminal.print(line)
        }
        return
      }
      let rotation = GuidedRotation(
        connection: connection, engine: installation.engine, input: input,
        terminal: world.terminal, context: world.context)
      let record = try await rotation.run()
      for line in Outcome.lines(connection, record, at: world.context.now()) {
        world.terminal.print(line)
      }
    }
  }

  /// The steps that are still ahead, one line each.
  private static func plan(
    _ connection: Connection, _ record: ConsumerRecord, _ validation: ValidationSettings
  ) -> [String] {
    let open = record.rotation?.step
    let steps: [(Rotation.Step?, String)] = [
      (nil, "record the rotation and a marker for the new secret's description"),
      (.begun, "you make a secret at \(connection.server.name) and give its value"),
      (
        .created,
        "prove it: \(validation.successes) token calls in a row"
          + (connection.environment == nil ? "" : ", then WhoAmI")
      ),
      (.validated, "switch the store in one write; \(current(record)) becomes previous"),
      (.switched, "you enter it at \(connection.consumers.map(\.name).joined(separator: ", "))"),
      (.handedOver, "keep the previous secret for \(connection.policy.grace)"),
      (.retiring, "you delete the previous secret; it must then be refused"),
    ]
    let ahead = steps.drop { $0.0 != open }
    guard !ahead.isEmpty else {
      return ["\(connection.name): first finish keyturn abandon \(connection.name)"]
    }
    return ["\(connection.name): a rotation would"]
      + ahead.enumerated().map { "  \($0.offset + 1). \($0.element.1)" }
  }

  private static func current(_ record: ConsumerRecord) -> String {
    record.current?.value == nil ? "the secret in use" : record.current?.designation ?? ""
  }
}
