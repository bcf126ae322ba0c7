import ArgumentParser
import Foundation
import Keyturn

/// `keyturn abandon`.
struct AbandonCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "abandon",
    abstract: "Give up an open rotation before its switch; the current secret is not touched.",
    discussion: """
      EXIT STATUS
        0    given up
        64   there is nothing to give up, somebody uses the new secret (--now ignores that), or nobody
             can be asked
        69   the pending secret is still accepted, or a service is unavailable
        130  left with Ctrl-C; run it again to go on
      """)

  @Argument(help: "The connection.")
  var name: String

  @Flag(help: "Even if the tenant knows of sign-ins with the new secret.")
  var now = false

  @Flag(help: "Do not ask: the pending secret is deleted already, or is being deleted.")
  var yes = false

  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let connection = try installation.connection(named: name)
      let engine = installation.engine
      var record = try await engine.record(of: connection)
      world.terminal.onInterrupt("left; nothing is lost. Continue with: keyturn abandon \(name)")
      if record.rotation?.step != .abandoning {
        try engine.checkAbandonment(connection, record)
        guard try yes || world.terminal.confirm("Give up the rotation of \(name)?") else { return }
        record = try await engine.declareAbandonment(connection, record, ignoringUse: now)
      }
      try instruct(connection, record, in: world)
      record = try await LiveLine.following(world.terminal) { [record] progress in
        try await engine.completeAbandonment(connection, record, progress: progress)
      }
      for text in Outcome.lines(connection, record, at: world.context.now()) {
        world.terminal.print(text)
      }
    }
  }

  private func instruct(_ connection: Connection, _ record: ConsumerRecord, in world: World) throws
  {
    // What carries our marker, or a key id that is known, is removed by keyturn where it may.
    let pending = record.pending
    if connection.server.graph != nil, pending == nil || pending?.keyID != nil { return }
    guard let pending else {
      let marker = record.attempts.last?.marker ?? ""
      world.terminal.talk(
        "If you made a secret whose Description ends in \(marker), delete it: nobody has its value."
      )
      return
    }
    let deletion = Deletion(
      connection: connection, terminal: world.terminal, command: "keyturn abandon \(name)",
      isSaid: yes)
    try deletion.request(pending)
  }
}
