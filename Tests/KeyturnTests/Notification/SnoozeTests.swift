import Foundation
import Testing

@testable import Keyturn

@Suite struct SnoozeTests {
  private func snooze(_ nights: NotifiedNights, until day: Double) async throws {
    try await nights.ledger.setSnooze(
      Snooze(until: .night(day), reason: "migration", by: "admin", at: .night(0)),
      of: "magentrix-d365",
      AuditEntry(at: .night(0), actor: "admin", action: "snooze.set", detail: ""))
  }

  @Test func `a snoozed warning is no reason to wake anybody, and comes when the snooze is over`()
    async throws
  {
    let nights = try NotifiedNights()
    try await nights.record(endsIn: 40.5)
    try await snooze(nights, until: 20)
    let report = try await nights.night()
    #expect(report.severity == .ok)
    #expect(report.findings.first?.message.contains("snoozed until") == true)
    try await nights.nights(25)
    #expect(
      nights.told().map { $0.split(separator: ",")[0] } == [
        "20: WARNING: magentrix-d365 expires in 20 days"
      ])
  }

  @Test func `what is critical is told all the same`() async throws {
    let nights = try NotifiedNights()
    try await nights.record(endsIn: 5.5)
    try await snooze(nights, until: 30)
    let report = try await nights.night()
    #expect(report.severity == .critical)
    #expect(nights.told().count == 1)
  }

  @Test func `no snooze reaches into the last week of what consumers use`() {
    var record = ConsumerRecord.sample(endsIn: 700)
    #expect(Snooze.latestEnd(for: record) == .night(693))
    record.previous = .sample(.old, endsIn: 30)
    #expect(Snooze.latestEnd(for: record) == .night(693))
    #expect(Snooze.latestEnd(for: record.with(.switched, open: ["magentrix"])) == .night(23))
    record.current = nil
    record.previous = nil
    #expect(Snooze.latestEnd(for: record) == nil)
  }

  @Test func `an alert is taken back while its connection is snoozed`() async throws {
    let nights = try NotifiedNights(routes: [.alertmanager()])
    try await nights.record(endsIn: 40.5)
    try await nights.night()
    try await snooze(nights, until: 20)
    try await nights.night()
    let lines = nights.letterbox.deliveries.map(\.message.lines)
    #expect(lines.map { $0.map(\.kind) } == [[.news], [.resolved]])
  }
}
