import Foundation
import TestSupport
import Testing

@testable import Keyturn
@testable import KeyturnCommand

/// What `status` shows of observed tenants: the three that matter, on one screen.
@Suite struct TenantTableTests {
  private static let plain = Style(isOn: false)
  private static let now = TestWorld.night

  private static func table(_ tenants: [TenantStanding], isShort: Bool) -> TenantTable {
    TenantTable(tenants.map { TenantView($0, at: now) }, isShort: isShort, at: now)
  }

  private static func lines(
    _ tenants: [TenantStanding], isShort: Bool = true, width: Int = 80
  ) -> [String] {
    table(tenants, isShort: isShort).lines(plain, width: width, textWidth: width)
  }

  /// 500 tenants: two can't be read, one never was, some have ends, the others are well.
  private static let crowd: [TenantStanding] = (0..<500).map { number in
    let name = "customer-\(1000 + number)"
    switch number {
    case 41, 42: return .sample(name).unreadable("the service says 403, for a long time", days: 3)
    case 77: return .neverRead(name)
    case 300: return .sample(name, ends: ["Invoice export": 3, "Ended": -2])
    case 310: return .sample(name, ends: ["Portal": 12])
    case 320...330: return .sample(name, ends: ["App \(number)": Double(number - 300)])
    default: return .sample(name)
    }
  }

  @Test func `of 500 tenants the ones that matter are on one screen`() throws {
    let lines = Self.lines(Self.crowd)
    #expect(lines.count <= 18 && lines.allSatisfy { $0.columns <= 80 }, "\(lines)")
    #expect(lines[0].hasPrefix("LAST END    LEFT  APPLICATION"))
    #expect(lines[1].hasPrefix("2026-11-25   3 d  Invoice expo…  customer…"))
    #expect(lines[2].hasPrefix("2026-12-04  12 d  Portal "))
    let header = try #require(lines.firstIndex { $0.hasPrefix("TENANT") })
    #expect(
      lines[(header + 1)...(header + 4)].map { $0.prefix(13) } == [
        "customer-1041", "customer-1042", "customer-1077", "customer-1300",
      ])
    #expect(lines[header + 3].contains("UNKNOWN") && lines[header + 3].hasSuffix("never"))
    #expect(lines[header + 4].contains("WARNING  2026-11-25"))
    #expect(
      lines.contains("and 12 more that need somebody, 484 more that are well: keyturn status --all")
    )
    #expect(lines.filter { $0.hasPrefix("UNKNOWN: customer-1041: not all") }.count == 1)
    let text = lines.joined(separator: " ").replacing("   ", with: " ")
    #expect(text.contains("500 tenants: 3 unknown, 13 warnings, 484 ok; within 90d 13 of 99800"))
  }

  @Test func `a screen of a connection, and of 500 tenants or 100000 applications, has 24 lines`()
    throws
  {
    var one = TenantStanding.sample("contoso", applications: 100_000, ending: 812)
    one.endings = (1...100).map {
      .sample(
        "Application with quite a long name \($0)", in: "contoso", number: $0, days: Double($0))
    }
    for tenants in [Self.crowd, [one]] {
      var overview = Overview.monitored()
      overview.entries = overview.entries.filter { $0.connection.name == "due" }
      overview.findings = []
      overview.tenants = tenants
      let lines = StatusTable(StatusView(overview), isShort: true, breaksLines: true, at: Self.now)
        .lines(Self.plain, width: 80)
      // The last one is where the shell asks for more.
      #expect(lines.count <= 23, "\(lines.joined(separator: "\n"))")
      #expect(lines.allSatisfy { $0.columns <= 80 })
      #expect(lines.contains { $0.hasPrefix("WARNING: due expires in 23 days") })
    }
  }

  @Test(arguments: [30, 40, 60, 80, 100, 200])
  func `the tables fit their terminal`(width: Int) throws {
    let lines = Self.lines(Self.crowd, width: width)
    // An id stays whole: it is there to be copied.
    let header = try #require(lines.firstIndex { $0.hasPrefix("TENANT") })
    #expect(lines[header..<(header + 5)].allSatisfy { $0.columns <= width }, "\(lines)")
    #expect(lines[1].hasSuffix("0000c11e-0000-0000-0000-000000000001") || lines[1].contains("c11e"))
    #expect(lines[header].contains("> 24 M") == (width >= 80))
  }

  @Test func `a pipe and --all get every tenant, and why one can't be read`() {
    let lines = Self.lines(Self.crowd, isShort: false, width: 200)
    #expect(lines.count { $0.hasPrefix("customer-") } == 500)
    #expect(!lines.contains { $0.contains("more that are well") })
    #expect(
      lines.contains {
        $0.hasPrefix("UNKNOWN: customer-1042: not all") && $0.hasSuffix("for a long time")
      })
    #expect(!lines.contains { $0.hasPrefix("UNKNOWN: customer-1077") })
  }

  @Test func `a few tenants are told in words`() {
    let tenants: [TenantStanding] = [.sample("contoso", ends: ["CRM": 5]), .neverRead("fabrikam")]
    let whole = Self.lines(tenants, isShort: false, width: 200)
    #expect(whole[0].hasPrefix("WARNING: CRM (") && whole[1].hasPrefix("  if it is in use"))
    #expect(whole.contains("UNKNOWN: fabrikam: nothing is known yet"))
    #expect(
      whole.contains("contoso: of 200 applications 1 lose their last client secret within 90d"))
    let short = Self.lines(tenants)
    #expect(short[0].hasPrefix("LAST END") && short[1].contains("CRM"))
    #expect(short.contains("UNKNOWN: fabrikam: nothing is known yet"))
    #expect(Self.lines([]).isEmpty)
  }

  @Test func `colours say nothing that is not in the words, and names do not act`() {
    let table = Self.table(Self.crowd, isShort: true)
    let colored = table.lines(Style(isOn: true), width: 80, textWidth: 80)
    #expect(colored.map { $0.replacing(/\u{1b}\[[0-9]*m/, with: "") } == Self.lines(Self.crowd))
    #expect(colored.contains { $0.contains("\u{1b}[35mUNKNOWN\u{1b}[0m") })
    let hostile = (1...5).map {
      TenantStanding.sample("t\($0)", ends: ["\u{1b}[2J\u{202e}gnp\n\u{9b}": Double($0)])
    }
    for line in Self.lines(hostile) { #expect(!line.unicodeScalars.contains { $0.actsOnTerminal }) }
  }

  @Test func `a night shows the closest ends of all tenants`() {
    let endings = (0..<300).map { number in
      TenantStanding.Ending.sample(
        "App \(number)", in: "tenant-\(number % 100)", number: number,
        days: Double(300 - number) + 0.5)
    }
    let late = TenantStanding.Ending.sample("Late", in: "tenant-7", number: 999, days: -1)
    let trouble = TenantStanding.sample("tenant-9").unreadable("403", days: 1)
    let report = CheckReport(
      startedAt: Self.now, finishedAt: Self.now, connections: 0,
      findings: endings.map(\.finding) + [late.finding] + trouble.findings, actions: [])
    let lines = CheckView(report).text(Self.plain).filter { !$0.hasPrefix("  ") }
    #expect(lines.count == 12)
    #expect(lines[0].hasPrefix("UNKNOWN: tenant-9: not all"))
    #expect(lines[1].hasPrefix("WARNING: Late (") && lines[2].hasPrefix("WARNING: App 299 ("))
    #expect(lines[10].hasPrefix("292 more about applications"))
  }

  @Test func `the document has what is counted of each kind`() throws {
    var overview = Overview.monitored()
    overview.tenants = TenantStanding.monitored(at: Self.now)
    let text = try JSONText.of(StatusView(overview))
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(document["state"] as? String == "critical")
    let tenants = try #require(document["tenants"] as? [[String: Any]])
    #expect(
      tenants.map { $0["name"] as? String } == ["wingtip", "adventure", "northwind", "litware"])
    #expect(tenants.map { $0["state"] as? String } == ["ok", "warning", "unknown", "unknown"])
    for tenant in tenants {
      #expect(
        Set(tenant.keys) == [
          "name", "state", "read_at", "unreadable_since", "warns_within", "pictures", "findings",
        ])
    }
    let pictures = try #require(tenants[1]["pictures"] as? [[String: Any]])
    #expect(pictures.map { $0["kind"] as? String } == ["application", "service-principal"])
    #expect(pictures[0]["ending"] as? Int == 31)
    #expect((pictures[0]["certificates"] as? [String: Any])?["ending"] as? Int == 4)
    #expect(pictures[1]["certificates"] is NSNull)
    #expect(tenants[3]["read_at"] is NSNull && tenants[2]["unreadable_since"] is String)
  }
}
