import ArgumentParser
import Logging

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The configuration file.", valueName: "file"), completion: .file())
  var config: String?

  @Option(help: "How much is logged on standard error: trace, debug, info, notice, warning, error.")
  var logLevel: Logger.Level = .warning

  @Flag(help: "Print without colours; NO_COLOR does the same.")
  var noColor = false
}

/// The option of the commands that only read.
struct ReadingOptions: ParsableArguments {
  @Flag(help: "Print one JSON document.")
  var json = false
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
