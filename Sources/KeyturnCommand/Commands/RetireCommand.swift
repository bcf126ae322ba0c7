import ArgumentParser
import Foundation
import Keyturn

/// `keyturn retire`.
struct RetireCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "retire",
    abstract: "Remove the previous secret: through Microsoft Graph, or guided and proven.",
    discussion: """
      EXIT STATUS
        0    the previous secret is gone, and the current one works
        64   there is nothing to retire, or nobody can be asked
        69   it is still accepted, or a service is unavailable
        75   its grace is not over (--now ignores that)
        130  left with Ctrl-C; run it again to go on
      """)

  @Argument(help: "The connection.")
  var name: String

  @Flag(help: "Do not wait for the grace to end.")
  var now = false

  @Flag(help: "Do not ask: the secret may be removed, or is deleted already.")
  var yes = false

  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let connection = try installation.connection(named: name)
      let engine = installation.engine
      var record = try await engine.record(of: connection)
      world.terminal.onInterrupt("left; nothing is lost. Continue with: keyturn retire \(name)")
      if record.rotation?.step != .retiring {
        // Declaring is the point of no return, so what forbids it is said before the question.
        try engine.checkRetirement(connection, record, ignoringGrace: now)
        await sayWhoUsesIt(connection, record, engine, in: world)
        let what = record.previous?.designation ?? "none"
        guard
          try yes
            || world.terminal.confirm(
              "Retire the previous secret \(what)? From here there is no rollback.")
        else { return }
        record = try await engine.declareRetirement(connection, record, ignoringGrace: now)
      }
      record = try await remove(connection, record, engine, in: world)
      for text in Outcome.lines(connection, record, at: world.context.now()) {
        world.terminal.print(text)
      }
    }
  }

  private func sayWhoUsesIt(
    _ connection: Connection, _ record: ConsumerRecord, _ engine: RotationEngine, in world: World
  ) async {
    guard connection.canRemove(record.previous) else { return }
    do {
      let use = try await engine.useOfPrevious(connection, record)
      world.terminal.talk(
        use.map {
          "It was used on \(Timestamp.format($0.at))\($0.origin.map { " from \($0)" } ?? ""), after"
            + " the hand-over."
        } ?? "The tenant knows of no sign-in with it since the hand-over.")
    } catch {
      world.terminal.talk("Whether somebody still uses it is not verified.")
    }
  }

  private func remove(
    _ connection: Connection, _ record: ConsumerRecord, _ engine: RotationEngine, in world: World
  ) async throws -> ConsumerRecord {
    let terminal = world.terminal
    if connection.canRemove(record.previous) {
      do {
        let next = try await LiveLine.following(terminal) { progress in
          try await engine.removePrevious(connection, record, progress: progress)
        }
        terminal.talk("The previous secret is removed, and the current one works.")
        return next
      } catch let error as KeyturnError where error.code == .notPermitted && terminal.isInteractive
      {
        terminal.complain(error)
        let fresh = try await engine.record(of: connection)
        return try await removeByHand(connection, fresh, engine, in: world)
      }
    }
    return try await removeByHand(connection, record, engine, in: world)
  }

  private func removeByHand(
    _ connection: Connection, _ record: ConsumerRecord, _ engine: RotationEngine, in world: World
  ) async throws -> ConsumerRecord {
    let previous = record.previous
    if let previous, previous.expiresAt > world.context.now() {
      let deletion = Deletion(
        connection: connection, terminal: world.terminal, command: "keyturn retire \(name)",
        isSaid: yes)
      try deletion.request(previous)
    }
    let next = try await LiveLine.following(world.terminal) { progress in
      try await engine.completeRetirement(connection, record, progress: progress)
    }
    if previous?.value != nil {
      world.terminal.talk("The previous secret is refused, and the current one works.")
    }
    if let previous, previous.value == nil, previous.expiresAt > world.context.now() {
      world.terminal.talk("Its value is not known, so nothing proves that it is gone.")
    }
    return next
  }
}
