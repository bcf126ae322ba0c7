import ArgumentParser
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

  @Option(help: "Show so many of the newest events; 0 for all.")
  var limit = 50

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard limit >= 0 else { throw ValidationError("--limit takes 0 or more.") }
  }

  func run(in world: World) async throws {
    let isBroken = try await Installation.open(global, in: world) { installation in
      // A connection that is gone from the configuration keeps its history, so any name will do.
      let events = try await installation.registry.events(
        about: name, limit: limit == 0 ? nil : limit)
      let firstBad = verify ? try await installation.registry.firstBadEvent() : nil
      let view = HistoryView(events, verified: verify ? firstBad == nil : nil, firstBad: firstBad)
      try world.terminal.render(view, json: reading.json) { view.text }
      return firstBad != nil
    }
    if isBroken { throw ExitCode(2) }
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
  }

  var events: [Event]
  /// Left out unless the chain was checked.
  var verified: Bool?
  var firstBadSeq: Int?

  init(_ events: [AuditEvent], verified: Bool?, firstBad: Int?) {
    self.events = events.map {
      Event(
        seq: $0.seq, at: $0.entry.at.stamp, actor: $0.entry.actor, action: $0.entry.action,
        subject: $0.subject, detail: $0.entry.detail, hash: $0.hash)
    }
    self.verified = verified
    firstBadSeq = firstBad
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
          : "the audit trail does not fit from event \(firstBadSeq ?? 0) on")
    }
    return lines
  }
}
