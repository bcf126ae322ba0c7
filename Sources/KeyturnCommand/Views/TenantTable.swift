import Foundation
import Keyturn

/// What `status` prints of the tenants that are observed as a whole.
///
/// A few tenants are told in words. Of many there is a table, worst first, and one of the applications
/// whose ends are closest: whoever has 500 tenants, or 100,000 applications, must not look for the three
/// that matter.
struct TenantTable {
  /// How many tenants are told in words.
  private static let few = 3
  /// How many applications are shown.
  private static let shownEndings = 3
  /// How many tenants are shown where there are many and the list has to fit a screen.
  private static let shownTenants = 4
  /// And of how many of those that could not be read is said why: one cause often has many effects.
  private static let shownTroubles = 1

  private let tenants: [TenantView]
  private let needing: [TenantView]
  private let well: [TenantView]
  private let isShort: Bool
  private let now: Date

  /// The table of these tenants; a short one fits on a screen, however many they are.
  init(_ tenants: [TenantView], isShort: Bool, at now: Date) {
    self.tenants = tenants
    self.isShort = isShort
    self.now = now
    needing = tenants.filter { $0.severity != .ok }.sorted { $0.comesBefore($1) }
    well = tenants.filter { $0.severity == .ok }
  }

  /// The lines; those of tables are at most `width` columns wide, those of texts `textWidth`.
  func lines(_ style: Style, width: Int, textWidth: Int) -> [String] {
    guard tenants.count > Self.few else {
      let endings =
        isShort
        ? endingTable(style, width, textWidth)
        : endings.flatMap { $0.finding.lines(style, width: textWidth) }
      return endings + (needing + well).flatMap { $0.words(style, width: textWidth) }
    }
    let endings = endingTable(style, width, textWidth)
    return endings + (endings.isEmpty ? [] : [""]) + tenantTable(style, width)
      + troubles(style, width, textWidth) + summary(textWidth)
  }

  /// What ends in all tenants: what is still ahead comes first.
  private var endings: ArraySlice<TenantView.Ending> {
    tenants.flatMap { $0.endings.prefix(Self.shownEndings) }
      .sorted { $0.end.comesBefore($1.end, at: now) }.prefix(Self.shownEndings)
  }

  private func endingTable(_ style: Style, _ width: Int, _ textWidth: Int) -> [String] {
    let endings = Array(endings)
    guard !endings.isEmpty else { return [] }
    var table = TextTable([
      "LAST END", .init("LEFT", isNumber: true), .init("APPLICATION", shrinksTo: 12),
      .init("TENANT", shrinksTo: 8, leaves: 1), "ID",
    ])
    for ending in endings {
      table.add([
        Timestamp.day(ending.at), "\(ending.at.daysLeft(from: now)) d", ending.title,
        ending.tenant.shown(), ending.id,
      ])
    }
    let span = tenants.first?.warnsWithin ?? ""
    return table.lines(style: style, width: width) { row, column, cell in
      let severity = Severity(rawValue: endings[row].finding.severity) ?? .unknown
      return column == 1 ? style.colored(cell, severity) : cell
    }
      + "if one is in use: keyturn connect ID; all of them: keyturn apps --expiring \(span)"
      .wrapped(toColumns: textWidth, indent: 2)
  }

  private func tenantTable(_ style: Style, _ width: Int) -> [String] {
    let shown = isShort ? Array((needing + well).prefix(Self.shownTenants)) : needing + well
    var table = TextTable([
      .init("TENANT", shrinksTo: 12), "STATE", .init("NEXT END", leaves: 5),
      .init("APPS", isNumber: true, leaves: 4), .init("ENDING", isNumber: true),
      .init("ENDED", isNumber: true, leaves: 3), .init("> 24 M", isNumber: true, leaves: 1),
      .init("> 2", isNumber: true, leaves: 2), .init("READ", leaves: 6),
    ])
    for tenant in shown {
      let counts: [Int?] = [
        tenant.total(\.applications), tenant.total(\.allEnding), tenant.total(\.allEnded),
        tenant.total(\.long), tenant.total(\.crowded),
      ]
      table.add(
        [
          tenant.name.shown(), tenant.severity == .ok ? tenant.state : tenant.state.uppercased(),
          tenant.nextEnd.map(Timestamp.day) ?? "-",
        ] + counts.map { $0.map(String.init) ?? "-" }
          + [tenant.readAt.map { String($0.prefix(10)) } ?? "never"])
    }
    let lines = table.lines(style: style, width: width) { row, column, cell in
      guard cell != "-" else { return style.dim(cell) }
      return column == 1 ? style.colored(cell, shown[row].severity) : cell
    }
    let hidden = [
      (max(0, needing.count - shown.count), "that need somebody"),
      (well.count - max(0, shown.count - needing.count), "that are well"),
    ].filter { $0.0 > 0 }.map { "\($0.0) more \($0.1)" }
    guard !hidden.isEmpty else { return lines }
    return lines + [style.dim("and \(hidden.joined(separator: ", ")): keyturn status --all")]
  }

  /// Why tenants could not be read; on a screen of the worst, in a line each.
  private func troubles(_ style: Style, _ width: Int, _ textWidth: Int) -> [String] {
    let troubles = needing.compactMap(\.trouble)
    guard isShort else { return troubles.flatMap { $0.lines(style, width: textWidth) } }
    return troubles.prefix(Self.shownTroubles).map { trouble in
      let word = trouble.severity.uppercased()
      let line = "\(word): \(trouble.message)".cut(toColumns: width)
      let severity = Severity(rawValue: trouble.severity) ?? .unknown
      return style.colored(word, severity) + line.dropFirst(word.count)
    }
  }

  /// "500 tenants: 1 unknown, 3 warnings, 496 ok; within 90d 12 of 100000 applications lose their last …".
  private func summary(_ width: Int) -> [String] {
    func count(_ severity: Severity) -> Int { tenants.count { $0.severity == severity } }
    let warnings = count(.warning)
    let parts = [
      (count(.unknown), "unknown"), (warnings, warnings == 1 ? "warning" : "warnings"),
      (count(.ok), "ok"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    func sum(_ count: (TenantSummary) -> Int) -> Int {
      tenants.compactMap { $0.total(count) }.reduce(0, +)
    }
    let counts = "\(tenants.count) tenants: \(parts.joined(separator: ", "))"
    let isFresh = tenants.allSatisfy { $0.readAt == nil && $0.unreadableSince == nil }
    let text =
      isFresh
      ? "nothing is known yet; keyturn check reads all of their applications"
      : "within \(tenants.first?.warnsWithin ?? "") \(sum(\.allEnding)) of \(sum(\.applications))"
        + " applications lose their last secret or certificate, \(sum(\.allEnded)) have none left"
    return "\(counts); \(text)".wrapped(toColumns: width, indent: 2)
  }
}
