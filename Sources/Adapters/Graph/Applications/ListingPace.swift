import Foundation
import NIOHTTP1

/// How fast a tenant is asked, and how long one page is tried.
///
/// Source: Microsoft Graph, "Microsoft Graph throttling guidance".
struct ListingPace {
  /// How often one page is asked for where the service does not say when to come again.
  private static let attemptLimit = 7
  /// How long one page is waited for in all, in seconds.
  private static let patience: TimeInterval = 900
  /// The longest wait that nobody asked for, in seconds.
  private static let longestPause: TimeInterval = 60

  /// How many attempts have failed.
  private(set) var attempts = 0
  private var blindAttempts = 0
  private var waited: TimeInterval = 0

  /// Seconds to wait after another failed attempt; nil where the page is given up.
  ///
  /// What the service asks for is the least: asking earlier counts against the tenant.
  mutating func wait(retryAfter: TimeInterval?, jitter: Double) -> TimeInterval? {
    let wait: TimeInterval
    if let retryAfter {
      wait = max(retryAfter, 1) + jitter
    } else {
      blindAttempts += 1
      guard blindAttempts < Self.attemptLimit else { return nil }
      wait = min(pow(2, Double(blindAttempts - 1)), Self.longestPause) * (0.75 + jitter / 2)
    }
    attempts += 1
    waited += wait
    return waited <= Self.patience ? wait : nil
  }

  /// Seconds to wait before the next page after one that came: none while there is room.
  ///
  /// `RateLimit-Remaining` and `RateLimit-Reset` come when little is left, and
  /// `x-ms-throttle-limit-percentage` from 0.8 of the limit on.
  static func pause(after headers: HTTPHeaders) -> TimeInterval {
    var pause: TimeInterval = 0
    if let remaining = number("RateLimit-Remaining", headers),
      let reset = number("RateLimit-Reset", headers)
    {
      // What one page costs is known: so much has to be left for it.
      let cost = max(1, number("x-ms-resource-unit", headers) ?? 1)
      pause = remaining < cost ? reset : remaining < 10 * cost ? reset / (remaining / cost) : 0
    }
    if let share = number("x-ms-throttle-limit-percentage", headers), share >= 0.8 {
      pause = max(pause, (share - 0.8) * 10 + 0.5)
    }
    return min(pause, longestPause)
  }

  private static func number(_ name: String, _ headers: HTTPHeaders) -> Double? {
    guard let text = headers.first(name: name)?.trimmingCharacters(in: .whitespaces),
      let number = Double(text), number.isFinite, number >= 0
    else { return nil }
    return number
  }
}
