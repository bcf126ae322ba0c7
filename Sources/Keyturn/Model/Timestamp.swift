import Foundation

/// Instants as text: RFC 3339 in UTC, and the calendar day that people read.
public enum Timestamp {
  /// Reads `2028-11-22` (the end of that day, UTC) or RFC 3339 with up to nine fractional digits.
  ///
  /// Microsoft Graph writes seven fractional digits. Returns nil for anything else, and for years
  /// outside of 1970 to 9999.
  public static func parse(_ text: String) -> Date? {
    let text = text.trimmingCharacters(in: .whitespaces)
    guard text.utf8.count <= 40 else { return nil }
    if let plain = CivilTime(stamp: text)?.date {
      return plain.timeIntervalSince1970 < 0 ? nil : plain
    }
    if text.utf8.count == 10 {
      guard let start = parse(text + "T00:00:00Z") else { return nil }
      return start.addingTimeInterval(86_399)
    }
    guard let parts = text.uppercased().wholeMatch(of: shape)?.output else { return nil }
    // Foundation takes 30 February for 1 March, and 25 o'clock for 1 o'clock of the next day.
    guard let local = try? Date(parts.1 + "Z", strategy: .iso8601), format(local) == parts.1 + "Z",
      let date = try? Date(String(parts.1 + parts.3), strategy: .iso8601),
      abs(date.timeIntervalSince(local)) < 86_400
    else { return nil }
    guard date >= Date(timeIntervalSince1970: 0), date < endOfTime else { return nil }
    // A number of this size has no place for seven digits: the last instant would become year 10000,
    // which could not be read back.
    let fraction = parts.2.flatMap { Double("0" + $0) } ?? 0
    return min(date.addingTimeInterval(fraction), endOfTime.addingTimeInterval(-1))
  }

  /// A literal inside a function would be parsed anew for each text, which takes longer than all the rest.
  nonisolated(unsafe) private static let shape =
    /([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})/

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

extension Date {
  /// Whole days from now until this instant, rounded down: -1 from the first second after it.
  public func daysLeft(from now: Date) -> Int {
    Int((timeIntervalSince(now) / 86_400).rounded(.down))
  }
}
