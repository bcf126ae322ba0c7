import Foundation

/// A span of time as people write it: `90d`, `24 months`, `12h`, `1 year`.
///
/// Months are calendar months in UTC: 24 months after 2024-02-29 is 2026-02-28. Days are 24 hours.
public struct CalendarPeriod: Sendable, Hashable {
  public var months: Int
  public var seconds: Int

  /// A period of so many calendar months and seconds; the months are added first.
  public init(months: Int = 0, seconds: Int = 0) {
    self.months = months
    self.seconds = seconds
  }

  /// A period of whole days.
  public static func days(_ count: Int) -> CalendarPeriod {
    CalendarPeriod(seconds: count * 86_400)
  }

  /// A period of calendar months.
  public static func months(_ count: Int) -> CalendarPeriod {
    CalendarPeriod(months: count)
  }

  /// A period of hours.
  public static func hours(_ count: Int) -> CalendarPeriod {
    CalendarPeriod(seconds: count * 3_600)
  }

  /// Reads `90d`, `24 months`, `12h`, `10m`, `5s`, `2 weeks`, `1 year`.
  ///
  /// A bare `m` means minutes, as in Go and systemd; months are written out.
  /// Returns nil where it is none of these; a period of over a thousand years is cut there.
  public init?(parsing text: String) {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
    let unit = trimmed.dropFirst(digits.count).trimmingCharacters(in: .whitespaces).lowercased()
    guard let count = Int(digits), (0...400_000).contains(count) else { return nil }
    switch unit {
    case "s", "sec", "second", "seconds": self = CalendarPeriod(seconds: count)
    case "m", "min", "minute", "minutes": self = CalendarPeriod(seconds: count * 60)
    case "h", "hour", "hours": self = .hours(count)
    case "d", "day", "days": self = .days(count)
    case "w", "week", "weeks": self = .days(count * 7)
    case "mo", "month", "months": self = .months(min(count, 12_000))
    case "y", "year", "years": self = .months(min(count, 1_000) * 12)
    default: return nil
    }
  }

  /// The length where a month counts as 30 days: good for sorting and for bounds, not for dates.
  public var approximateSeconds: Int {
    months * 30 * 86_400 + seconds
  }
}

extension CalendarPeriod: CustomStringConvertible {
  /// The shortest way to write it that ``init(parsing:)`` reads back, where there is one.
  public var description: String {
    var parts: [String] = []
    if months != 0 {
      parts.append(months == 1 ? "1 month" : "\(months) months")
    }
    if seconds != 0 || months == 0 {
      switch seconds {
      case let value where value % 86_400 == 0: parts.append("\(value / 86_400)d")
      case let value where value % 3_600 == 0: parts.append("\(value / 3_600)h")
      case let value where value % 60 == 0: parts.append("\(value / 60)m")
      default: parts.append("\(seconds)s")
      }
    }
    return parts.joined(separator: " ")
  }
}

extension Date {
  /// This instant, later by a period.
  public func adding(_ period: CalendarPeriod) -> Date {
    moved(months: period.months).addingTimeInterval(TimeInterval(period.seconds))
  }

  /// This instant, earlier by a period.
  public func subtracting(_ period: CalendarPeriod) -> Date {
    moved(months: -period.months).addingTimeInterval(-TimeInterval(period.seconds))
  }

  private func moved(months: Int) -> Date {
    guard months != 0 else { return self }
    // A date far outside of the calendar stays where it is.
    guard abs(timeIntervalSince1970) < 1e12 else { return self }
    return CivilTime(self).adding(months: months).date
  }
}

extension Calendar {
  /// The Gregorian calendar in UTC: the only one that keyturn counts in.
  public static let utc: Calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    return calendar
  }()
}
