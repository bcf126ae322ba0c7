import Foundation
import Keyturn
import NIOHTTP1

/// The `Retry-After` field of an answer.
enum RetryAfter {
  /// The longest wait that is taken from an answer, in seconds; the next run is soon enough for more.
  static let longest: TimeInterval = 300

  /// Seconds to wait, from 0 to 300; nil where the field is absent or says nothing.
  ///
  /// Source: RFC 9110 section 10.2.3, with all three date forms of section 5.6.7.
  static func seconds(in headers: HTTPHeaders, now: Date) -> TimeInterval? {
    guard let text = headers.first(name: "Retry-After")?.trimmingCharacters(in: .whitespaces)
    else { return nil }
    if !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) {
      // More digits than an integer holds still mean "long".
      return min(TimeInterval(Int(text) ?? .max), longest)
    }
    guard let date = date(text) else { return nil }
    return min(max(0, date.timeIntervalSince(now)), longest)
  }

  private static func date(_ text: String) -> Date? {
    guard text.utf8.count <= 40 else { return nil }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = .gmt
    let forms = [
      "EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'",
      "EEE MMM d HH:mm:ss yyyy",
    ]
    for form in forms {
      formatter.dateFormat = form
      if let date = formatter.date(from: text) { return date }
    }
    return nil
  }
}
