import Foundation
import Keyturn
import Mustache

/// The picture of the lifetimes, and the same in words.
///
/// It is drawn twice, for wide and for narrow pages; the style sheet shows one of them. Of many
/// connections it has those with something ahead first, and says how many are not in it.
struct Timeline {
  /// How many lifetimes are drawn.
  static let longest = 40

  let overview: Overview
  let ranking: Ranking
  /// The entries that are drawn.
  let shown: [Overview.Entry]
  /// How many lifetimes are not drawn.
  let hidden: Int
  /// The next thing that happens to each connection, and everything that keyturn does by itself.
  let steps: [String: [Plan.Event]]

  init(_ overview: Overview, _ ranking: Ranking) {
    self.overview = overview
    self.ranking = ranking
    var next: [String: Date] = [:]
    var steps: [String: [Plan.Event]] = [:]
    for event in overview.plan.events {
      if next[event.connection] == nil { next[event.connection] = event.at }
      if event.severity == .ok { steps[event.connection, default: []].append(event) }
    }
    self.steps = steps
    let drawable = ranking.places.filter { overview.entries[$0.index].record?.current != nil }
    let ordered = drawable.enumerated().sorted { one, other in
      let (name, othersName) = (
        overview.entries[one.element.index].connection.name,
        overview.entries[other.element.index].connection.name
      )
      let (at, othersAt) = (next[name] ?? .distantFuture, next[othersName] ?? .distantFuture)
      return at == othersAt ? one.offset < other.offset : at < othersAt
    }
    shown = ordered.prefix(Self.longest).map { overview.entries[$0.element.index] }
    hidden = drawable.count - shown.count
  }

  /// The section of the page; nothing where no lifetime is known.
  func text() throws -> String {
    guard !shown.isEmpty else { return "" }
    let (from, until) = span
    let values: TemplateValues = [
      "title": "Lifetimes of \(shown.count.grouped) secrets".singular(shown.count),
      "description": description, "lines": shown.map { ["text": sentence($0)] },
      "hasMore": hidden > 0, "hidden": hidden.grouped, "shown": shown.count.grouped,
      "pictures": [
        TimelineDrawing(self, .wide, from: from, until: until).values,
        TimelineDrawing(self, .narrow, from: from, until: until).values,
      ],
    ]
    return try Markup.template(Self.template).render(values)
  }

  /// From when until when is drawn: half a year back at most, two years and a bit ahead at most.
  private var span: (Date, Date) {
    let now = overview.asOf
    let secrets = shown.compactMap(\.record).flatMap {
      [$0.current, $0.previous, $0.pending].compactMap { $0 }
    }
    let starts = secrets.map { $0.startsAt ?? $0.expiresAt.subtracting(.months(24)) }
    let first = max(starts.min() ?? now, now.subtracting(.months(6)))
    let last = min(secrets.map(\.expiresAt).max() ?? now, now.adding(.months(26)))
    return (
      min(first, now.subtracting(.days(45))), max(last, now.adding(.months(3))).adding(.days(20))
    )
  }

  private var description: String {
    let (from, until) = span
    let due = shown.count { $0.severity != .ok }
    return "From \(Timestamp.day(from)) to \(Timestamp.day(until)), today is"
      + " \(Timestamp.day(overview.asOf)). \(due) of the \(shown.count.grouped) need somebody. "
      + shown.prefix(5).map(sentence).joined(separator: " ")
      + (shown.count > 5 ? " The rest is in the list below the picture." : "")
  }

  /// One lifetime in words.
  func sentence(_ entry: Overview.Entry) -> String {
    guard let record = entry.record, let current = record.current else { return "" }
    let policy = entry.connection.policy
    var parts: [String] = []
    if let start = current.startsAt { parts.append("from \(Timestamp.day(start))") }
    parts.append("to \(Timestamp.day(current.expiresAt))")
    parts.append(current.expiresAt.left(from: overview.asOf))
    parts.append("first warning \(Timestamp.day(policy.firstWarning(before: current.expiresAt)))")
    let critical = current.expiresAt.subtracting(policy.criticalBefore)
    parts.append("critical from \(Timestamp.day(critical))")
    if let previous = record.previous {
      parts.append("the previous secret works until \(Timestamp.day(previous.expiresAt))")
    }
    if let pending = record.pending {
      parts.append("the next one would end on \(Timestamp.day(pending.expiresAt))")
    }
    if let retireAfter = record.retireAfter {
      parts.append("retirement from \(Timestamp.day(retireAfter))")
    }
    if let day = handOverEnd(record) {
      parts.append("hand-over open, at the latest until \(Timestamp.day(day))")
    }
    for event in steps[entry.connection.name]?.prefix(3) ?? [] {
      parts.append("\(Timestamp.day(event.at)) \(event.what)")
    }
    return "\(entry.connection.name) (\(entry.severity.word)): ".shown()
      + parts.joined(separator: ", ").shown(upTo: 600) + "."
  }

  /// The last day of an open hand-over.
  func handOverEnd(_ record: ConsumerRecord) -> Date? {
    record.rotation?.openHandOvers.isEmpty == false ? record.previous?.expiresAt : nil
  }
}

extension String {
  /// "Lifetimes of 1 secret" for one, as it is for more.
  fileprivate func singular(_ count: Int) -> String {
    count == 1 ? "The lifetime of one secret" : self
  }
}
