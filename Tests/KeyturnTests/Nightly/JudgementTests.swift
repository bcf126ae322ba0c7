import Foundation
import Keyturn
import Testing

/// What a record is worth: the one table behind check, plan and status.
@Suite struct JudgementTests {
  /// A record on the ordinary night, and what is found in it, worst first.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var record: ConsumerRecord?
    var found: [String]

    init(_ name: String, _ record: ConsumerRecord?, _ found: [String]) {
      testDescription = name
      self.record = record
      self.found = found
    }
  }

  private static func failed(_ failure: CallFailure) -> ConsumerRecord {
    var record = ConsumerRecord.sample()
    record.current?.failure = failure.remembered(at: .night(0))
    return record
  }

  private static func waiting(_ step: Rotation.Step, previousEndsIn days: Double?) -> ConsumerRecord
  {
    var record = ConsumerRecord.sample().with(step, open: step == .switched ? ["magentrix"] : [])
    record.previous = days.map { .sample(.old, endsIn: $0) }
    return record
  }

  private static func retireAfter(_ days: Double) -> ConsumerRecord {
    var record = waiting(.handedOver, previousEndsIn: 30)
    record.retireAfter = .night(days)
    return record
  }

  private static func long(_ days: Double) -> ConsumerRecord {
    var record = ConsumerRecord.sample(endsIn: days)
    record.current?.startsAt = .night(0)
    return record
  }

  private static let empty = ConsumerRecord(storeID: "s", clientID: Connection.client)

  static let cases: [Case] = [
    Case("nothing recorded", nil, ["unrecorded unknown"]),
    Case("only begun", empty.with(.begun), ["unrecorded unknown"]),
    Case(
      "begun long ago", empty.with(.begun, since: -2),
      ["unrecorded unknown", "rotation_stuck warning"]),
    Case("far away", .sample(endsIn: 91), []),
    Case("first threshold", .sample(endsIn: 90), ["expiring warning"]),
    Case("a week left", .sample(endsIn: 7), ["expiring critical"]),
    Case("last second", .sample(endsIn: 0.00001), ["expiring critical"]),
    Case("over", .sample(endsIn: 0), ["expired critical"]),
    Case("refused", failed(.unknownValue), ["refused critical"]),
    Case("expired, says the server", failed(.overdue), ["expired critical"]),
    Case("blocked", failed(.noSuchApplication), ["validation_failed critical"]),
    Case("unreachable", failed(.unreachable), ["validation_failed unknown"]),
    Case("throttled", failed(.throttled(9)), ["validation_failed unknown"]),
    Case("another application", .sample(clientID: "other"), ["drifted critical"]),
    Case("too long", long(800), ["lifetime_too_long ok"]),
    Case("as long as allowed", long(731), []),
    Case("begun today", ConsumerRecord.sample().with(.begun), []),
    Case("begun a day ago", .sample().with(.begun, since: -1), ["rotation_stuck warning"]),
    Case("created a day ago", .sample().with(.created, since: -1), ["rotation_stuck warning"]),
    Case("validated a day ago", .sample().with(.validated, since: -1), ["rotation_stuck warning"]),
    Case("retiring for a day", .sample().with(.retiring, since: -1), ["rotation_stuck warning"]),
    Case("abandoning a day", .sample().with(.abandoning, since: -1), ["rotation_stuck warning"]),
    Case("retiring since now", .sample().with(.retiring), []),
    Case("refused just now", .sample().with(.created, lastError: "no"), ["rotation_stuck warning"]),
    Case("hand-over, first", waiting(.switched, previousEndsIn: nil), ["hand_over_open warning"]),
    Case("hand-over, early", waiting(.switched, previousEndsIn: 60), ["hand_over_open warning"]),
    Case("hand-over, late", waiting(.switched, previousEndsIn: 7), ["hand_over_open critical"]),
    Case("hand-over, over", waiting(.switched, previousEndsIn: -1), ["hand_over_open critical"]),
    Case("in grace", retireAfter(0.01), []),
    Case("grace is over", retireAfter(0), ["leftover warning"]),
  ]

  @Test(arguments: cases)
  func `each state has its findings`(row: Case) throws {
    let judgement = Judgement(try .sample(), row.record, at: .night(0))
    #expect(judgement.findings.map { "\($0.code.rawValue) \($0.severity.rawValue)" } == row.found)
    for finding in judgement.findings {
      #expect(finding.connection == "magentrix-d365")
      #expect(finding.application == Connection.client)
      #expect(!finding.message.isEmpty && !finding.remedy.isEmpty)
      #expect(!finding.message.hasSuffix("."))
    }
  }

  @Test(arguments: cases)
  func `whatever is worth a word asks for attention in time`(row: Case) throws {
    guard let record = row.record, !row.found.isEmpty, row.found != ["lifetime_too_long ok"],
      // A drifted record is found because the configuration has another fingerprint.
      row.found != ["drifted critical"]
    else { return }
    #expect(Judgement.attention(try .sample(), record) <= .night(0))
  }

  @Test func `the worst comes first`() throws {
    var record = Self.failed(.unreachable)
    record.current?.expiresAt = .night(30)
    record.clientID = "other"
    let judgement = Judgement(try .sample(), record, at: .night(0))
    #expect(judgement.findings.map(\.code) == [.drifted, .validationFailed, .expiring])
    #expect(judgement.severity == .critical)
  }

  @Test(arguments: [
    (30.0, "expires in 30 days, on 2026-12-22"), (1.5, "expires in 1 day, on 2026-11-23"),
    (0.5, "expires in less than a day, on 2026-11-22"), (-1, "expired on 2026-11-21"),
  ])
  func `the end is told in days`(days: Double, message: String) throws {
    let finding = Judgement(try .sample(), .sample(endsIn: days), at: .night(0)).findings.first
    #expect(finding?.message == message)
    #expect(finding?.remedy == "make its replacement: keyturn rotate magentrix-d365")
    #expect(finding?.expiresAt == .night(days))
    #expect(finding?.keyID == ClientSecret.oldKey)
  }

  @Test func `a stuck rotation says where it stands and why`() throws {
    let record = ConsumerRecord.sample().with(.created, since: -3, lastError: "it was refused")
    let finding = Judgement(try .sample(), record, at: .night(0)).findings.first
    #expect(
      finding?.message == "the rotation stands at 'created' since 2026-11-19: it was refused")
  }

  @Test func `an application's name from outside is shown safely`() throws {
    let record = ConsumerRecord.sample(clientID: "\u{1B}[31m")
    let finding = Judgement(try .sample(), record, at: .night(0)).findings.first
    #expect(finding?.message.contains("\\u{1b}[31m") == true)
  }

  // MARK: What comes next

  private static let next: [(ConsumerRecord, Date, String)] = [
    (.sample(endsIn: 100), .night(10), "first warning"),
    (.sample(endsIn: 50), .night(50), "rotate before: keyturn rotate magentrix-d365"),
    (.sample().with(.begun), .night(0), "continue the rotation: keyturn rotate magentrix-d365"),
    (.sample().with(.retiring), .night(0), "finish retiring: keyturn retire magentrix-d365"),
    (.sample().with(.abandoning), .night(0), "finish giving it up: keyturn abandon magentrix-d365"),
    (retireAfter(3), .night(3), "retire the previous secret"),
    (
      waiting(.switched, previousEndsIn: 9), .night(9),
      "is the last day to enter the new secret at magentrix and to keyturn confirm magentrix-d365"
    ),
  ]

  @Test(arguments: next)
  func `each state has a next thing to do`(record: ConsumerRecord, at: Date, what: String) throws {
    let next = Judgement(try .sample(), record, at: .night(0)).next
    #expect(next.at == at)
    #expect(next.what == what)
  }

  @Test(arguments: [
    (ConsumerRecord.sample(value: nil, endsIn: 100), Date.night(10)),
    (.sample(endsIn: 700), .night(19 / 24)), (failed(.unreachable), .distant(0)),
    (ConsumerRecord.sample().with(.begun), .distant(0)), (empty, .distant(0)),
  ])
  func `attention is asked for at the first thing to do`(record: ConsumerRecord, at: Date) throws {
    #expect(Judgement.attention(try .sample(), record) == at)
  }
}

extension Date {
  fileprivate static func distant(_ seconds: Double) -> Date {
    Date(timeIntervalSince1970: seconds)
  }
}
