import Foundation
import Testing

@testable import Keyturn

/// What will happen and when, by the same judgement as the nights to come.
@Suite struct PlanTests {
  private func plan(_ record: ConsumerRecord?, until days: Double? = nil) throws -> Plan {
    Plan([(try .sample(), record)], from: .night(0), until: days.map(Date.night))
  }

  private func days(_ plan: Plan) -> [Int] {
    plan.events.map { $0.at.daysLeft(from: .night(0)) }
  }

  @Test func `a plan of very many is the plan of each, in order`() async throws {
    let ends = (0..<600).map { Double($0 % 400 - 10) }
    let records = zip(try Connection.samples(600), ends).map { connection, end in
      (connection: connection, record: ConsumerRecord?.some(.sample(endsIn: end)))
    }
    let plan = await Plan.ofMany(records, from: .night(0), until: nil)
    #expect(plan == Plan(records, from: .night(0), until: nil))
    #expect(Set(plan.events.map(\.connection)).count == 600)
  }

  @Test func `each threshold comes once, then the end`() throws {
    let plan = try plan(.sample(endsIn: 100))
    #expect(days(plan) == [10, 40, 70, 86, 93, 97, 99, 100])
    #expect(
      plan.events.map(\.severity) == [
        .warning, .warning, .warning, .warning, .critical, .critical, .critical, .critical,
      ])
    #expect(plan.events.first?.what == "expires in 90 days, on 2027-03-02")
    #expect(plan.events.last?.what == "expired on 2027-03-02")
    #expect(plan.events.allSatisfy { $0.remedy.contains("keyturn rotate magentrix-d365") })
  }

  @Test func `critical without a threshold of its own is an event, too`() throws {
    var connection = try Connection.sample()
    connection.policy.warnBefore = [.days(30)]
    connection.policy.criticalBefore = .days(10)
    let plan = Plan([(connection, .sample(endsIn: 50))], from: .night(0), until: nil)
    #expect(days(plan) == [20, 40, 50])
    #expect(plan.events.map(\.severity) == [.warning, .critical, .critical])
  }

  @Test func `what is the case tonight is the first event`() throws {
    let plan = try plan(.sample(endsIn: 50))
    #expect(days(plan).first == 0)
    #expect(plan.events.first?.what == "expires in 50 days, on 2027-01-11")
  }

  @Test(arguments: [
    (CallFailure.unknownValue, Severity.critical), (.unreachable, .unknown),
  ])
  func `what is wrong already does not wait for the first warning`(
    failure: CallFailure, severity: Severity
  ) throws {
    var record = ConsumerRecord.sample(endsIn: 600)
    record.current?.failure = failure.remembered(at: .night(0))
    let first = try #require(try plan(record).events.first)
    #expect(first.at == .night(0))
    #expect(first.severity == severity)
    #expect(first.what == failure.message)
  }

  @Test func `nothing beyond the given day`() throws {
    #expect(days(try plan(.sample(endsIn: 100), until: 85.5)) == [10, 40, 70])
    #expect(days(try plan(.sample(endsIn: 100), until: 86)) == [10, 40, 70, 86])
    #expect(try plan(.sample(endsIn: 100), until: -1).events.isEmpty)
  }

  @Test func `without a day it goes to the last end, at most five years ahead`() throws {
    #expect(try plan(.sample(endsIn: 100)).until == .night(101))
    #expect(try plan(.sample(endsIn: -100)).until == .night(1))
    #expect(try plan(.sample(endsIn: 9_000)).until == Date.night(0).adding(.months(60)))
    #expect(try plan(nil).until == .night(1))
    #expect(Plan([], from: .night(0), until: nil).events.isEmpty)
  }

  @Test func `events of several connections are in order`() throws {
    let plan = Plan(
      [
        (try .sample(name: "b"), .sample(endsIn: 100)), (try .sample(name: "a"), nil),
        (try .sample(name: "c"), .sample(endsIn: 130)),
      ], from: .night(0), until: nil)
    #expect(plan.events.map(\.at) == plan.events.map(\.at).sorted())
    #expect(plan.events.first?.connection == "a")
    let tied = plan.events.filter { $0.at == .night(40) || $0.at == .night(70) }.map(\.connection)
    #expect(tied == ["b", "c", "b", "c"])
  }

  @Test func `a hand-over is told again when it becomes critical`() throws {
    var record = ConsumerRecord.sample().with(.switched, open: ["magentrix"])
    record.previous = .sample(.old, endsIn: 20)
    let plan = try plan(record, until: 30)
    #expect(days(plan) == [0, 13])
    #expect(plan.events.map(\.severity) == [.warning, .critical])
  }

  @Test func `the end of a grace is an event`() throws {
    var record = ConsumerRecord.sample().with(.handedOver)
    record.previous = .sample(.old, endsIn: 60)
    record.retireAfter = .night(7)
    #expect(days(try plan(record, until: 30)) == [7])
  }

  // MARK: The same judgement

  /// A record in any state, with any ends, failures and policy.
  private func anything(_ chance: inout Chance) throws -> (Connection, ConsumerRecord?) {
    var connection = try Connection.sample()
    connection.policy.warnBefore = (0..<Int.random(in: 0...4, using: &chance)).map { _ in
      .days(Int.random(in: 0...120, using: &chance))
    }
    connection.policy.criticalBefore = .days(Int.random(in: 0...60, using: &chance))
    guard chance.happens(0.95) else { return (connection, nil) }
    var record = ConsumerRecord.sample(
      value: chance.happens(0.5) ? .old : nil, endsIn: .random(in: -20...200, using: &chance),
      clientID: chance.happens(0.1) ? "other" : connection.clientID)
    if chance.happens(0.2) {
      let failures = [CallFailure.unknownValue, .overdue, .noSuchApplication, .unreachable]
      record.current?.failure = failures.randomElement(using: &chance)?.remembered(at: .night(0))
    }
    if chance.happens(0.5), let step = Rotation.Step.allCases.randomElement(using: &chance) {
      record = record.with(
        step, since: .random(in: -3...0, using: &chance),
        open: step == .switched ? ["magentrix"] : [], lastError: chance.happens(0.3) ? "no" : nil)
      record.retireAfter = .night(.random(in: -5...20, using: &chance))
      record.previous = .sample(.new, endsIn: .random(in: -5...60, using: &chance))
    }
    return (connection, record)
  }

  /// What a plan says if it looks at every night, one by one.
  private func everyNight(_ connection: Connection, _ record: ConsumerRecord?, days: Int)
    -> [(Int, String)]
  {
    var events: [(Int, String)] = []
    var known: Set<String> = []
    for day in 0...days {
      let judgement = Judgement(connection, record, at: .night(Double(day)))
      var seen: Set<String> = []
      for finding in judgement.findings where finding.severity != .ok {
        let crossed =
          finding.code == .expiring
          ? connection.policy.warnings(before: finding.expiresAt ?? .distantFuture)
            .count { $0 <= .night(Double(day)) } : 0
        let key = "\(finding.code) \(finding.severity) \(crossed)"
        seen.insert(key)
        if !known.contains(key) { events.append((day, finding.message)) }
      }
      known = seen
    }
    return events
  }

  @Test(arguments: 1_000..<1_300)
  func `the nights that are passed over have nothing new`(seed: UInt64) throws {
    var chance = Chance(seed: seed)
    let (connection, record) = try anything(&chance)
    let plan = Plan([(connection, record)], from: .night(0), until: .night(200))
    let expected = everyNight(connection, record, days: 200)
    #expect(days(plan) == expected.map(\.0))
    #expect(plan.events.map(\.what) == expected.map(\.1))
  }

  @Test func `an event has the same kind in each plan until it has happened`() throws {
    let (old, new) = (try plan(.sample(endsIn: 100)), try plan(.sample(endsIn: 300)))
    #expect(old.events.map(\.kind) == new.events.map(\.kind))
    #expect(Set(old.events.map(\.kind)).count == old.events.count)
  }

  @Test(.timeLimit(.minutes(10)))
  func `years of thousands of connections are no work`() throws {
    let connections = try Connection.samples(2_000)
    let records = connections.enumerated().map { number, connection in
      (
        connection: connection,
        record: ConsumerRecord?.some(.sample(endsIn: Double(number % 1_800)))
      )
    }
    let plan = Plan(records, from: .night(0), until: nil)
    #expect(plan.until == .night(1_800))
    #expect(plan.events.count > 2_000 * 7)
  }

  @Test(arguments: 0..<150)
  func `a plan says what a dry run of that night would say`(seed: UInt64) async throws {
    var chance = Chance(seed: seed)
    let (connection, record) = try anything(&chance)
    let scene = try Scene(connection)
    if let record { scene.store.put(record, of: connection) }
    let plan = Plan([(connection, record)], from: .night(0), until: .night(60))
    var known: Set<String> = []
    for day in 0...60 {
      let night = Date.night(Double(day))
      let report = try await scene.check(at: night).run(dryRun: true)
      let found = report.findings.filter { $0.severity != .ok }
      // Whatever is new that night is an event, and every event is found that night.
      let kinds = Set(found.map { "\($0.code.rawValue) \($0.severity.rawValue)" })
      let events = plan.events.filter { $0.at == night }
      #expect(Set(events.map(\.what)).isSubset(of: Set(found.map(\.message))), "night \(day)")
      let isNew = !kinds.subtracting(known).isEmpty
      #expect(!isNew || !events.isEmpty, "night \(day): \(kinds.subtracting(known))")
      known = kinds
    }
  }
}
