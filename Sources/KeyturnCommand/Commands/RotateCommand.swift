import ArgumentParser
import Foundation
import Keyturn

/// `keyturn rotate`.
struct RotateCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Replace a connection's secret, step by step; continues an open rotation.",
    discussion: """
      Guided, an administrator makes the secret in the portal and pastes its value; it can be left
      at any prompt and continued later. For scripts, pipe the new value:
      keyturn rotate NAME --secret-stdin < value

      Automatic, keyturn makes the secret through Microsoft Graph, as the tenant's graph: in the
      configuration allows; for scripts, add --yes.

      EXIT STATUS
        0    done as far as it goes now
        65   the pasted value is refused
        69   a service is unavailable
        75   try again: throttled, or another process changed the record
        77   the tenant or the environment does not permit it
        130  left with Ctrl-C; nothing is lost
      """)

  @Argument(help: "The connection.")
  var name: String

  @Flag(help: "An administrator makes the secret in the portal.")
  var guided = false

  @Flag(help: "keyturn makes the secret through Microsoft Graph.")
  var automatic = false

  @Flag(
    help:
      "The old secret is known to somebody who should not: no grace, removed after the hand-over.")
  var compromised = false

  @Flag(help: "Do not ask whether to begin.")
  var yes = false

  @Flag(help: "Say what would happen; call nothing and write nothing.")
  var dryRun = false

  @OptionGroup var input: SecretInput
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard !(guided && automatic) else {
      throw ValidationError("--guided and --automatic exclude each other.")
    }
    guard !automatic || (!input.secretStdin && input.keyID == nil) else {
      throw ValidationError("with --automatic no value is given: keyturn makes the secret.")
    }
  }

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let connection = try installation.connection(named: name)
      let record = try await installation.engine.record(of: connection)
      let mode = try mode(connection, record)
      let wish = RotationEngine.Wish(
        end: input.expires?.date, isCompromised: compromised, isAttended: true)
      guard !dryRun else {
        let plan = RotationPlan(
          connection: connection, record: record, validation: installation.validation, mode: mode,
          wish: wish, now: world.context.now())
        for line in plan.lines { world.terminal.print(line) }
        return
      }
      let settling = try await installation.settlingTimes(like: connection)
      let result =
        mode == .guided
        ? try await rotateGuided(connection, installation, settling, world)
        : try await rotateAutomatically(connection, record, wish, installation, settling, world)
      for line in Outcome.lines(connection, result, at: world.context.now()) {
        world.terminal.print(line)
      }
      if compromised { Self.sayWhatRemains(in: world) }
    }
  }

  /// Who makes the secret: what was asked for, else how the open rotation began, else the policy.
  private func mode(_ connection: Connection, _ record: ConsumerRecord) throws -> Rotation.Mode {
    if guided || input.secretStdin || input.keyID != nil { return .guided }
    if automatic {
      guard connection.server.graph != nil else {
        throw KeyturnError(
          .configuration,
          "\(name): keyturn may not use Microsoft Graph in the tenant \(connection.server.name)",
          hints: ["add graph: to the tenant in the configuration, or rotate guided"])
      }
      return .automatic
    }
    return record.rotation?.mode ?? connection.policy.rotate
  }

  private func rotateGuided(
    _ connection: Connection, _ installation: Installation, _ settling: SettlingTimes?,
    _ world: World
  ) async throws -> ConsumerRecord {
    let rotation = GuidedRotation(
      connection: connection, engine: installation.engine, input: input,
      terminal: world.terminal, context: world.context, isCompromised: compromised,
      settling: settling)
    return try await rotation.run()
  }

  private func rotateAutomatically(
    _ connection: Connection, _ record: ConsumerRecord, _ wish: RotationEngine.Wish,
    _ installation: Installation, _ settling: SettlingTimes?, _ world: World
  ) async throws -> ConsumerRecord {
    if record.rotation == nil, !yes {
      let question = "Replace the secret of \(name) now, through Microsoft Graph?"
      guard try world.terminal.confirm(question) else { return record }
    }
    do {
      let rotation = AutomaticRotation(
        connection: connection, installation: installation, wish: wish, settling: settling,
        terminal: world.terminal)
      return try await rotation.run()
    } catch let error as KeyturnError where world.terminal.isInteractive {
      // A tenant that does not let keyturn sign in or write lets the administrator, who is there.
      let fresh = try await installation.engine.record(of: connection)
      guard fresh.rotation?.step == .begun, error.code == .notPermitted else { throw error }
      world.terminal.complain(error)
      return try await rotateGuided(connection, installation, settling, world)
    }
  }

  private static func sayWhatRemains(in world: World) {
    world.terminal.talk(
      "Access tokens that were issued with the old secret can't be revoked: they live on for about"
        + " an hour after its removal.")
  }
}
