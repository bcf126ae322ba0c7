import ArgumentParser
import Foundation
import Keyturn

/// `keyturn init`.
struct InitCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a commented configuration, make the database and the store key, check them.",
    discussion: """
      What exists already is checked and left as it is.

      EXIT STATUS
        0    everything is there and fits together
        73   a file can't be made
        78   something that exists does not fit
      """)

  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    let paths = StandardPaths(world)
    let file = global.config ?? world.environment["KEYTURN_CONFIG"] ?? paths.configuration
    for part in try await Creation(world: world, options: global).run(at: file, paths: paths) {
      let state = part.isNew ? "new" : "kept"
      world.terminal.print("\(part.isNew ? "+" : " ") \(part.what): \(part.place) (\(state))")
    }
    world.terminal.talk(
      "Back up the store key apart from the database: neither opens without the other.")
    world.terminal.talk("Describe your tenant and connection in \(file), then: keyturn record NAME")
    world.terminal.talk("Nightly, in /etc/cron.d/keyturn (cron/install.sh writes a better one):")
    world.terminal.print(
      "17 3 * * *  \(paths.user)  keyturn check --config \(URL(filePath: file).path)")
  }
}
