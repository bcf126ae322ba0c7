import Foundation
import Keyturn
import TestSupport
import Testing

extension Overview {
  /// The instant of every sample: 2026-11-22 02:10 UTC.
  static let instant = Date(timeIntervalSince1970: 1_795_313_400)

  /// An installation with one connection for each of these records.
  static func sample(
    _ records: [ConsumerRecord?], owner: String? = "crm-admins@contoso.com",
    history: [AuditEvent] = [], findings: [Finding] = [], runs: RunHistory = RunHistory(),
    change: (inout Connection) -> Void = { _ in }
  ) throws -> Overview {
    var plan: [(connection: Connection, record: ConsumerRecord?)] = []
    let entries = try records.enumerated().map { number, record in
      var connection = try connection(number, owner: owner)
      change(&connection)
      plan.append((connection, record))
      return Entry(
        connection: connection, record: record,
        judgement: Judgement(connection, record, at: instant), history: history)
    }
    return Overview(
      asOf: instant, entries: entries, findings: findings, runs: runs,
      plan: Plan(plan, from: instant, until: nil))
  }

  private static func connection(_ number: Int, owner: String?) throws -> Connection {
    let endpoint = try #require(URL(string: "https://idp.example.com/oauth2/token"))
    return Connection(
      name: "connection-\(number)",
      server: AuthorizationServer(name: "contoso", kind: .standard(tokenEndpoint: endpoint)),
      clientID: "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b", environment: nil, scope: "scope",
      secretName: "secret", consumers: [Consumer(name: "magentrix", kind: .magentrix)],
      owner: owner, policy: Policy())
  }

  /// Texts that somebody could put where keyturn reads a text.
  static let hostile = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
    // A combining mark makes another Character of a quote or a bracket, though not for a browser.
    "\"\u{301} onmouseover=\"\u{301}alert(1)", "<\u{338}script>", "{{{style}}} {{#rows}}",
    "</style></title></textarea>-->", "line\r\nBEGIN:VEVENT\nDTSTART:19700101",
    "\u{1b}[2J\u{9b}31m",
    "=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "\u{202e}gnp.exe",
    "a,b;c\\d\"e", "\"\u{301},\"\u{301}", "javascript:alert(1)", "\u{0}", "日本語 👩‍👩‍👧 ü",
    String(repeating: "長", count: 10_000), "&lt;b&gt;",
  ]

  /// An installation in which everything that comes from outside is that text.
  static func hostile(_ text: String) throws -> Overview {
    var record = ConsumerRecord.sample(endsIn: 20)
    record.current?.failure = ValidationFailure(
      kind: .refused, at: instant, message: text, remedy: "do it: keyturn \(text)")
    record.current?.keyID = text
    record.previous = .sample(endsIn: 10)
    var rotation = Rotation(id: "1", mode: .guided, startedAt: instant)
    rotation.step = .switched
    rotation.lastError = text
    rotation.handOver = [HandOver(target: text, secret: text, at: instant)]
    record.rotation = rotation
    let entry = AuditEntry(at: instant, actor: text, action: text, detail: text)
    var overview = try sample(
      [record, nil], owner: text,
      history: [AuditEvent(seq: 1, entry: entry, subject: text, hash: "")],
      findings: [Finding(code: .missedRun, severity: .warning, message: text, remedy: text)]
    ) { $0.server.name = text }
    overview.entries[0].snooze = Snooze(until: instant, reason: text, by: text, at: instant)
    overview.routes = [RouteState(name: text, failures: 2, failingSince: instant)]
    var tenant = TenantStanding.sample(text, ends: [text: 5], at: instant)
      .unreadable(text, days: 1, at: instant)
    tenant.endings[0].finding.message = text
    tenant.endings[0].finding.remedy = "do it: keyturn \(text)"
    overview.tenants = [tenant]
    return overview
  }
}

extension ConsumerRecord {
  /// A record whose current secret ends so many days after the instant of the samples.
  static func sample(endsIn days: Double) -> ConsumerRecord {
    var record = ConsumerRecord(storeID: "5eed", clientID: "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b")
    record.version = 1
    record.current = .sample(endsIn: days)
    return record
  }
}

extension ClientSecret {
  /// The value of every sample, which no report may hold.
  static let sampleValue = "old8Q~the.value.in.use-0123456789abcdef"

  /// A secret that ends so many days after the instant of the samples.
  static func sample(endsIn days: Double) -> ClientSecret {
    let end = Overview.instant.addingTimeInterval(days * 86_400)
    return ClientSecret(
      keyID: "11111111-1111-4111-8111-111111111111",
      startsAt: end.addingTimeInterval(-730 * 86_400),
      expiresAt: end, source: .graph, value: SecretValue(sampleValue))
  }
}
