import ArgumentParser
import Foundation
import Keyturn

/// `keyturn history`.
struct HistoryCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Show the audit trail: who did what, when, and to which secret.",
    discussion: """
      EXIT STATUS
        0   shown; with --verify: and the chain is whole
        2   with --verify: an event was changed, removed or put in
      """)

  @Argument(help: "The connection; without it, all events.")
  var name: String?

  @Flag(help: "Check the whole chain of hashes.")
  var verify = false

  @Option(help: "Show so many of the newest events, 0 for all (default: 50).")
  var limit: Int?

  @Flag(help: "Print all events as JSON lines, oldest first, for a log collector.")
  var jsonl = false

  @Option(
    help: ArgumentHelp("With --jsonl: only the events behind this one.", valueName: "seq"))
  var after: Int?

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard limit ?? 0 >= 0 else { throw ValidationError("--limit takes 0 or more.") }
    guard after ?? 0 >= 0 else { throw ValidationError("--after takes 0 or more.") }
    guard after == nil || jsonl else { throw ValidationError("--after goes with --jsonl.") }
    guard !jsonl || !reading.json else {
      throw ValidationError("--json and --jsonl exclude each other.")
    }
  }

  func run(in world: World) async throws {
    let firstBad = try await Installation.open(global, in: world) { installation in
      let firstBad = verify ? try await installation.registry.firstBadEvent() : nil
      if jsonl {
        try await export(from: installation.registry, to: world.terminal)
        return firstBad
      }
      // A connection that is gone from the configuration keeps its history, so any name will do.
      let events = try await installation.registry.events(
        about: name, limit: limit == 0 ? nil : limit ?? 50)
      let view = HistoryView(events, verified: verify ? firstBad == nil : nil, firstBad: firstBad)
      try world.terminal.render(view, json: reading.json) { view.text }
      return firstBad
    }
    guard let firstBad else { return }
    // Among the lines there is no place for it, and a collector reads standard output alone.
    if jsonl { world.terminal.talk(HistoryView.broken(at: firstBad)) }
    throw ExitCode(2)
  }

  /// How many events are in memory at a time.
  private static let page = 1_000

  /// Prints one event a line, as far as there are any.
  private func export(from registry: any Registry, to terminal: Terminal) async throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var seq = after ?? 0
    var left = limit == nil || limit == 0 ? Int.max : limit ?? 0
    while left > 0 {
      let events = try await registry.events(
        after: seq, about: name, limit: min(left, Self.page))
      guard let last = events.last else { return }
      for event in events {
        terminal.print(
          String(decoding: try encoder.encode(HistoryView.Event(event)), as: UTF8.self))
      }
      (seq, left) = (last.seq, left - events.count)
    }
  }
}

/// What `history` prints, as text and as JSON.
struct HistoryView: Encodable {
  struct Event: Encodable {
    var seq: Int
    var at: String
    var actor: String
    var action: String
    @Nullable var subject: String?
    var detail: String
    var hash: String

    init(_ event: AuditEvent) {
      seq = event.seq
      at = event.entry.at.stamp
      actor = event.entry.actor
      action = event.entry.action
      subject = event.subject
      detail = event.entry.detail
      hash = event.hash
    }
  }

  var events: [Event]
  /// Left out unless the chain was checked.
  var verified: Bool?
  var firstBadSeq: Int?

  init(_ events: [AuditEvent], verified: Bool?, firstBad: Int?) {
    self.events = events.map(Event.init)
    self.verified = verified
    firstBadSeq = firstBad
  }

  static func broken(at seq: Int) -> String {
    "the audit trail does not fit from event \(seq) on"
  }

  var text: [String] {
    var table = TextTable(["#", "AT", "WHO", "WHAT", "CONNECTION", "DETAIL"])
    for event in events {
      table.add([
        "\(event.seq)", event.at, event.actor.shown(), event.action.shown(),
        (event.subject ?? "-").shown(), event.detail.shown(upTo: 500),
      ])
    }
    var lines = events.isEmpty ? [] : table.lines(style: Style(isOn: false))
    if let verified {
      lines.append(
        verified
          ? "the audit trail is whole"
          : Self.broken(at: firstBadSeq ?? 0))
    }
    return lines
  }
}
