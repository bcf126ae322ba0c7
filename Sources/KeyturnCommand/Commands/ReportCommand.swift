import Adapters
import ArgumentParser
import Foundation
import Keyturn

/// `keyturn report`.
struct ReportCommand: KeyturnSubcommand {
  /// What the report is for.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    /// A page to look at and to print.
    case html
    /// One document for programs.
    case json
    /// A table for spreadsheets.
    case csv
    /// A calendar.
    case ics
    /// Metrics.
    case prometheus
  }

  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write everything that is known into one file to look at, or to feed on.",
    discussion: """
      html         a page: what needs action, a timeline, every connection with its history
      json         one document with all of it
      csv          a table, one line a connection
      ics          a calendar with the events of keyturn plan
      prometheus   the metrics that a night writes

      It holds no secret values.

      EXIT STATUS
        0   written
        73  the file can't be written
      """)

  @Option(help: "The kind of file: html, json, csv, ics or prometheus.")
  var format: Format

  @Option(
    help: ArgumentHelp(
      "The file, written whole or not at all; without it, standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let overview = try await installation.overview(
        history: history(installation), looksAhead: looksAhead, at: world.context.now())
      let text = try await text(overview)
      if let output {
        try OutputFile.write(text, to: output, mask: world.creationMask)
      } else {
        // print ends the last line itself; to Swift, CR LF is one Character.
        world.terminal.print(String(text.unicodeScalars.dropLast()))
      }
    }
  }

  /// Whether it shows what is planned.
  private var looksAhead: Bool {
    switch format {
    case .html, .json, .ics: true
    case .csv, .prometheus: false
    }
  }

  /// How many events of each connection are read: a table and a calendar show none.
  private func history(_ installation: Installation) -> Int {
    switch format {
    case .html: HTMLReport.history(of: installation.connections.count)
    case .json: 20
    case .csv, .ics, .prometheus: 0
    }
  }

  private func text(_ overview: Overview) async throws -> String {
    switch format {
    case .html: try await HTMLReport(overview).text()
    case .json: try ReportView(overview).json()
    case .csv: CSVReport(overview).text
    case .ics: CalendarReport(overview).text
    case .prometheus: PrometheusText(overview, version: keyturnVersion).text
    }
  }
}
