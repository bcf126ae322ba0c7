import Adapters
import Foundation
import Keyturn
import TestSupport
import Testing

@Suite struct CSVReportTests {
  @Test func `a header, then one line for each connection in their order`() throws {
    let text = CSVReport(try .sample([.sample(endsIn: 20), nil])).text
    let lines = text.components(separatedBy: "\r\n")
    #expect(lines.count == 4 && lines.last == "")
    #expect(lines[0].hasPrefix("connection,tenant,application,owner,state,expires_at,days_left,"))
    #expect(
      lines[1].hasPrefix(
        "connection-0,contoso,46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b,crm-admins@contoso.com,warning,"
          + "2026-12-12T02:10:00Z,20,"))
    #expect(lines[1].contains("\"expires in 20 days, on 2026-12-12\""))
    #expect(lines[2].hasPrefix("connection-1,contoso,"))
    #expect(!text.contains(ClientSecret.sampleValue))
  }

  @Test func `what ends in observed tenants comes behind, worst first, and what can't be read`()
    throws
  {
    var overview = try Overview.sample([.sample(endsIn: 20)])
    overview.tenants = TenantStanding.monitored(at: Overview.instant)
    let rows = Self.rows(CSVReport(overview).text)
    #expect(rows.count == 7 && rows.allSatisfy { $0.count == rows[0].count })
    func column(_ name: String, _ row: [String]) throws -> String {
      row[try #require(rows[0].firstIndex(of: name))]
    }
    #expect(
      try rows.map { try column("tenant", $0) }.dropFirst(2) == [
        "northwind", "litware", "adventure", "adventure", "adventure",
      ])
    let ends = Array(rows.dropFirst(4))
    #expect(try ends.map { try column("days_left", $0) } == ["5", "40", "-2"])
    #expect(
      try ends.map { try column("display_name", $0) } == [
        "Forgotten CRM", "SAML, ü 長", "Old \"portal\"",
      ])
    #expect(try ends.allSatisfy { try column("connection", $0).isEmpty })
    #expect(try column("application", ends[0]) == "00000000-0000-c11e-0000-000000000001")
    #expect(try column("hint", ends[0]) == "aB3" && column("credential", ends[0]) == "secret")
    #expect(try column("finding_codes", ends[2]) == "expired")
    #expect(try column("state", rows[2]) == "unknown" && column("display_name", rows[2]).isEmpty)
  }

  @Test func `a number that is negative stays a number`() throws {
    let text = CSVReport(try .sample([.sample(endsIn: -3)])).text
    #expect(text.contains(",2026-11-19T02:10:00Z,-3,"))
  }

  @Test(arguments: Overview.hostile.indices)
  func `no text becomes a formula, another cell or another line`(number: Int) throws {
    let text = CSVReport(try .hostile(Overview.hostile[number])).text
    let rows = Self.rows(text)
    #expect(rows.count == 5 && rows.allSatisfy { $0.count == rows[0].count })
    for cell in rows.dropFirst().flatMap({ $0 }) {
      let first = cell.unicodeScalars.first
      #expect(!"=+@\t\r\n＝＋－＠".unicodeScalars.contains(first ?? "a"), "\(cell.prefix(20))")
      #expect(first != "-" || Int(cell) != nil)
      #expect(cell.count <= 3_100)
    }
  }

  /// A reader of RFC 4180, by bytes.
  private static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var (row, cell): ([String], [UInt8]) = ([], [])
    var (isQuoted, wasQuote) = (false, false)
    for byte in text.utf8 {
      if isQuoted {
        if byte == 0x22 { (isQuoted, wasQuote) = (false, true) } else { cell.append(byte) }
        continue
      }
      switch byte {
      case 0x22:
        if wasQuote { cell.append(byte) }
        isQuoted = true
      case 0x2C, 0x0A:
        row.append(String(decoding: cell, as: UTF8.self))
        cell = []
        if byte == 0x0A {
          rows.append(row)
          row = []
        }
      case 0x0D: break
      default: cell.append(byte)
      }
      wasQuote = false
    }
    return rows
  }
}
