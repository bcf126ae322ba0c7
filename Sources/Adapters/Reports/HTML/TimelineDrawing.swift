import Foundation
import Keyturn

/// Where everything of a timeline stands, in units of its view box.
struct TimelineDrawing {
  /// The measures of a drawing.
  struct Measures {
    var name: String
    var width: Double
    /// Where the plot begins and ends.
    var plot: ClosedRange<Double>
    var rowHeight: Double
    /// How far below its row's top the middle of a bar is.
    var middle: Double
    /// How far below its row's top the text stands.
    var baseline: Double
    /// How many letters of a name there is room for.
    var letters: Int
    /// How many units apart the months have to be to be named.
    var tick: Double

    static let wide = Measures(
      name: "wide", width: 1_040, plot: 232...972, rowHeight: 28, middle: 14, baseline: 18.5,
      letters: 30, tick: 44)
    static let narrow = Measures(
      name: "narrow", width: 360, plot: 4...356, rowHeight: 46, middle: 32, baseline: 16,
      letters: 30, tick: 38)
  }

  private static let top = 40.0
  private static let bottom = 10.0

  let timeline: Timeline
  let measures: Measures
  let from: Date
  let until: Date

  init(_ timeline: Timeline, _ measures: Measures, from: Date, until: Date) {
    self.timeline = timeline
    self.measures = measures
    self.from = from
    self.until = until
  }

  private var now: Date { timeline.overview.asOf }

  /// What the template draws.
  var values: TemplateValues {
    let height = Self.top + Double(timeline.shown.count) * measures.rowHeight + Self.bottom
    let today = place(now)
    let half = 34.0
    return [
      "kind": measures.name, "width": number(measures.width), "height": number(height),
      "top": number(Self.top - 6), "foot": number(height - Self.bottom + 2),
      "today": number(today), "todayLabel": number(min(max(today, half), measures.width - half)),
      "months": months,
      "rows": timeline.shown.enumerated().map { row($0.element, $0.offset) },
    ]
  }

  /// The beginnings of months, as many as can be told apart.
  private var months: [TemplateValues] {
    let width = measures.plot.upperBound - measures.plot.lowerBound
    let month = width / max(1, until.timeIntervalSince(from) / 86_400 / 30.44)
    let step = [1, 3, 6, 12].first { Double($0) * month >= measures.tick } ?? 12
    let names = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    var found: [TemplateValues] = []
    guard let year = Int(Timestamp.day(from).prefix(4)) else { return [] }
    for number in 0..<60 {
      let (years, index) = (number / 12, number % 12)
      guard index % step == 0 else { continue }
      let text = "\(year + years)-\(index < 9 ? "0" : "")\(index + 1)-01T00:00:00Z"
      guard let date = Timestamp.parse(text), date > from, date < until else { continue }
      let x = place(date)
      var values: TemplateValues = ["x": self.number(x), "isYear": index == 0]
      // The last one's name would reach over the edge.
      if x < measures.plot.upperBound - 24 {
        values["label"] = index == 0 ? "\(year + years)" : names[index]
      }
      found.append(values)
    }
    return found
  }

  private func row(_ entry: Overview.Entry, _ index: Int) -> TemplateValues {
    let top = Self.top + Double(index) * measures.rowHeight
    let middle = top + measures.middle
    guard let record = entry.record, let current = record.current else { return [:] }
    var values: TemplateValues = [
      "title": timeline.sentence(entry), "severity": entry.severity.rawValue,
      "name": entry.connection.name.shown().cut(to: measures.letters),
      "left": "\(current.expiresAt.daysLeft(from: now).grouped) d",
      "baseline": number(top + measures.baseline), "line": number(top + measures.rowHeight),
      "y": number(middle - 5), "top": number(middle - 5), "bottom": number(middle + 5),
      "middle": number(middle), "shape": Self.shape(entry.severity), "isOdd": index % 2 == 1,
      "rowTop": number(top),
      "rowHeight": number(measures.rowHeight),
    ]
    values["bars"] = bars(current, entry.connection.policy)
    values["ticks"] = entry.connection.policy.warnings(before: current.expiresAt)
      .filter(isInside).map { ["x": number(place($0))] }
    if isInside(current.expiresAt) { values["end"] = number(place(current.expiresAt)) }
    values["previous"] = record.previous.flatMap { span($0) }
    values["pending"] = record.pending.flatMap { span($0) }
    values["marks"] = marks(entry, record)
    return values
  }

  /// The shape that a state has everywhere on the page, as a path from the text's baseline.
  private static func shape(_ severity: Severity) -> String {
    switch severity {
    case .critical: "m-2-9.5h4l3 3v4l-3 3h-4l-3-3v-4z"
    case .warning: "m0-9.5l5.2 9.5h-10.4z"
    case .unknown: "m0-10l5.2 5.2-5.2 5.2-5.2-5.2z"
    case .ok: "m-4-4.5a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"
    }
  }

  /// The parts of a lifetime: over, left, from the first warning on, critical.
  private func bars(_ secret: ClientSecret, _ policy: Policy) -> [TemplateValues] {
    let start = secret.startsAt ?? secret.expiresAt.subtracting(.months(24))
    let soon = policy.firstWarning(before: secret.expiresAt)
    let late = secret.expiresAt.subtracting(policy.criticalBefore)
    let parts = [
      ("spent", start, min(now, secret.expiresAt)), ("rest", max(now, start), soon),
      ("soon", max(soon, now), late), ("late", max(late, now), secret.expiresAt),
    ]
    return parts.compactMap { name, from, until in
      let (x, end) = (place(from), place(until))
      guard end - x > 0.05 else { return nil }
      return [
        "class": name, "x": number(x), "width": number(end - x), "isHatched": name == "soon",
        "isCrossed": name == "late",
      ]
    }
  }

  private func span(_ secret: ClientSecret) -> TemplateValues? {
    let start = secret.startsAt ?? secret.expiresAt.subtracting(.months(24))
    let (x, end) = (place(start), place(secret.expiresAt))
    return end - x > 0.5 ? ["x": number(x), "width": number(end - x)] : nil
  }

  /// What happens on single days.
  private func marks(_ entry: Overview.Entry, _ record: ConsumerRecord) -> [TemplateValues] {
    var marks: [(String, Date)] = []
    if let day = timeline.handOverEnd(record) { marks.append(("isHand", day)) }
    if let day = record.retireAfter { marks.append(("isRetire", max(day, now))) }
    for event in timeline.steps[entry.connection.name] ?? [] {
      marks.append((event.kind == AutomaticStep.retire.name ? "isRetire" : "isSelf", event.at))
    }
    var seen: Set<String> = []
    return marks.filter { isInside($0.1) }.compactMap { kind, day in
      let x = number(place(day))
      return seen.insert("\(kind) \(x)").inserted ? ["x": x, kind: true] : nil
    }
  }

  private func isInside(_ date: Date) -> Bool { date >= from && date <= until }

  /// Where a day stands; what is outside of the picture stands at its edge.
  private func place(_ date: Date) -> Double {
    let share = date.timeIntervalSince(from) / max(1, until.timeIntervalSince(from))
    let (left, right) = (measures.plot.lowerBound, measures.plot.upperBound)
    return left + (right - left) * min(1, max(0, share))
  }

  /// One decimal is a tenth of a pixel.
  private func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
  }
}

extension String {
  /// At most so many columns, counting what Chinese, Japanese and Korean letters take as two.
  fileprivate func cut(to columns: Int) -> String {
    var width = 0
    var result = ""
    for character in self {
      width += character.unicodeScalars.first.map { $0.value >= 0x1100 ? 2 : 1 } ?? 1
      if width > columns { return "\(result.dropLast())…" }
      result.append(character)
    }
    return result
  }
}
