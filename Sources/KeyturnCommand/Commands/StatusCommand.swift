import ArgumentParser
import Foundation
import Keyturn

/// `keyturn status`.
struct StatusCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show what is where: secrets, ends, days left, rotation steps, what to do next.")

  @Argument(help: "The connection; without it, all of them.")
  var name: String?

  @Flag(help: "Show every connection and tenant on a terminal too, however many there are.")
  var all = false

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let style = Style(isOn: world.terminal.hasColors)
      let now = world.context.now()
      let connection = try name.map { try installation.connection(named: $0) }
      let overview = try await installation.overview(of: connection, at: now)
      let view = StatusView(overview, settling: name != nil)
      try world.terminal.render(view, json: reading.json) {
        let terminal = world.terminal
        guard name != nil else {
          return StatusTable(
            view, isShort: terminal.isScreen && !all, breaksLines: terminal.isScreen, at: now
          ).lines(style, width: terminal.width)
        }
        let width = terminal.isScreen ? terminal.width : .max
        return view.connections.flatMap { StatusView.details($0, style, width: width) }
          // Whoever looks at one connection alone has to see as well that the nights have stopped.
          + view.findings.flatMap { $0.lines(style, width: width) }
      }
    }
  }
}
