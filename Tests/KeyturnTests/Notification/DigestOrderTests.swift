import Foundation
import Testing

@testable import Keyturn

/// Applications of observed tenants and connections in one message: what matters comes first.
@Suite struct DigestOrderTests {
  private static let now = Date.night(0)

  private func application(_ name: String, days: Double, in tenant: String = "contoso") -> Finding {
    Finding(
      application: "\(name)-id", code: days > 0 ? .expiring : .expired, severity: .warning,
      message: name, remedy: "keyturn connect \(name)-id",
      expiresAt: Self.now.addingTimeInterval(days * 86_400), tenant: tenant)
  }

  private func counts(_ tenant: String, _ severity: Severity = .warning) -> Finding {
    Finding(
      code: .observed, severity: severity, message: "\(tenant): of 200 applications",
      remedy: "look",
      tenant: tenant)
  }

  private func message(_ findings: [Finding], _ connections: [Connection] = []) throws -> Message {
    let night = LedgerNight(
      ledger: Ledger(), routing: Routing(routes: [.chat]),
      connections: Dictionary(uniqueKeysWithValues: connections.map { ($0.name, $0) }),
      now: Self.now, host: "crm01", makeID: { "id" })
    let change = night.change(.init(findings: findings, records: [:], unread: [], isPartial: false))
    return try #require(change.messages.first?.message)
  }

  @Test func `applications and connections are in one order, and counts are last`() throws {
    let connections = try Connection.samples(4)
    func connection(_ number: Int, _ severity: Severity, days: Double?) -> Finding {
      Finding(
        connection: connections[number].name, code: days == nil ? .foreign : .expiring,
        severity: severity, message: "connection \(number)", remedy: "rotate",
        expiresAt: days.map { Self.now.addingTimeInterval($0 * 86_400) })
    }
    let findings = [
      counts("contoso"), application("in-40", days: 40), connection(0, .warning, days: 20),
      application("ended-30", days: -29), connection(1, .critical, days: 3),
      application("in-2", days: 2), application("ended-1", days: -1), counts("fabrikam"),
      connection(2, .warning, days: nil), connection(3, .critical, days: -4),
      Finding(
        code: .unreadable, severity: .unknown, message: "northwind: 403", remedy: "see",
        tenant: "northwind"), application("other", days: 10, in: "fabrikam"),
    ]
    let expected = [
      "connection 3", "connection 1", "northwind: 403", "ended-1", "in-2", "other", "connection 0",
      "ended-30", "in-40", "connection 2", "contoso: of 200 applications",
      "fabrikam: of 200 applications",
    ]
    for _ in 0..<5 {
      let message = try message(findings.shuffled(), connections)
      #expect(message.lines.map(\.text).prefix(10) == expected.prefix(10))
      #expect(Set(message.lines.map(\.text).suffix(2)) == Set(expected.suffix(2)))
    }
  }

  @Test func `of 500 tenants the three that matter are the first lines`() throws {
    var findings = (0..<500).flatMap { number in
      [
        application("app-\(number)", days: 30 + Double(number % 50), in: "tenant-\(number)"),
        counts("tenant-\(number)"),
      ]
    }
    findings += [
      application("third", days: 9, in: "tenant-400"),
      application("first", days: 1, in: "tenant-7"),
      application("second", days: 4, in: "tenant-200"),
    ]
    let message = try message(findings)
    #expect(message.lines.map(\.text).prefix(3) == ["first", "second", "third"])
    #expect(message.subject.hasPrefix("WARNING: first"))
    #expect(message.lines.suffix(500).allSatisfy { $0.code == .observed })
    #expect(message.shownLines.count == 10 && message.hiddenLines == 993)
  }
}
