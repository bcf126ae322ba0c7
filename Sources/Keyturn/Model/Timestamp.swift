import Foundation

/// Instants as text: RFC 3339 in UTC, and the calendar day that people read.
public enum Timestamp {
  /// Reads `2028-11-22` (the end of that day, UTC) or RFC 3339 with up to nine fractional digits.
  ///
  /// Microsoft Graph writes seven fractional digits. Returns nil for anything else, and for years
  /// outside of 1970 to 9999.
  public static func parse(_ text: String) -> Date? {
    guard text.utf8.count <= 40 else { return nil }
    let isBare = text.utf8.first != UInt8(ascii: " ") && text.utf8.last != UInt8(ascii: " ")
    let text = isBare ? text : text.trimmingCharacters(in: .whitespaces)
    if text.utf8.count == 10 {
      guard let start = parse(text + "T00:00:00Z") else { return nil }
      return start.addingTimeInterval(86_399)
    }
    var digits = Digits(text)
    guard let local = digits.dateAndTime(), let fraction = digits.fraction(),
      let offset = digits.offset()
    else { return nil }
    let date = local.addingTimeInterval(TimeInterval(-offset))
    guard date >= Date(timeIntervalSince1970: 0), date < endOfTime else { return nil }
    // A number of this size has no place for seven digits: the last instant would become year 10000,
    // which could not be read back.
    return min(date.addingTimeInterval(fraction), endOfTime.addingTimeInterval(-1))
  }

  /// RFC 3339 in UTC with whole seconds: `2026-11-22T02:10:00Z`.
  public static func format(_ date: Date) -> String {
    let whole = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down))
    // A date outside of these years can only come from a damaged file; Foundation has a form for it.
    guard abs(whole.timeIntervalSince1970) < 1e12 else { return whole.formatted(.iso8601) }
    let civil = CivilTime(whole)
    return civil.hasPlainYear && civil.year > 1_600 ? civil.stamp : whole.formatted(.iso8601)
  }

  /// The day in UTC: `2026-11-22`.
  public static func day(_ date: Date) -> String {
    String(format(date).prefix(10))
  }

  /// The first instant that has no four-digit year.
  private static let endOfTime = Date(timeIntervalSince1970: 253_402_300_800)
}

/// The bytes of an RFC 3339 text, from the first to the last.
///
/// Reading them takes a hundredth of the time that Foundation's parser takes, and thousands of dates
/// are read in a night. Foundation moreover takes 30 February for 1 March.
private struct Digits {
  private var rest: ArraySlice<UInt8>

  init(_ text: String) {
    rest = Array(text.utf8)[...]
  }

  /// The instant of a date and a time of day, as if its offset were none.
  mutating func dateAndTime() -> Date? {
    guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
      take("T") || take("t"), let hour = number(2), take(":"), let minute = number(2), take(":"),
      let second = number(2),
      hour < 24, minute < 60, second < 60
    else { return nil }
    let time = TimeInterval(hour * 3_600 + minute * 60 + second)
    return CivilTime(year: year, month: month, day: day, second: time)?.date
  }

  /// One to nine digits after a point; 0 where there is no point.
  mutating func fraction() -> Double? {
    guard take(".") else { return 0 }
    let digits = rest.prefix { Self.isDigit($0) }
    rest = rest.dropFirst(digits.count)
    guard (1...9).contains(digits.count) else { return nil }
    return Double("0." + String(decoding: digits, as: UTF8.self))
  }

  /// `Z`, or hours and minutes ahead of UTC, in seconds; then the text is over.
  mutating func offset() -> Int? {
    if take("Z") || take("z") { return rest.isEmpty ? 0 : nil }
    let isBehind = take("-")
    guard isBehind || take("+"), let hours = number(2), take(":"), let minutes = number(2),
      hours < 24, minutes < 60, rest.isEmpty
    else { return nil }
    return (isBehind ? -1 : 1) * (hours * 3_600 + minutes * 60)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func number(_ width: Int) -> Int? {
    guard rest.count >= width, rest.prefix(width).allSatisfy(Self.isDigit) else { return nil }
    defer { rest = rest.dropFirst(width) }
    return rest.prefix(width).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

extension Date {
  /// As far ahead of `now` as it is away: what has just happened is as urgent as what is about to.
  public func mirrored(at now: Date) -> Date {
    now.addingTimeInterval(abs(timeIntervalSince(now)))
  }

  /// Whole days from now until this instant, rounded down: -1 from the first second after it.
  public func daysLeft(from now: Date) -> Int {
    Int((timeIntervalSince(now) / 86_400).rounded(.down))
  }
}
