import Foundation
import Keyturn
import TestSupport
import Testing

@testable import KeyturnCommand

/// The table of all connections: what needs somebody comes first, and fits a screen.
@Suite struct StatusTableTests {
  private static let plain = Style(isOn: false)
  private static let now = TestWorld.night

  private static func view(
    _ overview: Overview = .monitored(), findings: [Finding] = []
  ) -> StatusView {
    var overview = overview
    overview.findings = findings
    overview.tenants = []
    return StatusView(overview)
  }

  /// Many that are well, with three that matter among them.
  private static func crowd(_ count: Int, ending: [Int: Double] = [:]) throws -> StatusView {
    let template = try #require(Overview.monitored().entries.first)
    return view(
      Overview(
        asOf: now,
        entries: (0..<count).map { number in
          var entry = template
          entry.connection.name = "portal-\(number)"
          let days = ending[number] ?? 200 + Double(number)
          entry.record?.current?.expiresAt = now + days * 86_400
          entry.judgement = Judgement(entry.connection, entry.record, at: now)
          return entry
        }, findings: [], runs: RunHistory(), plan: Plan([], from: now, until: now)))
  }

  private static func names(_ lines: [String]) -> [String] {
    lines.dropFirst().prefix { !$0.isEmpty && !$0.hasPrefix("and ") }
      .map { String($0.prefix { $0 != " " }) }
  }

  @Test func `the worst comes first, and what is well keeps its order`() {
    let view = Self.view()
    let lines = StatusTable(view, isShort: false, at: Self.now).lines(Self.plain, width: 80)
    #expect(
      Self.names(lines) == [
        "ended", "waiting", "unread", "due", "stuck", "quiet", "graced", "spare", "snoozed",
        "hostile",
      ])
    // JSON has the order of the configuration.
    #expect(view.connections.map(\.name) == Overview.monitored().entries.map(\.connection.name))
    #expect(
      lines.last
        == "10 connections: 2 critical, 1 unknown, 2 warnings, 1 snoozed, 4 ok; next: 2026-11-26 graced"
        || lines.suffix(2) == [
          "10 connections: 2 critical, 1 unknown, 2 warnings, 1 snoozed, 4 ok",
          "next: 2026-11-26 graced",
        ])
  }

  @Test func `a state is a word, that stands out without colours`() throws {
    let lines = StatusTable(Self.view(), isShort: false, at: Self.now).lines(Self.plain, width: 80)
    func row(_ name: String) throws -> [String] {
      try #require(lines.first { $0.hasPrefix(name + " ") }).split(separator: " ").map(String.init)
    }
    #expect(try row("ended")[1] == "CRITICAL" && row("due")[1] == "WARNING")
    #expect(try row("unread")[1...] == ["UNKNOWN", "-", "-", "-", "-"])
    #expect(try row("quiet")[1] == "ok" && row("snoozed")[1] == "snoozed")
    #expect(try row("ended")[3...4] == ["-1", "d"])
    // While a hand-over is open, the end that matters is that of the old secret.
    #expect(try row("waiting")[2...] == ["2026-11-27", "5", "d", "█░░░░░░░░░", "switched"])
    #expect(try row("graced")[2] == "2027-07-10" && row("graced")[6] == "handed_over")
    #expect(
      lines.contains("snoozed: snoozed until 2026-12-02, by admin@crm01: the portal moves"))
    #expect(!lines.contains { $0.hasPrefix("WARNING: snoozed") })
  }

  @Test func `colours say nothing that is not in the words`() {
    let table = StatusTable(Self.view(), isShort: false, at: Self.now)
    let colored = table.lines(Style(isOn: true), width: 80)
    #expect(
      colored.map { $0.replacing(/\u{1b}\[[0-9]*m/, with: "") }
        == table.lines(Self.plain, width: 80))
    #expect(colored.contains { $0.contains("\u{1b}[31mCRITICAL\u{1b}[0m") })
  }

  @Test(arguments: [30, 40, 60, 80, 100, 200])
  func `the table fits its terminal`(width: Int) throws {
    var view = Self.view()
    view.connections[1].name = String(repeating: "long-", count: 30)
    let lines = StatusTable(view, isShort: false, at: Self.now).lines(Self.plain, width: width)
    let table = lines.prefix { !$0.isEmpty }
    #expect(table.count == 11 && table.allSatisfy { $0.columns <= width })
    #expect(table.contains { $0.contains("…") })
    #expect(try #require(table.first).contains("LIFETIME") == (width >= 64))
  }

  @Test func `on a terminal, what stands below the table fits too`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    try await stage.rotate()
    for arguments in [["status"], ["status", Stage.name]] {
      let whole = await stage.run(arguments).ended(0)
      let narrow = await stage.run(arguments, screen: 60).ended(0)
      #expect(narrow.lines.allSatisfy { $0.columns <= 60 }, "\(narrow.printed)")
      let words = { (text: String) in text.split { $0 == " " || $0 == "\n" } }
      // Nothing is lost below the table; a log or a pipe gets each finding on its line.
      #expect(words(narrow.printed).suffix(20) == words(whole.printed).suffix(20))
      #expect(whole.printed.contains("to magentrix, where the old one expires on 2026-12-15\n"))
      let colored = await stage.run(arguments, colors: true, screen: 60).printed
      #expect(colored.replacing(/\u{1b}\[[0-9]*m/, with: "") == narrow.printed)
    }
  }

  @Test func `of many, a screen shows those that matter and the next ends`() throws {
    let view = try Self.crowd(500, ending: [100: 3, 321: -1, 499: 30])
    let lines = StatusTable(view, isShort: true, at: Self.now).lines(Self.plain, width: 80)
    #expect(
      Self.names(lines) == [
        "portal-321", "portal-100", "portal-499", "portal-0", "portal-1", "portal-2", "portal-3",
        "portal-4",
      ])
    #expect(lines.contains("and 492 more that are well: keyturn status --all"))
    #expect(lines.count <= 24)
    #expect(lines.last?.hasPrefix("500 connections: 2 critical, 1 warning, 497 ok; next: ") == true)
    let all = StatusTable(view, isShort: false, at: Self.now).lines(Self.plain, width: 80)
    #expect(Self.names(all).count == 500 && !all.contains { $0.hasPrefix("and ") })
    // A few are shown as they are.
    let few = StatusTable(try Self.crowd(30), isShort: true, at: Self.now).lines(
      Self.plain, width: 80)
    #expect(Self.names(few).count == 30)
  }

  @Test func `where all of many need somebody, the screen still ends`() throws {
    let view = try Self.crowd(
      400, ending: Dictionary(uniqueKeysWithValues: (0..<400).map { ($0, 5) }))
    let lines = StatusTable(view, isShort: true, at: Self.now).lines(Self.plain, width: 80)
    #expect(Self.names(lines).count == 30)
    #expect(lines.contains("and 370 more that need somebody: keyturn status --all"))
    #expect(lines.contains("and 390 more findings: keyturn status --all"))
    #expect(lines.count < 60)
  }

  @Test func `on a terminal the list is short, in a pipe and with --all it is whole`() async throws
  {
    let more = (1...40).map {
      """
        more-\($0): { tenant: contoso, client_id: 46e6adf4-a9cf-4b60-9390-0ba6fb\(100_000 + $0), \
      environment: 'https://contoso.crm.dynamics.com' }
      """
    }
    let stage = try await Stage(connection: ["consumer: magentrix"])
    try stage.reconfigure("connections:\n", "connections:\n" + more.joined(separator: "\n") + "\n")
    for number in 1...40 {
      await stage.run("record", "more-\(number)", "--expires", "2028-11-\(number % 20 + 10)")
        .ended(0)
    }
    await stage.adopt()
    let short = await stage.run("status", screen: 80).ended(0)
    #expect(short.lines.count < 15 && short.printed.contains("and 35 more that are well"))
    for whole in [
      await stage.run("status", "--all", screen: 80), await stage.run("status"),
    ] { #expect(whole.lines.count > 41 && !whole.printed.contains("more that are well")) }
  }

  @Test func `somebody who only runs status sees that the nights have stopped`() async throws {
    let stage = try await Stage()
    await stage.run("record", Stage.name, "--expires", "2028-11-22").ended(0)
    let fresh = await stage.run("status").ended(0)
    #expect(!fresh.printed.contains("no check has run"))
    stage.pass(days: 1.6)
    for arguments in [["status"], ["status", Stage.name]] {
      await stage.run(arguments).ended(0).printing("WARNING: no check has run since 2026-11-22")
    }
    let document = try await stage.run("status", "--json").ended(0).json()
    let findings = document["findings"] as? [[String: Any]]
    #expect(findings?.compactMap { $0["code"] as? String } == ["missed_run"])
    #expect(document["state"] as? String == "warning")
    await stage.run("check").ended(0)
    let checked = await stage.run("status").ended(0).printing("1 connection: 1 ok")
    #expect(!checked.printed.contains("WARNING"))
    stage.pass(days: 1.6)
    await stage.run("status").printing("WARNING: the last night in which the whole check could")
  }
}
