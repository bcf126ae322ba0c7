import Foundation
import Testing

@testable import Keyturn

/// An Alertmanager is brought up to date each night, and decides itself what is news.
@Suite struct StatefulRouteTests {
  private func alerts(_ nights: NotifiedNights) -> [[String]] {
    nights.letterbox.deliveries.map { delivery in
      delivery.message.lines.map { "\($0.kind.rawValue) \($0.severity.rawValue)" }.sorted()
    }
  }

  @Test func `an alert is kept up each night, and taken back once`() async throws {
    let nights = try NotifiedNights(routes: [.alertmanager()])
    try await nights.record(endsIn: 8.5)
    try await nights.nights(3)
    // Another severity is another alert: the milder one ends.
    #expect(
      alerts(nights) == [
        ["news warning"], ["news warning"], ["news critical", "resolved warning"],
      ])
    try await nights.record(endsIn: 700)
    try await nights.nights(3)
    #expect(alerts(nights).count == 4)
    #expect(alerts(nights).last == ["resolved critical"])
  }

  @Test func `three nights without an Alertmanager are made up for by the fourth`() async throws {
    let nights = try NotifiedNights(routes: [.alertmanager()])
    try await nights.record(endsIn: 10.5)
    try await nights.night()
    nights.letterbox.fail("alerts", .silence)
    let down = try await (nights.night(), nights.night(), nights.night())
    #expect(down.0.findings.contains { $0.code == .notificationFailed })
    #expect(down.1.severity == .unknown || down.1.severity == .critical)
    nights.letterbox.fail("alerts", nil)
    let up = try await nights.night()
    #expect(!up.findings.contains { $0.code == .notificationFailed })
    let newest = try #require(nights.letterbox.deliveries.last?.message)
    #expect(newest.lines.contains { $0.kind == .news && $0.severity == .critical })
    #expect(newest.lines.contains { $0.kind == .resolved && $0.severity == .warning })
    #expect(try await nights.ledger.ledger().owed.isEmpty)
  }
}
