import Foundation

/// A moment as date and time of day in UTC, to the tick of 100 nanoseconds that .NET counts in.
struct CivilTime: Sendable {
  static let ticksPerSecond: Int64 = 10_000_000

  var year: Int
  var month: Int
  var day: Int
  /// Ticks since midnight.
  var ticks: Int64
  /// Days since 1970-01-01, a Thursday.
  private(set) var dayNumber: Int

  init(_ date: Date) {
    let seconds = date.timeIntervalSince1970.rounded(.down)
    let fraction = Int64(((date.timeIntervalSince1970 - seconds) * 1e7).rounded())
    self.init(ticks: Int64(seconds) * Self.ticksPerSecond + fraction)
  }

  /// The date and time of day of a number of ticks since 1970.
  init(ticks total: Int64) {
    let ticksPerDay = 86_400 * Self.ticksPerSecond
    let days = total >= 0 ? total / ticksPerDay : (total - ticksPerDay + 1) / ticksPerDay
    dayNumber = Int(days)
    ticks = total - days * ticksPerDay
    (year, month, day) = Self.date(ofDay: Int(days))
  }

  var hour: Int { Int(ticks / (3600 * Self.ticksPerSecond)) }
  var minute: Int { Int(ticks / (60 * Self.ticksPerSecond)) % 60 }
  var second: Int { Int(ticks / Self.ticksPerSecond) % 60 }
  /// Ticks since the last whole second.
  var fraction: Int { Int(ticks % Self.ticksPerSecond) }
  /// 0 for Sunday.
  var weekday: Int { ((dayNumber + 4) % 7 + 7) % 7 }

  /// The same time of day some years later; 29 February becomes 28 where the year has none.
  func adding(years: Int) -> Date {
    let target = year + years
    let last = Self.daysInMonth(month, of: target)
    let days = Self.day(year: target, month: month, day: min(day, last))
    return Date(
      timeIntervalSince1970: Double(days) * 86_400 + Double(ticks) / Double(Self.ticksPerSecond))
  }

  static func daysInMonth(_ month: Int, of year: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The day's number, counted from 1970-01-01.
  ///
  /// Years begin in March here, so that the leap day is the last of its year.
  /// See <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>.
  static func day(year: Int, month: Int, day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// The date of a day's number.
  ///
  /// See <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
  private static func date(ofDay number: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = number + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    )
  }
}
