import ArgumentParser
import Foundation
import Testing

@testable import KeyturnCommand

@Suite struct CommandLineTests {
  /// Every command with the least that it can be called with.
  static let minimal: [[String]] = [
    ["init"], ["record", "c"], ["check"], ["rotate", "c"], ["confirm", "c"], ["retire", "c"],
    ["rollback", "c"], ["abandon", "c"], ["status"], ["plan"], ["validate"], ["show", "c"],
    ["history"], ["notify", "test", "c"], ["notify", "list"],
    ["report", "--format", "html"], ["snooze", "c", "--until", "2027-01-01"], ["apps"],
    ["connect", "c"],
  ]

  /// The words of each of them that name the command.
  static let commands = minimal.map { words in
    Array(words.prefix(words[0] == "notify" ? 2 : 1))
  }

  private func run(_ arguments: [String]) async -> Telling {
    let terminal = RecordedTerminal(answers: nil)
    var world = World.live()
    world.terminal = terminal.terminal
    let status = await Program.run(arguments, in: world)
    let record = terminal.finish()
    return Telling(status: status, printed: record.printed, said: record.said)
  }

  @Test(arguments: minimal)
  func `every command parses with the least it needs`(arguments: [String]) throws {
    let command = try RootCommand.parseAsRoot(arguments) as? any KeyturnSubcommand
    let name = command.map { type(of: $0).configuration.commandName }
    #expect(Self.commands.contains { $0.last == name && arguments.starts(with: $0) })
  }

  @Test func `no command is left out here`() {
    let commands = RootCommand.configuration.groupedSubcommands.flatMap(\.subcommands)
    let names = Set(commands.map { $0.configuration.commandName })
    #expect(names == Set(Self.minimal.map { $0[0] }))
  }

  @Test(arguments: commands)
  func `every command explains itself`(words: [String]) async {
    let help = await run(["help"] + words).ended(0)
    let name = words.joined(separator: " ")
    help.printing("OVERVIEW: ").printing("USAGE: keyturn \(name)").printing("--config <file>")
    #expect(help.said.isEmpty)
    await #expect(run(words + ["--help"]).printed == help.printed)
    // The line of the usage is as long as it is.
    #expect(help.lines.allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE: ") })
  }

  @Test(arguments: [
    ("init", [0, 73, 78]), ("record", [0, 64, 65, 69, 77]), ("check", [0, 1, 2, 3, 75, 78]),
    ("rotate", [0, 65, 69, 75, 77, 130]), ("confirm", [0, 64, 75]),
    ("retire", [0, 64, 69, 75, 130]), ("rollback", [0, 64, 65, 69, 75]),
    ("abandon", [0, 64, 69, 130]), ("validate", [0, 65, 69, 77]), ("history", [0, 2]),
    ("notify test", [0, 64, 69]), ("snooze", [0, 64]), ("report", [0, 73]),
    ("apps", [0, 64, 69, 75, 77]),
    ("connect", [0, 64, 65]),
  ])
  func `tells its exit statuses`(name: String, statuses: [Int]) async {
    let words = name.split(separator: " ").map(String.init)
    let lines = await run(["help"] + words).printed.components(separatedBy: "\n")
    let section = lines.drop { $0.trimmingCharacters(in: .whitespaces) != "EXIT STATUS" }
      .dropFirst().prefix { !$0.trimmingCharacters(in: .whitespaces).isEmpty }
    let told = section.compactMap { line in
      Int(line.trimmingCharacters(in: .whitespaces).prefix { $0.isNumber })
    }
    #expect(told == statuses)
  }

  @Test func `alone it shows what it can do, and where to start`() async {
    await run([]).ended(0).printing("SUBCOMMANDS").printing("Start with: keyturn init")
    await run(["--version"]).ended(0).printing(keyturnVersion)
  }

  @Test(arguments: ["guide", "doctor", "rotat"])
  func `knows no command that is not there`(name: String) async {
    await run([name, "c"]).ended(64).saying("keyturn --help")
  }

  @Test(arguments: [
    ["check", "--as-of", "2027-01-01"],
    ["record", "c", "--expires", "2027-01-01", "--created", "2025-01-01"],
    ["show", "c", "--field", "consumer-key", "--json"], ["show", "c", "--field", "password"],
    ["history", "--limit", "-1"], ["history", "--limit=-1"], ["rotate", "c", "--key-id", "7"],
    ["record", "c", "--expires", "soon"], ["plan", "--until", "2027-02-30"], ["rotate"],
    ["rotate", "c", "--automatic", "--guided"],
    ["snooze", "c"], ["snooze", "c", "--off", "--until", "2027-01-01"], ["notify", "test"],
    ["check", "--log-level", "loud"], ["retire", "a", "b"],
  ])
  func `refuses what makes no sense before it reads anything`(arguments: [String]) async {
    let telling = await run(arguments).ended(64)
    #expect(telling.printed.isEmpty)
    #expect(telling.said.contains("rror: "))
  }

  @Test(arguments: [
    ("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"]),
  ])
  func `makes completions that their shell can read`(shell: String, options: [String]) async throws
  {
    let script = await run(["--generate-completion-script", shell]).ended(0).printed
    for word in ["rotate", "secret-stdin", "config"] { #expect(script.contains(word)) }
    guard Requirement.program(shell).isMet() else { try Requirement.isMissing(shell) }
    let file = FileManager.default.temporaryDirectory.appending(path: "completions-\(UUID())")
    defer { try? FileManager.default.removeItem(at: file) }
    try script.write(to: file, atomically: false, encoding: .utf8)
    let telling = try await Programs.run([shell] + options + [file.path]).ended(0)
    #expect(telling.said.isEmpty)
  }
}
