import Foundation
import GRDB
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// What was found, told and owed, as the database keeps it.
@Suite struct SQLiteLedgerTests {
  private static let night = TestWorld.night
  private let store: StoreFolder
  private let ledger: SQLiteLedger

  init() throws {
    store = try StoreFolder()
    ledger = SQLiteLedger(try store.create())
  }

  private func finding(_ code: Finding.Code = .expiring) -> Finding {
    Finding(
      connection: "magentrix-d365", application: "app", keyID: "key", code: code,
      severity: .warning, message: "expires 'soon'\n", remedy: "rotate",
      expiresAt: Self.night.addingTimeInterval(86_400))
  }

  private func owed(_ id: String, _ owner: String? = nil, at: Date = night) -> Ledger.OwedMessage {
    let line = Message.Line(
      kind: .news, connection: "magentrix-d365", tenant: "contoso", code: .expiring,
      severity: .warning, text: "expires", remedy: "rotate", due: Self.night, since: Self.night)
    return Ledger.OwedMessage(
      message: Message(
        id: id, route: "admins", recipients: ["a@b.c"], at: at, host: "crm01", lines: [line],
        next: .init(at: Self.night, connection: "magentrix-d365", what: "expires")),
      audience: Audience(route: "admins", owner: owner), nextTryAt: at)
  }

  private func notice(_ message: String, stage: String = "30d", at: Date = night) -> Ledger.Notice {
    Ledger.Notice(
      audience: Audience(route: "admins"), key: finding().key, stage: stage, severity: .warning,
      at: at, message: message)
  }

  /// One finding that is told in one message.
  private func change() -> LedgerChange {
    var change = LedgerChange(at: Self.night)
    change.opened = [Ledger.OpenFinding(finding: finding(), since: Self.night)]
    change.messages = [owed("m1")]
    change.notices = [notice("m1")]
    return change
  }

  @Test func `what was written is read back`() async throws {
    let change = change()
    try await ledger.write(change)
    let read = try await ledger.ledger()
    #expect(read.open == change.opened)
    #expect(read.notices == change.notices)
    #expect(read.owed == change.messages)
    #expect(read.deliveries.isEmpty && read.snoozes.isEmpty)
  }

  @Test func `all of a night is written, or nothing`() async throws {
    var change = change()
    // A notice of a message that does not exist.
    change.notices.append(notice("nobody's", stage: "7d"))
    await #expect(throws: (any Error).self) { try await ledger.write(change) }
    #expect(try await ledger.ledger() == Ledger())
  }

  @Test func `what was delivered is no longer owed, and its receipt is kept`() async throws {
    try await ledger.write(change())
    let later = Self.night.addingTimeInterval(5)
    try await ledger.note(DeliveryAttempt(delivered: "m1", at: later, receipt: "250 queued"))
    let read = try await ledger.ledger()
    #expect(read.owed.isEmpty)
    #expect(read.notices.map(\.isDelivered) == [true])
    #expect(read.deliveries == ["admins": later])
    let sent = try #require(try await ledger.messages(limit: 5).first)
    #expect(sent.state == .delivered && sent.receipt == "250 queued" && sent.triedAt == later)
  }

  @Test func `a failed try is remembered with its reason and its next time`() async throws {
    try await ledger.write(change())
    let failure = DeliveryFailure(.refused, "503", remedy: "wait", retryAfter: 7_200)
    let attempt = DeliveryAttempt(failure, of: owed("m1"), at: Self.night)
    try await ledger.note(attempt)
    let owed = try #require(try await ledger.ledger().owed.first)
    #expect(owed.failures == 1 && !owed.isUncertain && owed.lastError == "503")
    #expect(owed.failingSince == Self.night)
    #expect(owed.nextTryAt == Self.night.addingTimeInterval(7_200))
  }

  @Test func `what a message did not bring is not known`() async throws {
    try await ledger.write(change())
    var next = LedgerChange(at: Self.night)
    next.superseded = ["m1"]
    try await ledger.write(next)
    let read = try await ledger.ledger()
    #expect(read.owed.isEmpty && read.notices.isEmpty && read.open.count == 1)
    #expect(try await ledger.messages(limit: 5).map(\.state) == [.superseded])
  }

  @Test func `a reminder leaves it known that the first word arrived`() async throws {
    try await ledger.write(change())
    try await ledger.note(DeliveryAttempt(delivered: "m1", at: Self.night, receipt: ""))
    let later = Self.night.addingTimeInterval(7 * 86_400)
    var next = LedgerChange(at: later)
    next.messages = [owed("m2", at: later)]
    next.notices = [notice("m2", at: later)]
    try await ledger.write(next)
    let notices = try await ledger.ledger().notices
    #expect(notices.count == 1)
    #expect(notices.first?.isDelivered == true && notices.first?.at == later)
  }

  @Test func `what is over takes its notices with it, and leaves the message as proof`()
    async throws
  {
    try await ledger.write(change())
    try await ledger.note(DeliveryAttempt(delivered: "m1", at: Self.night, receipt: "ok"))
    var next = LedgerChange(at: Self.night)
    next.closed = [finding().key]
    try await ledger.write(next)
    let read = try await ledger.ledger()
    #expect(read.open.isEmpty && read.notices.isEmpty)
    #expect(try await ledger.messages(limit: 5).count == 1)
    var old = LedgerChange(at: Self.night.addingTimeInterval(800 * 86_400))
    old.messages = [owed("m3", at: old.at)]
    try await ledger.write(old)
    #expect(try await ledger.messages(limit: 5).map(\.message.id) == ["m3"])
  }

  @Test func `a snooze is kept, told to the audit trail, and taken back`() async throws {
    let snooze = Snooze(
      until: Self.night.addingTimeInterval(86_400), reason: "moving", by: "admin", at: Self.night)
    let entry = AuditEntry(at: Self.night, actor: "admin", action: "snooze.set", detail: "x")
    try await ledger.setSnooze(snooze, of: "magentrix-d365", entry)
    #expect(try await ledger.ledger().snoozes == ["magentrix-d365": snooze])
    try await ledger.setSnooze(nil, of: "magentrix-d365", entry)
    #expect(try await ledger.ledger().snoozes.isEmpty)
    let registry = SQLiteRegistry(try store.open())
    #expect(try await registry.events(about: "magentrix-d365", limit: nil).count == 2)
    #expect(try await registry.firstBadEvent() == nil)
  }
}
