import Foundation
import Keyturn
import Testing

@Suite struct CalendarPeriodTests {
  @Test(arguments: [
    ("90d", 0, 7_776_000, "90d"), ("24 months", 24, 0, "24 months"), ("1 month", 1, 0, "1 month"),
    ("12h", 0, 43_200, "12h"), ("10m", 0, 600, "10m"), ("5s", 0, 5, "5s"), ("24h", 0, 86_400, "1d"),
    ("2 weeks", 0, 1_209_600, "14d"), ("1w", 0, 604_800, "7d"), ("1 year", 12, 0, "12 months"),
    ("2y", 24, 0, "24 months"), ("24mo", 24, 0, "24 months"), ("0d", 0, 0, "0d"),
    ("90 D", 0, 7_776_000, "90d"), ("  7 days  ", 0, 604_800, "7d"), ("90 min", 0, 5_400, "90m"),
    ("61 seconds", 0, 61, "61s"), ("13000 months", 12_000, 0, "12000 months"),
    ("1001 years", 12_000, 0, "12000 months"),
  ])
  func `periods are read as people write them`(
    text: String, months: Int, seconds: Int, written: String
  ) throws {
    let period = try #require(CalendarPeriod(parsing: text))
    #expect(period == CalendarPeriod(months: months, seconds: seconds))
    #expect("\(period)" == written)
    #expect(CalendarPeriod(parsing: written) == period)
  }

  @Test(arguments: [
    "", "d", "90", "-1d", "+1d", "1.5h", "90d 2h", "1 fortnight", "٣d", "400001d",
    "99999999999999999999d", "d90", "24 Monate",
  ])
  func `anything else is no period`(text: String) {
    #expect(CalendarPeriod(parsing: text) == nil)
  }

  @Test(arguments: [
    ("2024-02-29T12:00:00Z", 24, "2026-02-28T12:00:00Z"),
    ("2024-02-29T12:00:00Z", 48, "2028-02-29T12:00:00Z"),
    ("2026-01-31T00:00:00Z", 1, "2026-02-28T00:00:00Z"),
    ("2026-08-31T00:00:00Z", 6, "2027-02-28T00:00:00Z"),
    ("2026-11-22T02:10:00Z", 24, "2028-11-22T02:10:00Z"),
    ("2026-03-29T00:30:00Z", 12, "2027-03-29T00:30:00Z"),
    ("2026-03-31T23:59:59Z", -1, "2026-02-28T23:59:59Z"),
  ])
  func `months are calendar months in UTC`(from: String, months: Int, to: String) throws {
    let start = try #require(Timestamp.parse(from))
    #expect(Timestamp.format(start.adding(.months(months))) == to)
    #expect(Timestamp.format(start.subtracting(.months(-months))) == to)
  }

  @Test func `days are twenty-four hours, and come after the months`() throws {
    let start = try #require(Timestamp.parse("2024-01-30T00:00:00Z"))
    let both = CalendarPeriod(months: 1, seconds: 86_400)
    #expect(Timestamp.format(start.adding(both)) == "2024-03-01T00:00:00Z")
    #expect(start.adding(.days(1)).timeIntervalSince(start) == 86_400)
    #expect(start.subtracting(.hours(1)).timeIntervalSince(start) == -3_600)
    #expect(start.adding(CalendarPeriod()) == start)
  }

  @Test func `for bounds a month counts as thirty days`() {
    #expect(CalendarPeriod(months: 2, seconds: 5).approximateSeconds == 5_184_005)
    #expect("\(CalendarPeriod(months: 1, seconds: 3_600))" == "1 month 1h")
  }
}
