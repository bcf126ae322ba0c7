import ArgumentParser
import Foundation
import Keyturn
import Synchronization

/// `keyturn-simulation`: years of nights, made up from seeds, and a checker that looks at each event.
@main
struct Simulation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keyturn-simulation",
    abstract: "Runs the rotation engine through years in which everything goes wrong.",
    discussion: """
      EXIT STATUS
        0   nothing happened that must never happen
        1   something did: the seed and the last events are printed
      """)

  @Option(help: "How many histories.")
  var seeds = 100

  @Option(help: "The first seed.")
  var first: UInt64 = 0

  @Option(help: "Only this seed, with its history.")
  var seed: UInt64?

  @Option(help: "Nights in each history.")
  var nights = 730

  @Option(help: "How many histories at the same time.")
  var jobs = 1

  @Option(help: "Go on after violations whose text holds this; for looking further.")
  var tolerate: [String] = []

  @Flag(help: "Print each event.")
  var verbose = false

  @Flag(help: "Only the seed, the broken invariant and the seconds of the first violation.")
  var brief = false

  func run() throws {
    let seeds = seed.map { $0...$0 } ?? first...(first + UInt64(max(1, self.seeds)) - 1)
    let outcome = Campaign(
      seeds: seeds, nights: nights, jobs: jobs, isVerbose: verbose, stopsAtFirst: brief,
      tolerated: tolerate
    ).run()
    for line in brief ? outcome.briefLines : outcome.lines { print(line) }
    if !outcome.violations.isEmpty { throw ExitCode(1) }
  }
}
