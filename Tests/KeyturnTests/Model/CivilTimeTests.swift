import Foundation
import Testing

@testable import Keyturn

/// Our own counting of days against Foundation's.
@Suite struct CivilTimeTests {
  /// Instants from 1601 to 9999, the ends of months and centuries among them.
  private func instants(_ seed: UInt64) -> [Date] {
    var chance = Chance(seed: seed)
    let days = [
      "1970-01-01", "1999-12-31", "2000-02-29", "2024-02-29", "2026-11-30", "2100-02-28",
      "2400-02-29", "9999-12-31", "1900-02-28", "1601-01-01",
    ]
    return days.compactMap { try? Date("\($0)T23:59:59Z", strategy: .iso8601) }
      + (0..<200).map { _ in
        Date(
          timeIntervalSince1970: Double(
            Int.random(in: -11_600_000_000...253_402_300_799, using: &chance)))
      }
  }

  @Test(arguments: 0..<10)
  func `instants are written and read as Foundation does`(seed: UInt64) throws {
    for date in instants(seed) {
      let stamp = date.formatted(.iso8601)
      #expect(CivilTime(date).stamp == stamp)
      #expect(CivilTime(date).date == date)
      #expect(Timestamp.parse(stamp) == date || date.timeIntervalSince1970 < 0)
    }
  }

  /// Foundation's own adding is not asked: it makes 2294-03-01 of six years and a month before
  /// 2300-03-29.
  @Test(arguments: 0..<10)
  func `months later it is the same day, or the last one of a shorter month`(seed: UInt64) throws {
    let calendar = Calendar.utc
    for (number, date) in instants(seed).enumerated() {
      for months in [0, 1, 11, 12, 24, number, -1, -13, -number] {
        let old = calendar.dateComponents(
          [.year, .month, .day, .hour, .minute, .second], from: date)
        var new = old
        let count = try #require(old.year) * 12 + #require(old.month) - 1 + months
        (new.year, new.month, new.day) = (count / 12, count % 12 + 1, 1)
        let first = try #require(calendar.date(from: new))
        let length = try #require(calendar.range(of: .day, in: .month, for: first)?.count)
        new.day = min(try #require(old.day), length)
        let moved = CivilTime(date).adding(months: months).date
        #expect(moved == calendar.date(from: new), "\(date.timeIntervalSince1970) + \(months)")
      }
    }
  }

  @Test func `a fraction of a second stays what it is`() {
    let date = Date(timeIntervalSince1970: 1_795_313_400.25)
    #expect(CivilTime(date).date == date)
    #expect(date.adding(.months(24)).timeIntervalSince1970 == 1_858_471_800.25)
  }

  @Test(arguments: [
    "2027-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00",
    "", "２026-01-01T00:00:00Z",
  ])
  func `what no calendar has is not read`(text: String) {
    #expect(Timestamp.parse(text) == nil)
  }
}
