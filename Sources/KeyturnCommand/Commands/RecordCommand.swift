import ArgumentParser
import Foundation
import Keyturn

/// `keyturn record`.
struct RecordCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Record the secret in use: when it ends, and its value if you have it.",
    discussion: """
      With a value, the value is validated by real calls and becomes current. Without one, only the
      lifetime is watched; the first rotation brings the value.

      EXIT STATUS
        0    recorded
        64   something is missing and nobody can be asked
        65   the value is refused
        69   a service is unavailable
        77   the tenant or the environment does not permit it
      """)

  @Argument(help: "The connection.")
  var name: String

  @Option(
    help: ArgumentHelp(
      "When it was made, if its end is not known: the policy's lifetime is added.",
      valueName: "date"))
  var created: Moment?

  @OptionGroup var input: SecretInput
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard created == nil || input.expires == nil else {
      throw ValidationError("Give one of --expires and --created.")
    }
  }

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let connection = try installation.connection(named: name)
      let engine = installation.engine
      var record = try await engine.record(of: connection)
      let secret = try secret(for: connection, record, in: world)
      record = try await LiveLine.following(world.terminal) { [record] progress in
        try await engine.adopt(secret, connection, record, progress: progress)
      }
      for text in Outcome.lines(connection, record, at: world.context.now()) {
        world.terminal.print(text)
      }
    }
  }

  private func secret(for connection: Connection, _ record: ConsumerRecord, in world: World) throws
    -> ClientSecret
  {
    let terminal = world.terminal
    let asks = terminal.isInteractive && !input.secretStdin
    let (end, source) = try end(for: connection, record, in: world, asks: asks)
    var keyID = input.normalizedKeyID
    var value: SecretValue?
    if input.secretStdin {
      value = try input.valueFromInput(for: record, terminal)
    } else if asks, try terminal.confirm("Do you have its value?") {
      let given = try terminal.askForValue("Value", keyID: keyID, for: record)
      if keyID == nil { keyID = try terminal.askForKeyID(of: given, for: record) }
      value = given
    }
    return ClientSecret(
      keyID: keyID, startsAt: created?.start, expiresAt: end, source: source, value: value)
  }

  private func end(
    for connection: Connection, _ record: ConsumerRecord, in world: World, asks: Bool
  ) throws -> (Date, ClientSecret.Source) {
    if let date = input.expires?.date { return (date, .recorded) }
    if let start = created?.start {
      return (connection.policy.assumedEnd(start: start), .assumed)
    }
    if let current = record.current, current.value == nil {
      // What Graph said of the end says nothing of the key id that is given now.
      return (current.expiresAt, current.source == .assumed ? .assumed : .recorded)
    }
    guard asks else {
      throw KeyturnError(
        .usage, "\(name): it is not known when the secret ends",
        hints: ["give --expires DATE, or --created DATE to add the policy's lifetime"])
    }
    return (
      try world.terminal.askForDate("When does it end (column Expires)", suggestion: nil), .recorded
    )
  }
}
