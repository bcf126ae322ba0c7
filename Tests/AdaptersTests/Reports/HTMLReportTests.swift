import Adapters
import Crypto
import Foundation
import Keyturn
import TestSupport
import Testing

@Suite struct HTMLReportTests {
  private func page(_ overview: Overview) async throws -> String {
    try await HTMLReport(overview).text()
  }

  @Test func `the policy lets in the page's own style sheet and nothing else`() async throws {
    let page = try await page(.sample([.sample(endsIn: 20)]))
    let parts = page.components(separatedBy: "<style>")
    let style = try #require(parts.last?.components(separatedBy: "</style>").first)
    let hash = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()
    #expect(
      page.contains("content=\"default-src &#39;none&#39;; style-src &#39;sha256-\(hash)&#39;;"))
    #expect(!page.contains("<script") && !page.contains(" style=") && !page.contains("<link"))
    #expect(!page.contains("http://") && !page.contains("https://"))
    #expect(!style.contains("url(") && !style.contains("@import"))
  }

  @Test(arguments: Overview.hostile.indices)
  func `a text from outside stays a text`(number: Int) async throws {
    let calm = try await page(.hostile("calm"))
    let page = try await page(.hostile(Overview.hostile[number]))
    // The same elements with the same attributes, whatever stands in them.
    #expect(tags(in: page) == tags(in: calm))
    #expect(page.utf8.count < 100_000)
    let acting = page.unicodeScalars.filter { $0 != "\n" && $0.actsOnTerminal }
    #expect(acting.isEmpty, "\(acting.map(\.value))")
  }

  /// The names of all elements, each with the names of its attributes; read as bytes, as a browser does.
  private func tags(in page: String) -> [String] {
    var tags: [String] = []
    var tag: [UInt8]?
    var isQuoted = false
    for byte in page.utf8 {
      switch (byte, tag) {
      case (UInt8(ascii: "<"), nil): tag = []
      case (UInt8(ascii: ">"), .some(let bytes)) where !isQuoted:
        tags.append(String(decoding: bytes, as: UTF8.self))
        tag = nil
      case (UInt8(ascii: "\""), .some):
        isQuoted.toggle()
      case (_, .some): if !isQuoted { tag?.append(byte) }
      default: break
      }
    }
    return tags.filter { !$0.hasPrefix("/") }
  }

  @Test func `a command in a remedy is shown as one`() async throws {
    let page = try await page(.sample([.sample(endsIn: 20)]))
    #expect(page.contains("<code>keyturn rotate connection-0</code>"))
  }

  @Test
  func `an address in a remedy is a link, in a message it is not, and names stay as they are`()
    async throws
  {
    var overview = try Overview.sample([])
    var tenant = TenantStanding.sample("contoso", ends: ["app": 5], at: Overview.instant)
    tenant.endings[0].finding.message = "sp-webhook, see https://example.com/, ends"
    tenant.endings[0].finding.remedy =
      "if it is in use: keyturn connect 1; or renew it at https://entra.microsoft.com/#view/a'b; or not"
    overview.tenants = [tenant]
    let page = try await page(overview)
    #expect(page.contains("<bdi>sp-webhook, see https://example.com/, ends</bdi>"))
    let link =
      "<a href=\"https://entra.microsoft.com/#view/a&#39;b\" rel=\"noreferrer\">entra.microsoft.com</a>"
    #expect(
      page.contains(
        "<bdi>If it is in use: <code>keyturn connect 1</code>; or renew it at \(link); or not</bdi>"
      ))
  }

  @Test func `a night that could not do all of its work is no night that has not been`()
    async throws
  {
    var overview = try Overview.sample([.sample(endsIn: 20)])
    overview.runs = RunHistory()
    #expect(try await page(overview).contains("No nightly check has run yet."))
    overview.runs.newest = Run(
      startedAt: Overview.instant, finishedAt: Overview.instant, severity: .unknown,
      fingerprint: "", summary: "")
    #expect(
      try await page(overview).contains(
        "No nightly check could do all of its work yet; the last one ended on 2026-11-"))
  }

  @Test func `says how many need somebody, worst first, and by when`() async throws {
    let page = try await page(
      .sample([.sample(endsIn: 400), .sample(endsIn: 20), .sample(endsIn: 3), nil]))
    #expect(page.contains("<h1>3 of 4 secrets need somebody</h1>"))
    let rows = page.matches(of: /<a href="#c(\d)"><bdi>connection-(\d)/).prefix(3)
    #expect(rows.map { String($0.output.2) } == ["2", "3", "1"])
    #expect(page.contains("<time datetime=\"2026-11-25\">2026-11-25</time>"))
    #expect(page.contains("<tr role=row id=c3 class=ok>"))
  }

  @Test func `a quiet installation is told to be quiet, and what comes next`() async throws {
    let page = try await page(.sample([.sample(endsIn: 400), .sample(endsIn: 500)]))
    #expect(page.contains("<h1>All 2 secrets are in order</h1>"))
    #expect(page.contains("Nothing needs anybody now. Next: 2027-09-28, connection-0: expires in"))
  }

  @Test func `an installation without connections has a page, too`() async throws {
    let page = try await page(.sample([]))
    #expect(
      page.contains("<h1>No connection is configured</h1>")
        && !page.contains("<svg class=\"timeline"))
  }

  @Test func `nights that are missing are told even if all secrets are in order`() async throws {
    let finding = Finding(
      code: .missedRun, severity: .warning, message: "no night", remedy: "see why")
    let page = try await page(.sample([.sample(endsIn: 400)], findings: [finding]))
    #expect(page.contains("<h1>The secrets are in order, the nights are not</h1>"))
    #expect(page.contains("<bdi>No night</bdi>"))
  }

  @Test func `what ends in observed tenants stands among what needs action, by its urgency`()
    async throws
  {
    var overview = try Overview.sample([.sample(endsIn: 20), .sample(endsIn: 3)])
    #expect(try await !page(overview).contains("Observed tenants"))
    overview.tenants = TenantStanding.monitored(at: Overview.instant)
    let page = try await page(overview)
    let action = try #require(
      page.components(separatedBy: "<section id=\"action\"").last?
        .components(separatedBy: "</section>").first)
    let order = action.matches(
      of: /connection-1|connection-0|northwind: not|litware: nothing|Forgotten|Old &quot;|SAML,/
    ).map { String($0.output) }
    var seen: Set<String> = []
    #expect(
      order.filter { seen.insert($0).inserted }
        == [
          "connection-1", "northwind: not", "litware: nothing", "Old &quot;", "Forgotten",
          "connection-0", "SAML,",
        ].filter { order.contains($0) } && order.count >= 6, "\(order)")
    #expect(page.contains("<h1>2 of 2 secrets need somebody</h1>"))
    #expect(
      page.contains("<code>keyturn connect 00000000-0000-c11e-0000-000000000001</code>; or else"))
    #expect(page.contains("Of 100,430 applications, 36 lose their last client secret or"))
    #expect(page.contains("<p class=\"quiet\">And 34 more.</p>"))
    #expect(page.contains("<a href=\"#tenants\">Tenants</a>"))
    let rows = page.matches(
      of: /<tr role=row class=(\w+)><td role=cell class="state \w+">[^<]*<th role=rowheader>(\w+)/)
    #expect(rows.map { String($0.output.2) } == ["northwind", "litware", "adventure", "wingtip"])
  }

  @Test func `an installation that only observes tenants is told by them`() async throws {
    var overview = try Overview.sample([])
    overview.tenants = TenantStanding.monitored(at: Overview.instant)
    #expect(try await page(overview).contains("<h1>3 of 4 tenants need somebody</h1>"))
    overview.tenants = [.sample("a"), .sample("b")]
    #expect(try await page(overview).contains("<h1>All 2 tenants are in order</h1>"))
    overview = try Overview.sample([.sample(endsIn: 400)])
    overview.tenants = [.sample("a"), .neverRead("b")]
    #expect(
      try await page(overview).contains(
        "<h1>The secrets are in order, 1 of 2 tenants are not</h1>"))
  }

  @Test func `a page of 1500 tenants with 100 ends each is bounded`() async throws {
    var overview = try Overview.sample([.sample(endsIn: 3)])
    overview.tenants = (0..<1_500).map { tenant in
      var standing = TenantStanding.sample("tenant-\(tenant)", ending: 100)
      // So many tenants have room for three each.
      standing.endings = (1...3).map {
        .sample("App \($0)", in: standing.name, number: $0, days: Double($0))
      }
      return standing
    }
    let page = try await page(overview)
    #expect(page.utf8.count < 1_000_000, "\(page.utf8.count)")
    #expect(page.contains("And 500 more: <code>keyturn status --all</code>"))
    #expect(page.contains("And 4,490 more in <a href=\"#tenants\">observed tenants</a>."))
    #expect(page.contains("And 149,985 more."))
  }

  @Test func `the timeline has what is ahead, and says what it leaves out`() async throws {
    let records = (0..<60).map { ConsumerRecord.sample(endsIn: 700 - Double($0)) }
    let page = try await page(.sample(records))
    #expect(page.contains("The 40 lifetimes with something ahead first; 20 more"))
    let timeline = try #require(page.components(separatedBy: "<svg class=\"timeline wide\"").last)
    let drawing = timeline.prefix(upTo: try #require(timeline.range(of: "</svg>")).lowerBound)
    #expect(drawing.matches(of: /class="name"/).count == 40)
    #expect(drawing.contains(">connection-59</text>") && !drawing.contains(">connection-0</text>"))
    #expect(drawing.contains("role=\"img\"") && drawing.contains("today is 2026-11-22"))
    #expect(page.contains("<li><bdi>connection-59 (in order): from "))
  }

  @Test func `every part of a lifetime stands where its day is`() async throws {
    var record = ConsumerRecord.sample(endsIn: 365)
    record.current?.startsAt = Overview.instant.addingTimeInterval(-90 * 86_400)
    let page = try await page(.sample([record]))
    let bars = page.matches(
      of: /<rect class="(spent|rest|soon|late)" x="([\d.]+)" y="49" width="([\d.]+)"/
    )
    .map { ($0.output.1, Double($0.output.2) ?? 0, Double($0.output.3) ?? 0) }
    #expect(bars.map(\.0) == ["spent", "rest", "soon", "late"])
    // From 90 days ago to 20 days after the end there are 475 days on 740 units.
    let expected: [(Double, Int)] = [(232, 90), (372.2, 275), (800.6, 83), (930, 7)]
    for (bar, (x, days)) in zip(bars, expected) {
      #expect(abs(bar.1 - x) < 0.2 && abs(bar.2 - 740.0 / 475 * Double(days)) < 0.2)
    }
  }

  @Test func `holds no secret value`() async throws {
    var record = ConsumerRecord.sample(endsIn: 20)
    record.previous = record.current
    record.pending = record.current
    #expect(try await !page(.sample([record])).contains(ClientSecret.sampleValue))
  }

  @Test func `a page of five thousand stays small, and so does the history in it`() async throws {
    let count = HTMLReport.history(of: 5_000)
    let events = (1...count).map { seq in
      AuditEvent(
        seq: seq,
        entry: AuditEntry(
          at: Overview.instant, actor: "root@crm01 (no terminal)", action: "secret.validated",
          detail: "1 call"), subject: nil, hash: "")
    }
    let records = (0..<5_000).map { ConsumerRecord.sample(endsIn: 20 + Double($0 % 700)) }
    let page = try await page(.sample(records, history: events))
    #expect(page.utf8.count < 5_000_000, "\(page.utf8.count)")
    #expect(page.contains("<table role=\"table\" class=\"many\""))
    #expect(page.matches(of: /<tbody role=/).count == 100)
    #expect(page.matches(of: /<tr role=row id=c/).count == 5_000)
    #expect(HTMLReport.history(of: 1) == 20 && count == 2)
  }
}
