import ArgumentParser
import Foundation
import Keyturn

/// `keyturn retire`.
struct RetireCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "retire",
    abstract: "Delete the previous secret, guided, and prove that it is refused.",
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

  @Flag(help: "Do not ask: the secret is deleted already, or is being deleted.")
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
        let what = record.previous?.designation ?? "none"
        guard
          try yes
            || world.terminal.confirm(
              "Retire the previous secret \(what)? From here there is no rollback.")
        else { return }
        record = try await engine.declareRetirement(connection, record, ignoringGrace: now)
      }
      try instruct(connection, record, in: world)
      let previous = record.previous
      record = try await LiveLine.following(world.terminal) { [record] progress in
        try await engine.completeRetirement(connection, record, progress: progress)
      }
      if previous?.value != nil {
        world.terminal.talk("The previous secret is refused, and the current one works.")
      }
      if let previous, previous.value == nil, previous.expiresAt > world.context.now() {
        world.terminal.talk("Its value is not known, so nothing proves that it is gone.")
      }
      for text in Outcome.lines(connection, record, at: world.context.now()) {
        world.terminal.print(text)
      }
    }
  }

  private func instruct(_ connection: Connection, _ record: ConsumerRecord, in world: World) throws
  {
    guard let previous = record.previous, previous.expiresAt > world.context.now() else { return }
    for line in PortalSheet(connection: connection).deletion(of: previous) {
      world.terminal.talk(line)
    }
    guard !yes else { return }
    while try !world.terminal.confirm("Is it deleted?") {
      world.terminal.talk("Take your time; Ctrl-C leaves, and keyturn retire \(name) goes on.")
    }
  }
}
