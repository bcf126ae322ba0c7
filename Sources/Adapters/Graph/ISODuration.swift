import Foundation

/// Spans of time as Graph's policies write them: `P180D`, `PT12H`, `P1Y6M`.
///
/// Source: ISO 8601-1:2019 section 5.5.2, and OData's Edm.Duration. Microsoft's services count with
/// .NET, where a year has 365 days and a month 30; so does this.
enum ISODuration {
  /// Beyond this nothing limits a client secret, in seconds: a thousand years.
  private static let longest: TimeInterval = 365_000 * 86_400

  /// The length in seconds; nil for anything else, for nothing and for less than nothing.
  static func seconds(_ text: String) -> TimeInterval? {
    let days = /P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?/
    let time = /T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?/
    guard text.utf8.count <= 64, let date = text.prefixMatch(of: days) else { return nil }
    var rest = text[date.range.upperBound...]
    var seconds =
      (number(date.1) * 365 + number(date.2) * 30 + number(date.3) * 7 + number(date.4)) * 86_400
    if rest.count > 1, let clock = rest.prefixMatch(of: time) {
      seconds += number(clock.1) * 3_600 + number(clock.2) * 60 + number(clock.3)
      rest = rest[clock.range.upperBound...]
    }
    guard rest.isEmpty, seconds > 0 else { return nil }
    return min(seconds, longest)
  }

  private static func number(_ digits: Substring?) -> Double {
    digits.flatMap { Double($0) } ?? 0
  }
}
