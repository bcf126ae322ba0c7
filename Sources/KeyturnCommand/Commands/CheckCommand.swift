import ArgumentParser
import Foundation
import Keyturn

/// `keyturn check`.
struct CheckCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Do the nightly job: finish what is open, validate what is due, warn.",
    discussion: """
      The last line on standard output is a summary in the words of the monitoring plugins.

      EXIT STATUS
        0   all is well
        1   warning: something is due, or a hand-over is open
        2   critical: expired, refused, or about to end
        3   unknown: a part of the check could not be done
        75  another check is running
        78  the configuration, the key or the database does not fit
      """)

  @Flag(help: "Say what would be done; call nothing and write nothing.")
  var dryRun = false

  @Option(help: "With --dry-run: the night of this date instead of tonight.")
  var asOf: Moment?

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard asOf == nil || dryRun else {
      throw ValidationError("--as-of looks ahead, so it needs --dry-run.")
    }
  }

  func run(in world: World) async throws {
    var world = world
    if let asOf { world.context = world.context.stopped(at: asOf.date) }
    let severity = try await Installation.open(global, in: world) { installation in
      // Cron's mail is for what was found.
      let line = world.terminal.showsProgress ? ReadingLine(world.terminal, world.context) : nil
      defer { line?.finish() }
      let check = Check(
        context: world.context, engine: installation.engine, registry: installation.registry,
        connections: installation.connections, notifications: installation.notifications,
        watch: line.map { line in installation.watch.following { line.show($0) } }
          ?? installation.watch,
        fingerprint: installation.fingerprint, logger: installation.logger)
      let report =
        dryRun
        ? try await check.run(dryRun: true)
        : try await WatchedNight(installation: installation, context: world.context).run(check)
      let view = CheckView(report)
      try world.terminal.render(view, json: reading.json) {
        view.text(Style(isOn: world.terminal.hasColors))
      }
      return report.severity
    }
    if severity != .ok { throw ExitCode(severity.exitStatus) }
  }
}
