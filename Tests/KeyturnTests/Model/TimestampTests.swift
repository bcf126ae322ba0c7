import Foundation
import Keyturn
import Testing

@Suite struct TimestampTests {
  @Test(arguments: [
    ("2026-11-22T02:10:00Z", 1_795_313_400.0), ("2026-11-22t02:10:00z", 1_795_313_400),
    ("2026-11-22T04:10:00+02:00", 1_795_313_400), ("2026-11-21T18:10:00-08:00", 1_795_313_400),
    ("2026-11-22T02:10:00.5Z", 1_795_313_400.5),
    ("2026-11-22T02:10:00.1234567Z", 1_795_313_400.1234567),
    ("2026-11-22T02:10:00.123456789Z", 1_795_313_400.123456789),
    ("2026-11-22T04:10:00.5+02:00", 1_795_313_400.5), (" 2026-11-22T02:10:00Z ", 1_795_313_400),
    ("1970-01-01T00:00:00Z", 0), ("9999-12-31T23:59:59Z", 253_402_300_799),
    ("2028-02-29T00:00:00Z", 1_835_395_200),
  ])
  func `instants are read as RFC 3339`(text: String, seconds: Double) throws {
    let date = try #require(Timestamp.parse(text))
    #expect(abs(date.timeIntervalSince1970 - seconds) < 0.000_001)
  }

  @Test(arguments: [
    ("2026-11-22", 1_795_391_999.0), ("1970-01-01", 86_399), ("9999-12-31", 253_402_300_799),
    ("2028-02-29", 1_835_481_599), (" 2026-11-22 ", 1_795_391_999),
  ])
  func `a day is the end of that day in UTC`(text: String, seconds: Double) throws {
    #expect(try #require(Timestamp.parse(text)).timeIntervalSince1970 == seconds)
  }

  @Test func `the last instant stays one that can be written and read again`() throws {
    let last = try #require(Timestamp.parse("9999-12-31T23:59:59.9999999Z"))
    #expect(Timestamp.format(last) == "9999-12-31T23:59:59Z")
    #expect(Timestamp.parse(Timestamp.format(last)) == last)
  }

  @Test(arguments: [
    "", "tomorrow", "2028-1-2", "20281122", "28-11-2022", "22.11.2028", "2028/11/22", "2028-11-2x",
    "-028-11-22", "+2028-11-2", "2028-W47-3", "٢٠٢٨-11-22", "2028-11-22T10:00:00",
    "2028-11-22 10:00:00Z", "2028-11-22T10:00:00.Z", "2028-11-22T10:00:00.1234567890Z",
    "20281122T100000Z", "2028-11-22T10:00:00+0200", "2028-11-22T10:00:00Z and more",
    "2028-11-22T10:00:00Zjunk1", "2028-11-22T10.5:00:00Z", "2028-11-22T10:00Z",
    String(repeating: "2", count: 100),
  ])
  func `anything else is refused`(text: String) {
    #expect(Timestamp.parse(text) == nil)
  }

  @Test(arguments: [
    "2028-02-30", "2027-02-29", "2028-04-31", "2028-13-01", "2028-00-10", "2028-11-00",
    "2028-02-30T00:00:00Z", "2028-11-22T25:00:00Z", "2028-11-22T24:00:00Z", "2028-11-22T10:60:00Z",
    "2028-11-22T10:00:00+99:99",
  ])
  func `an instant that the calendar does not have is refused`(text: String) {
    #expect(Timestamp.parse(text) == nil)
  }

  @Test(arguments: [
    "1969-12-31", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "10000-01-01",
    "10000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00",
  ])
  func `years outside of 1970 to 9999 are refused`(text: String) {
    #expect(Timestamp.parse(text) == nil)
  }

  @Test(arguments: [
    (1_795_313_400.0, "2026-11-22T02:10:00Z", "2026-11-22"),
    (1_795_313_400.999, "2026-11-22T02:10:00Z", "2026-11-22"),
    (1_795_391_999.9, "2026-11-22T23:59:59Z", "2026-11-22"),
    (0, "1970-01-01T00:00:00Z", "1970-01-01"),
  ])
  func `instants are written in UTC with whole seconds`(
    seconds: Double, text: String, day: String
  ) {
    let date = Date(timeIntervalSince1970: seconds)
    #expect(Timestamp.format(date) == text)
    #expect(Timestamp.day(date) == day)
  }

  @Test func `what was written is read back`() {
    var chance = Chance(seed: 3)
    for _ in 0..<200 {
      let seconds = Double(Int.random(in: 0..<253_402_300_800, using: &chance))
      let date = Date(timeIntervalSince1970: seconds)
      #expect(Timestamp.parse(Timestamp.format(date)) == date)
    }
  }

  @Test(arguments: [
    (0.0, 0), (1, 0), (86_399, 0), (86_400, 1), (172_799, 1), (-1, -1), (-86_400, -1),
    (-86_401, -2), (63_072_000, 730),
  ])
  func `days left are whole days, rounded down`(seconds: Double, days: Int) {
    let now = SimulatedWorld.night
    #expect(now.addingTimeInterval(seconds).daysLeft(from: now) == days)
  }
}
