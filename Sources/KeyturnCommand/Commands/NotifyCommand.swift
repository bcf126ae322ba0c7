import ArgumentParser
import Foundation
import Keyturn

/// `keyturn notify`.
struct NotifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "notify",
    abstract: "Try the routes of messages, and see what was sent.",
    subcommands: [NotifyTestCommand.self, NotifyListCommand.self])
}

/// `keyturn notify test`.
struct NotifyTestCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Send a message that says that it is a test, and tell what the receiver said.",
    discussion: """
      EXIT STATUS
        0    the receiver has taken it
        64   there is no such route
        69   it was not taken, or nobody knows
      """)

  @Argument(help: "The route.")
  var route: String

  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let route = try installation.route(named: route)
      let receipt = try await installation.notifications.test(route)
      world.terminal.print("\(route.name): delivered" + (receipt.isEmpty ? "" : ": \(receipt)"))
    }
  }
}

/// `keyturn notify list`.
struct NotifyListCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show the newest messages: when, by which route, and what the receiver said.")

  @Option(help: "Show so many.")
  var limit = 20

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (1...100_000).contains(limit) else {
      throw ValidationError("--limit takes 1 to 100000.")
    }
  }

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let view = MessagesView(try await installation.ledger.messages(limit: limit))
      try world.terminal.render(view, json: reading.json) {
        view.text(Style(isOn: world.terminal.hasColors))
      }
    }
  }
}
