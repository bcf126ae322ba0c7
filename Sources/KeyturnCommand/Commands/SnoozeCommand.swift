import ArgumentParser
import Foundation
import Keyturn

/// `keyturn snooze`.
struct SnoozeCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "snooze",
    abstract: "Silence the warnings of a connection until a date.",
    discussion: """
      What is critical, or could not be checked, is told all the same. A snooze ends at the
      latest a week before the end of the secret that consumers use.

      EXIT STATUS
        0    silenced, or no longer
        64   the date is over, or too late
      """)

  @Argument(help: "The connection.")
  var name: String

  @Option(help: "The last day of silence.")
  var until: Moment?

  @Option(help: "Why, for whoever sees it in status and history.")
  var reason: String?

  @Flag(help: "End the snooze now.")
  var off = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard off == (until == nil) else {
      throw ValidationError(
        "give either --until DATE, to silence warnings, or --off, to hear them again.")
    }
    guard !off || reason == nil else {
      throw ValidationError("--reason belongs to --until.")
    }
  }

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let connection = try installation.connection(named: name)
      let now = world.context.now()
      let snooze = try await snooze(connection, installation, world, at: now)
      let detail =
        snooze.map { snooze in
          "until \(Timestamp.day(snooze.until))" + (snooze.reason.map { ": \($0)" } ?? "")
        } ?? "the warnings are told again"
      try await installation.ledger.setSnooze(
        snooze, of: connection.name,
        AuditEntry(
          at: now, actor: world.actor, action: snooze == nil ? "snooze.ended" : "snooze.set",
          detail: detail))
      world.terminal.print(
        snooze.map { "\(connection.name): warnings are silenced until \(Timestamp.day($0.until))" }
          ?? "\(connection.name): warnings are told")
    }
  }

  private func snooze(
    _ connection: Connection, _ installation: Installation, _ world: World, at now: Date
  ) async throws -> Snooze? {
    guard let until else { return nil }
    let record = try await installation.engine.record(of: connection)
    guard let latest = Snooze.latestEnd(for: record) else {
      throw KeyturnError(
        .usage, "\(connection.name): no secret is recorded, so there is nothing to silence",
        hints: ["record it: keyturn record \(connection.name) --expires DATE"])
    }
    guard until.date > now else {
      throw KeyturnError(
        .usage, "\(connection.name): \(Timestamp.day(until.date)) is over",
        hints: ["give a day that is still to come"])
    }
    guard until.date <= latest else {
      throw KeyturnError(
        .usage,
        "\(connection.name): a snooze until \(Timestamp.day(until.date)) would reach into the last"
          + " week before the secret in use ends",
        hints: [
          latest > now
            ? "the latest day is \(Timestamp.day(latest.subtracting(.days(1))))"
            : "it is too late to snooze: keyturn rotate \(connection.name)"
        ])
    }
    return Snooze(
      until: until.date, reason: reason.map { $0.shown(upTo: 200) }, by: world.actor, at: now)
  }
}
