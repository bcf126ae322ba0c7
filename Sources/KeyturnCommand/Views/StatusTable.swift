import Foundation
import Keyturn

/// What `status` prints of all connections: a table, what needs somebody, and one line that sums it up.
///
/// The table begins with those that need somebody, worst first and of the same severity by their end:
/// whoever has a hundred connections must not look for the three that matter. The others follow as
/// the configuration has them, where people know their places. JSON keeps that order throughout.
struct StatusTable {
  /// From how many connections on a terminal is shown those that matter alone.
  private static let screenful = 30
  /// How many of the others are shown then: those that end first.
  private static let nextEnds = 5
  /// And how many findings.
  private static let shownFindings = 10

  private let view: StatusView
  private let needing: [StatusView.ConnectionState]
  private let well: [StatusView.ConnectionState]
  private let isShort: Bool
  private let breaksLines: Bool
  private let tenants: TenantTable

  /// The table of a view; a short one names only what needs somebody, where there are many.
  ///
  /// With `breaksLines` no text below the table is wider than it either, as people like it; programs
  /// that look for a line want it whole.
  init(_ view: StatusView, isShort: Bool, breaksLines: Bool = false, at now: Date) {
    self.view = view
    self.breaksLines = breaksLines
    tenants = TenantTable(view.tenants, isShort: isShort, at: now)
    self.isShort = isShort && view.connections.count > Self.screenful
    needing = view.connections.enumerated().filter { $0.element.needsSomebody }
      .sorted { one, other in
        one.element.comesBefore(other.element) ?? (one.offset < other.offset)
      }
      .map(\.element)
    well = view.connections.filter { !$0.needsSomebody }
  }

  /// The lines, at most `width` columns wide where they are of the table.
  func lines(_ style: Style, width: Int) -> [String] {
    let textWidth = breaksLines ? width : .max
    let whole = tenants.lines(style, width: width, textWidth: textWidth)
    guard !view.connections.isEmpty else {
      return ["no connection is configured"]
        + view.findings.flatMap { $0.lines(style, width: textWidth) }
        + (whole.isEmpty ? [] : [""] + whole)
    }
    let shown = isShort ? Array(needing.prefix(Self.screenful)) + ends : needing + well
    var lines = table(of: shown, style, width)
    let hidden = (needing.count - min(needing.count, Self.screenful), well.count - ends.count)
    if isShort {
      let parts = [
        hidden.0 > 0 ? "\(hidden.0) more that need somebody" : nil,
        hidden.1 > 0 ? "\(hidden.1) more that are well" : nil,
      ].compactMap { $0 }
      if !parts.isEmpty {
        lines.append(style.dim("and \(parts.joined(separator: ", ")): keyturn status --all"))
      }
    }
    let notes = notes(style, textWidth)
    if !notes.isEmpty { lines += [""] + notes }
    if !whole.isEmpty { lines += [""] + whole }
    return lines + [""] + summary(width)
  }

  /// Of those that are well, the ones that end first.
  private var ends: [StatusView.ConnectionState] {
    Array(
      well.sorted { ($0.used?.expiresAt ?? "~") < ($1.used?.expiresAt ?? "~") }
        .prefix(Self.nextEnds))
  }

  private func table(
    of connections: [StatusView.ConnectionState], _ style: Style, _ width: Int
  ) -> [String] {
    var table = TextTable([
      .init("CONNECTION", shrinksTo: 12), "STATE", .init("EXPIRES", leaves: 3),
      .init("LEFT", isNumber: true), .init("LIFETIME", leaves: 1),
      .init("ROTATION", shrinksTo: 8, leaves: 2),
    ])
    let barWidth = width < 100 ? 10 : 20
    for connection in connections {
      let used = connection.used
      table.add([
        connection.name.shown(), connection.word,
        used.map { String($0.expiresAt.prefix(10)) } ?? "-", used.map { "\($0.daysLeft) d" } ?? "-",
        used.map { $0.bar(width: barWidth) } ?? "-", connection.rotation?.step ?? "-",
      ])
    }
    return table.lines(style: style, width: width) { row, column, cell in
      let connection = connections[row]
      guard cell != "-" else { return style.dim(cell) }
      switch column {
      case 1:
        return connection.isSilenced ? style.dim(cell) : style.colored(cell, connection.severity)
      case 4: return style.colored(cell, connection.severity)
      default: return cell
      }
    }
  }

  /// What was found, worst first, with what to do; then what somebody silenced.
  private func notes(_ style: Style, _ width: Int) -> [String] {
    let findings =
      view.findings + needing.flatMap(\.findings).filter { $0.severity != Severity.ok.rawValue }
    let silenced = well.filter(\.isSilenced)
    let (first, second) = isShort ? (Self.shownFindings, Self.nextEnds) : (.max, .max)
    var lines = findings.prefix(first).flatMap { $0.lines(style, width: width) }
    if findings.count > first {
      lines.append(style.dim("and \(findings.count - first) more findings: keyturn status --all"))
    }
    lines += silenced.prefix(second).flatMap {
      "snoozed: \($0.name.shown()) until \($0.snoozedUntil?.prefix(10) ?? "")\($0.snoozeText)"
        .wrapped(toColumns: width, indent: 4)
    }
    if silenced.count > second {
      lines.append(style.dim("and \(silenced.count - second) more that are snoozed"))
    }
    return lines
  }

  /// "12 connections: 1 critical, 2 warnings, 9 ok; next: 2026-12-15 magentrix-d365".
  private func summary(_ width: Int) -> [String] {
    let total = view.connections.count
    func count(_ severity: Severity) -> Int {
      view.connections.count { $0.severity == severity && !$0.isSilenced }
    }
    let warnings = count(.warning)
    let snoozed = view.connections.count(where: \.isSilenced)
    let parts = [
      (count(.critical), "critical"), (count(.unknown), "unknown"),
      (warnings, warnings == 1 ? "warning" : "warnings"), (snoozed, "snoozed"), (count(.ok), "ok"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    // What is due now is in the table already.
    let next = view.connections.filter { ($0.next.at ?? "") > view.asOf }
      .min { ($0.next.at ?? "") < ($1.next.at ?? "") }
    let text = total == 1 ? "1 connection" : "\(total) connections"
    let counts = "\(text): \(parts.joined(separator: ", "))"
    guard let next, let day = next.next.at?.prefix(10) else { return [counts] }
    let date = "next: \(day) \(next.name.shown())"
    let line = "\(counts); \(date)"
    return line.columns <= width ? [line] : [counts, date]
  }
}

extension StatusView.ConnectionState {
  fileprivate var severity: Severity { Severity(rawValue: state) ?? .unknown }

  /// Whether its warnings are silenced; what is worse is told all the same.
  fileprivate var isSilenced: Bool { snoozedUntil != nil && severity == .ok }

  fileprivate var needsSomebody: Bool { severity != .ok && !isSilenced }

  /// The state as a word that stands out without colours too.
  fileprivate var word: String {
    isSilenced ? "snoozed" : severity == .ok ? state : state.uppercased()
  }

  /// The secret that consumers use: until a hand-over is made, the previous one.
  fileprivate var used: StatusView.Secret? {
    let isOpen = rotation?.handOver.contains { $0.state == HandOver.State.open.rawValue } == true
    guard isOpen, let previous else { return current }
    return current.map { $0.expiresAt < previous.expiresAt ? $0 : previous } ?? previous
  }

  /// Worse, or as bad and earlier at its end; nil where neither comes first.
  fileprivate func comesBefore(_ other: Self) -> Bool? {
    if severity != other.severity { return severity.isWorse(than: other.severity) }
    let (end, othersEnd) = (used?.expiresAt ?? "~", other.used?.expiresAt ?? "~")
    return end == othersEnd ? nil : end < othersEnd
  }

  /// Who silenced it, and why.
  var snoozeText: String {
    (snoozedBy.map { ", by \($0.shown(upTo: 100))" } ?? "")
      + (snoozeReason.map { ": \($0.shown(upTo: 200))" } ?? "")
  }
}

extension StatusView.Secret {
  /// How much of the lifetime is left.
  fileprivate func bar(width: Int) -> String {
    let full = Int((lifetimeLeft * Double(width)).rounded(.up))
    return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
  }
}
