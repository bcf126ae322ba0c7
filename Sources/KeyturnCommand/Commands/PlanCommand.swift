import ArgumentParser
import Foundation
import Keyturn

/// `keyturn plan`.
struct PlanCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract:
      "Show what will happen and when, by running the nightly decision over the coming days.",
    discussion: "It assumes that nobody does anything until then.")

  @Option(help: "The last day to look at; without it, until the last known secret has ended.")
  var until: Moment?

  @Option(help: "The day to begin with, instead of today.")
  var asOf: Moment?

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let connections = installation.connections
      let records = try await installation.engine.records(of: connections)
        .map { $0.version == 0 ? nil : $0 }
      let plan = await Plan.ofMany(
        zip(connections, records).map { ($0, $1) }, from: asOf?.date ?? world.context.now(),
        until: until?.date)
      let view = PlanView(plan)
      try world.terminal.render(view, json: reading.json) {
        view.text(Style(isOn: world.terminal.hasColors))
      }
    }
  }
}
