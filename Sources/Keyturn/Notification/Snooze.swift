import Foundation

/// Somebody's wish not to be warned of a connection for a while.
///
/// It silences warnings only: what is critical, or could not be checked, is told all the same.
public struct Snooze: Sendable, Equatable, Codable {
  public var until: Date
  public var reason: String?
  /// Who wished it.
  public var by: String
  public var at: Date

  /// A wish; its texts are safe to show.
  public init(until: Date, reason: String?, by: String, at: Date) {
    self.until = until
    self.reason = reason
    self.by = by
    self.at = at
  }

  /// How long before the end of a secret the last snooze is over.
  public static let margin = CalendarPeriod.days(7)

  /// The latest end of a snooze for a record: a week before the end of what consumers use.
  ///
  /// While a hand-over is open they use the previous secret. Nil where no secret is recorded.
  public static func latestEnd(for record: ConsumerRecord) -> Date? {
    let isOpen = record.rotation?.openHandOvers.isEmpty == false
    let used = [record.current, isOpen ? record.previous : nil].compactMap { $0?.expiresAt }
    return used.min()?.subtracting(margin)
  }
}

extension Finding {
  /// The same finding as it counts while its connection is snoozed: a warning is silenced.
  public func silenced(by snooze: Snooze?) -> Finding {
    guard let snooze, severity == .warning else { return self }
    var finding = self
    finding.severity = .ok
    finding.message += " (snoozed until \(Timestamp.day(snooze.until)))"
    return finding
  }
}
