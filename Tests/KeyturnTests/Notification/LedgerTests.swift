import Foundation
import Testing

@testable import Keyturn

/// Each thing is told once for each threshold, and nothing is lost.
@Suite struct LedgerTests {
  @Test func `an ignored secret is told once for each threshold, then weekly`() async throws {
    let nights = try NotifiedNights()
    try await nights.record(endsIn: 100.5)
    try await nights.nights(130)
    #expect(
      nights.told().map { $0.split(separator: ",")[0] } == [
        "11: WARNING: magentrix-d365 expires in 89 days",
        "41: WARNING: magentrix-d365 expires in 59 days",
        "71: WARNING: magentrix-d365 expires in 29 days",
        "87: WARNING: magentrix-d365 expires in 13 days",
        "94: CRITICAL: magentrix-d365 expires in 6 days",
        "98: CRITICAL: magentrix-d365 expires in 2 days",
        "100: CRITICAL: magentrix-d365 expires in less than a day",
        "101: CRITICAL: magentrix-d365 expired on \(Timestamp.day(.night(100.5)))",
        "108: CRITICAL: magentrix-d365 expired on \(Timestamp.day(.night(100.5)))",
        "115: CRITICAL: magentrix-d365 expired on \(Timestamp.day(.night(100.5)))",
        "122: CRITICAL: magentrix-d365 expired on \(Timestamp.day(.night(100.5)))",
        "129: CRITICAL: magentrix-d365 expired on \(Timestamp.day(.night(100.5)))",
      ])
    let reminders = nights.letterbox.deliveries.filter {
      $0.message.lines.contains { $0.kind == .reminder }
    }
    #expect(reminders.count == 4)
  }

  @Test func `what was told is told to be over, once`() async throws {
    let nights = try NotifiedNights()
    try await nights.record(endsIn: 20.5)
    try await nights.nights(3)
    try await nights.record(endsIn: 700)
    try await nights.nights(3)
    let end = Timestamp.day(.night(703))
    #expect(
      nights.told().dropFirst() == [
        "3: RESOLVED: magentrix-d365 uses a secret that expires on \(end)"
      ])
    #expect(try await nights.ledger.ledger().notices.isEmpty)
  }

  @Test func `an old installation sends one message, with ten lines that people are shown`()
    async throws
  {
    let connections = try Connection.samples(100)
    let nights = try NotifiedNights(connections)
    for (index, connection) in connections.enumerated() {
      try await nights.record(connection, endsIn: Double(index + 1) + 0.5)
    }
    try await nights.night()
    let message = try #require(nights.letterbox.deliveries.first?.message)
    #expect(nights.letterbox.deliveries.count == 1)
    // 90 days and less are worth a word.
    #expect(message.lines.count == 89)
    #expect(message.shownLines.count == 10 && message.hiddenLines == 79)
    #expect(message.lines.first?.connection == "connection-1")
    #expect(message.subject.hasPrefix("CRITICAL: connection-1 expires in 1 day"))
    #expect(message.subject.hasSuffix(", and 88 more"))
    let next = try #require(message.next)
    #expect(next.at > .night(0) && next.at <= .night(2))
  }

  @Test func `what a route refused goes out the next night in that night's words`() async throws {
    let nights = try NotifiedNights()
    try await nights.record(endsIn: 29.5)
    nights.letterbox.fail("chat", .refusal)
    let first = try await nights.night()
    #expect(first.severity == .warning)
    let failed = try #require(first.findings.first { $0.code == .notificationFailed })
    #expect(failed.severity == .warning && failed.message.contains("503 from 127.0.0.1"))
    let second = try await nights.night()
    #expect(second.severity == .unknown)
    nights.letterbox.fail("chat", nil)
    let third = try await nights.night()
    #expect(third.severity == .warning)
    #expect(!third.findings.contains { $0.code == .notificationFailed })
    #expect(
      nights.told().map { $0.split(separator: ",")[0] } == [
        "2: WARNING: magentrix-d365 expires in 27 days"
      ])
    try await nights.nights(3)
    #expect(nights.told().count == 1)
  }

  @Test func `what may have been taken is sent again as it was, under the same id`() async throws {
    let nights = try NotifiedNights()
    try await nights.record(endsIn: 30.5)
    nights.letterbox.fail("chat", .silence)
    try await nights.night()
    try await nights.night()
    nights.letterbox.fail("chat", nil)
    try await nights.night()
    let messages = nights.letterbox.deliveries.map(\.message)
    // The threshold that was crossed meanwhile is told in a message of its own.
    #expect(
      messages.map { $0.lines[0].text.prefix(18) } == [
        "expires in 30 days", "expires in 30 days", "expires in 29 days", "expires in 30 days",
        "expires in 29 days",
      ])
    #expect(Set(messages.map(\.id)).count == 2)
  }

  @Test func `a process that is killed after sending sends the same message again`() async throws {
    let nights = try NotifiedNights()
    try await nights.record(endsIn: 29.5)
    // The ledger as it is when the message is written and nothing is noted yet.
    let connections = Dictionary(nights.connections.map { ($0.name, $0) }) { first, _ in first }
    let finding = Judgement(
      nights.scene.connection, try await nights.scene.record(), at: nights.scene.world.now
    ).findings
    let night = LedgerNight(
      ledger: Ledger(), routing: nights.routing, connections: connections,
      now: nights.scene.world.now, host: "crm01",
      makeID: { nights.scene.world.context.uuid7() })
    let change = night.change(
      .init(findings: finding, records: [:], unread: [], isPartial: false))
    try await nights.ledger.write(change)
    let owed = try #require(change.messages.first?.message)
    try await nights.night()
    try await nights.night()
    #expect(nights.letterbox.deliveries.map(\.message) == [owed])
  }

  @Test func `what was never told is not told to be over`() async throws {
    let nights = try NotifiedNights()
    try await nights.record(endsIn: 20.5)
    nights.letterbox.fail("chat", .refusal)
    try await nights.nights(2)
    try await nights.record(endsIn: 700)
    nights.letterbox.fail("chat", nil)
    try await nights.nights(3)
    #expect(nights.letterbox.deliveries.isEmpty)
    #expect(try await nights.ledger.ledger().owed.isEmpty)
  }

  @Test func `other routes tell of a route that does not deliver`() async throws {
    let nights = try NotifiedNights(routes: [.chat, .pager])
    try await nights.record(endsIn: 20.5)
    nights.letterbox.fail("chat", .refusal)
    try await nights.nights(3)
    let lines = nights.letterbox.deliveries(by: "pager").flatMap(\.lines)
      .filter { $0.code == .notificationFailed }
    // A warning after the first night, and once more when it lasts.
    #expect(lines.map(\.severity) == [.warning, .unknown])
    #expect(lines.allSatisfy { $0.failingRoute == "chat" })
  }

  @Test func `what could not be done one night is over only after two good ones`() async throws {
    let nights = try NotifiedNights()
    let ledger = Ledger(
      open: [
        .init(
          finding: Finding(
            connection: "magentrix-d365", code: .validationFailed, severity: .unknown,
            message: "no answer", remedy: "wait"), since: .night(-1))
      ])
    func change(_ ledger: Ledger, at now: Date) -> LedgerChange {
      LedgerNight(
        ledger: ledger, routing: nights.routing,
        connections: ["magentrix-d365": nights.scene.connection], now: now, host: "crm01",
        makeID: { "id" }
      ).change(.init(findings: [], records: [:], unread: [], isPartial: false))
    }
    let first = change(ledger, at: .night(0))
    #expect(first.closed.isEmpty && first.opened.first?.missingSince == .night(0))
    let later = Ledger(open: first.opened)
    #expect(change(later, at: .night(1)) == LedgerChange(at: .night(1)))
    #expect(change(later, at: .night(2)).closed.count == 1)
  }

  @Test func `the owner is reminded of an open hand-over each week, and the others are not`()
    async throws
  {
    var connection = try Connection.sample()
    connection.owner = "crm@contoso.com"
    let nights = try NotifiedNights([connection], routes: [.admins])
    try await nights.scene.reach(.switched)
    try await nights.nights(16)
    func kinds(_ recipient: String) -> [Message.Line.Kind] {
      nights.letterbox.deliveries.map(\.message).filter { $0.recipients == [recipient] }
        .flatMap { $0.lines.map(\.kind) }
    }
    #expect(kinds("crm@contoso.com") == [.news, .reminder, .reminder])
    #expect(kinds("admins@contoso.com") == [.news])
  }
}
