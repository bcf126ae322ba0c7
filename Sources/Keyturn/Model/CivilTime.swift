import Foundation

/// A day and a time of day in UTC, counted in the Gregorian calendar without Foundation's help.
///
/// A report formats and moves a hundred thousand instants. Foundation's calendar and its formatter
/// ask ICU for each of them, which takes longer than everything else that a report does.
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
struct CivilTime {
  var year: Int
  /// 1 to 12.
  var month: Int
  /// 1 to 31.
  var day: Int
  /// Seconds since midnight; of an instant between two seconds, the fraction too.
  var second: TimeInterval

  /// A day of the calendar, with the seconds since its midnight; nil for a day that there is not.
  init?(year: Int, month: Int, day: Int, second: TimeInterval) {
    self.year = year
    self.month = month
    self.day = day
    self.second = second
    guard (1...12).contains(month), (1...daysInMonth).contains(day) else { return nil }
  }

  /// The parts of an instant.
  init(_ date: Date) {
    let seconds = date.timeIntervalSince1970
    let days = (seconds / 86_400).rounded(.down)
    second = seconds - days * 86_400
    // Eras are 400 years long and begin on 1 March, so that the leap day comes last.
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// The instant.
  var date: Date {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    return Date(timeIntervalSince1970: TimeInterval(days) * 86_400 + second)
  }

  /// The same day and time so many months later; a day that the month does not have is its last one.
  func adding(months: Int) -> CivilTime {
    var moved = self
    let count = year * 12 + month - 1 + months
    moved.year = count >= 0 ? count / 12 : (count - 11) / 12
    moved.month = count - moved.year * 12 + 1
    moved.day = min(day, moved.daysInMonth)
    return moved
  }

  /// How many days its month has.
  private var daysInMonth: Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Whether its year has four digits, as RFC 3339 wants it.
  var hasPlainYear: Bool { (0...9_999).contains(year) }

  /// `2026-11-22T02:10:00Z`; a fraction of a second is left out.
  var stamp: String {
    var digits: [UInt8] = []
    digits.reserveCapacity(20)
    func add(_ number: Int, _ width: Int, _ after: Unicode.Scalar) {
      var divisor = width == 4 ? 1_000 : 10
      while divisor > 0 {
        digits.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
        divisor /= 10
      }
      digits.append(UInt8(ascii: after))
    }
    let whole = Int(second)
    add(year, 4, "-")
    add(month, 2, "-")
    add(day, 2, "T")
    add(whole / 3_600, 2, ":")
    add(whole / 60 % 60, 2, ":")
    add(whole % 60, 2, "Z")
    return String(decoding: digits, as: UTF8.self)
  }
}
