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

  @Flag(help: "Show every connection on a terminal too, however many there are.")
  var all = false

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let now = world.context.now()
      let style = Style(isOn: world.terminal.hasColors)
      let connections =
        try name.map { [try installation.connection(named: $0)] }
        ?? installation.connections
      var views: [StatusView.ConnectionState] = []
      for connection in connections {
        do {
          let record = try await installation.engine.record(of: connection)
          var view = StatusView.connection(connection, record, at: now).view
          if name != nil {
            view.settling = try await installation.settlingTimes(like: connection)
              .map(StatusView.Settling.init)
          }
          views.append(view)
        } catch let error as KeyturnError {
          views.append(StatusView.unreadable(connection, error, at: now))
        }
      }
      let about = Check.findingsAboutRuns(
        try await installation.registry.runs(),
        recordedSince: try await installation.registry.events(after: 0, about: nil, limit: 1)
          .first?.entry.at, at: now)
      let states = views.compactMap { Severity(rawValue: $0.state) } + about.map(\.severity)
      let view = StatusView(
        asOf: now.stamp, state: Severity.worst(states).rawValue,
        findings: about.map { FindingView($0, at: now) }, connections: views)
      try world.terminal.render(view, json: reading.json) {
        let terminal = world.terminal
        guard name != nil else {
          return StatusTable(
            view, isShort: terminal.isScreen && !all, breaksLines: terminal.isScreen
          ).lines(style, width: terminal.width)
        }
        let width = terminal.isScreen ? terminal.width : .max
        return views.flatMap { StatusView.details($0, style, width: width) }
          // Whoever looks at one connection alone has to see as well that the nights have stopped.
          + view.findings.flatMap { $0.lines(style, width: width) }
      }
    }
  }
}
