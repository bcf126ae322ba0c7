import Foundation
import Testing

@testable import Keyturn

/// What the owners of applications are told, night by night.
@Suite struct ApplicationOwnersTests {
  private static let route = Route(
    name: "admins",
    channel: .email(
      EmailChannel(
        to: [.address("admins@contoso.com"), .applicationOwners], from: "k@contoso.com")))

  private func finding(_ number: Int, _ owners: [String], endsIn days: Double = 20) -> Finding {
    var finding = Finding(
      application: "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6\(number)", code: .expiring,
      severity: .warning, message: "App \(number) ends", remedy: "renew it",
      expiresAt: .night(days), tenant: "contoso")
    finding.owners = owners
    return finding
  }

  /// What a night changes in a ledger, and the ledger afterwards, its messages delivered.
  private func night(
    _ findings: [Finding], _ ledger: inout Ledger, at days: Double = 0
  ) -> LedgerChange {
    let ids = Ids()
    let night = LedgerNight(
      ledger: ledger, routing: Routing(routes: [Self.route]), connections: [:], now: .night(days),
      host: "crm01", makeID: { "\(days) \(ids.next())" })
    let change = night.change(
      .init(findings: findings, records: [:], unread: [], isPartial: false))
    ledger.open = ledger.open.filter { item in
      !change.closed.contains(item.finding.key)
        && !change.opened.contains { $0.finding.key == item.finding.key }
    }
    ledger.open += change.opened
    ledger.notices.removeAll { change.closed.contains($0.key) }
    ledger.notices += change.notices.map { notice in
      var notice = notice
      notice.isDelivered = true
      return notice
    }
    return change
  }

  private final class Ids {
    private var last = 0

    func next() -> Int {
      last += 1
      return last
    }
  }

  private func told(_ change: LedgerChange) -> [[String]] {
    change.messages.map(\.message).map { $0.recipients + $0.lines.map(\.text) }
  }

  @Test func `each owner gets one message with what is theirs, once for each threshold`() {
    var ledger = Ledger()
    let findings = [
      finding(1, ["ann@contoso.com", "zoe@contoso.com"]), finding(2, ["ann@contoso.com"]),
      finding(3, []),
    ]
    let first = night(findings, &ledger)
    #expect(
      told(first) == [
        ["admins@contoso.com", "App 1 ends", "App 2 ends", "App 3 ends"],
        ["ann@contoso.com", "App 1 ends", "App 2 ends"], ["zoe@contoso.com", "App 1 ends"],
      ])
    let (usual, own) = (first.messages[0].message.lines[0], first.messages[1].message.lines[0])
    #expect(usual.remedy == "renew it" && usual.owner == "ann@contoso.com, zoe@contoso.com")
    #expect(
      own.remedy == "renew it; you are told because you are among its owners in the tenant")
    // Nothing new, so nothing is told or written.
    let second = night(findings, &ledger, at: 1)
    #expect(second.messages.isEmpty && second.opened.isEmpty)
    // The next threshold.
    #expect(told(night(findings, &ledger, at: 7)).count == 3)
  }

  @Test func `a new owner is told, and everybody who was hears that it is over`() {
    var ledger = Ledger()
    _ = night([finding(1, [])], &ledger)
    #expect(
      told(night([finding(1, ["ann@contoso.com"])], &ledger, at: 1)) == [
        ["ann@contoso.com", "App 1 ends"]
      ])
    #expect(
      told(night([], &ledger, at: 2)) == [
        ["admins@contoso.com", "over: App 1 ends"], ["ann@contoso.com", "over: App 1 ends"],
      ])
  }
}
