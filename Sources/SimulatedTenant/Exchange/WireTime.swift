public import Foundation

/// The ways in which the simulated services write and read a moment.
public enum WireTime {
  /// Graph's form, always with seven fractional digits: `2026-11-22T02:10:00.0000000Z`.
  public static func graph(_ date: Date) -> String {
    let time = CivilTime(date)
    return "\(day(time))T\(clock(time)).\(padded(time.fraction, 7))Z"
  }

  /// RFC 3339 to the second: `2026-11-22T02:10:00Z`.
  public static func seconds(_ date: Date) -> String {
    let time = CivilTime(date)
    return "\(day(time))T\(clock(time))Z"
  }

  /// Reads an RFC 3339 moment with any number of fractional digits and any offset.
  public static func parse(_ text: String) -> Date? {
    let pattern =
      /(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)/
    guard let match = text.wholeMatch(of: pattern)?.output,
      let year = Int(match.1), let month = Int(match.2), (1...12).contains(month),
      let day = Int(match.3), (1...CivilTime.daysInMonth(month, of: year)).contains(day),
      let hour = Int(match.4), hour < 24, let minute = Int(match.5), minute < 60,
      let second = Int(match.6), second < 60
    else { return nil }
    let fraction = match.7.flatMap { Double("0" + $0) } ?? 0
    let days = CivilTime.day(year: year, month: month, day: day)
    let whole = days * 86_400 + hour * 3600 + minute * 60 + second - offset(String(match.8))
    return Date(timeIntervalSince1970: Double(whole) + fraction)
  }

  /// The token endpoint's form: `2024-07-15 11:14:02Z`.
  static func signIn(_ date: Date) -> String {
    let time = CivilTime(date)
    return "\(day(time)) \(clock(time))Z"
  }

  /// The form in Graph's `innerError`, which has no zone: `2025-02-13T10:17:06`.
  static func innerError(_ date: Date) -> String {
    let time = CivilTime(date)
    return "\(day(time))T\(clock(time))"
  }

  /// The form of the `Date` field (RFC 9110, section 5.6.7).
  static func http(_ date: Date) -> String {
    let time = CivilTime(date)
    let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][time.weekday]
    let month = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ][time.month - 1]
    let day = padded(time.day, 2)
    return "\(weekday), \(day) \(month) \(padded(time.year, 4)) \(clock(time)) GMT"
  }

  private static func day(_ time: CivilTime) -> String {
    "\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))"
  }

  private static func clock(_ time: CivilTime) -> String {
    "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2))"
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func offset(_ text: String) -> Int {
    let digits = text.dropFirst().split(separator: ":").compactMap { Int($0) }
    guard digits.count == 2 else { return 0 }
    return (text.hasPrefix("-") ? -1 : 1) * (digits[0] * 3600 + digits[1] * 60)
  }
}
