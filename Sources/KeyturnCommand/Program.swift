import ArgumentParser
import Foundation
import Keyturn

/// The tool.
@main
struct Program {
  static func main() async {
    // Whatever is made (database, WAL, lock, key) is the owner's alone.
    let mask = umask(0o077)
    // A reader that went away shows as an error of write, not as a silent death.
    signal(SIGPIPE, SIG_IGN)
    exit(await run(Array(CommandLine.arguments.dropFirst()), in: .live(creationMask: mask)))
  }

  /// Runs one command line, and returns its exit status.
  static func run(_ arguments: [String], in world: World) async -> Int32 {
    let status = await perform(arguments, in: world)
    guard world.terminal.hasLostOutput() else { return status }
    world.terminal.talk("keyturn: error: standard output could not be written")
    return status == 0 ? KeyturnError.Code.cannotCreate.exitStatus : status
  }

  private static func perform(_ arguments: [String], in world: World) async -> Int32 {
    do {
      var command = try RootCommand.parseAsRoot(arguments)
      guard let command = command as? any KeyturnSubcommand else {
        try command.run()
        return 0
      }
      var world = world
      if command.global.noColor { world.terminal.hasColors = false }
      try await command.run(in: world)
      return 0
    } catch let error as KeyturnError {
      world.terminal.talk("keyturn: error: \(error.message)")
      for hint in error.hints { world.terminal.talk("keyturn: hint: \(hint)") }
      return error.code.exitStatus
    } catch let status as ExitCode {
      return status.rawValue
    } catch is CancellationError {
      return KeyturnError.Code.interrupted.exitStatus
    } catch {
      let status = RootCommand.exitCode(for: error).rawValue
      let message = RootCommand.fullMessage(for: error)
      if status == 0 {
        world.terminal.print(message)
      } else {
        // It quotes the command line, which a script may have put together from anything.
        for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
          world.terminal.talk(String(line).shown(upTo: 1_000))
        }
      }
      return status
    }
  }
}

/// A command that does its work in a ``World``.
protocol KeyturnSubcommand: AsyncParsableCommand {
  var global: GlobalOptions { get }

  /// Reads, calls, prints.
  ///
  /// Throws: ``KeyturnError``, or `ExitCode` where the status alone tells it.
  func run(in world: World) async throws
}

/// The root: it has no work of its own.
struct RootCommand: AsyncParsableCommand {
  @OptionGroup var global: GlobalOptions

  static let configuration = CommandConfiguration(
    commandName: "keyturn",
    abstract: "Keep the client secrets of Microsoft Entra applications from running out.",
    discussion: """
      Run by cron every night, `keyturn check` watches the lifetimes and warns.
      Run by an administrator, `keyturn rotate` guides through a replacement,
      proves it with real calls, and switches the store in one step.

      Start with: keyturn init
      """,
    version: keyturnVersion,
    groupedSubcommands: [
      CommandGroup(
        name: "Set-up", subcommands: [InitCommand.self, RecordCommand.self, ConnectCommand.self]),
      CommandGroup(
        name: "Every night",
        subcommands: [CheckCommand.self, NotifyCommand.self, SnoozeCommand.self]),
      CommandGroup(
        name: "Rotating",
        subcommands: [
          RotateCommand.self, ConfirmCommand.self, RetireCommand.self, RollbackCommand.self,
          AbandonCommand.self,
        ]),
      CommandGroup(
        name: "Looking",
        subcommands: [
          StatusCommand.self, AppsCommand.self, PlanCommand.self, ValidateCommand.self,
          ShowCommand.self, HistoryCommand.self, ReportCommand.self,
        ]),
    ])
}

/// The version of this program.
let keyturnVersion = "0.1.0"
