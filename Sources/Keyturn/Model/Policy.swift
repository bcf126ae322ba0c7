import Foundation

/// When something is due; nothing else decides that.
public struct Policy: Sendable, Equatable {
  /// How long a new secret is meant to live.
  public var lifetime = CalendarPeriod.months(24)
  /// How long before its end each warning comes.
  public var warnBefore = [90, 60, 30, 14, 7, 3, 1].map(CalendarPeriod.days)
  /// From when on a warning is critical.
  public var criticalBefore = CalendarPeriod.days(7)
  /// Who makes new secrets.
  public var rotate = Rotation.Mode.guided
  /// How long before the end of a secret the nightly check replaces it, where it may.
  public var rotateBefore = CalendarPeriod.days(30)
  /// Whether the next secret is made, proven and kept long before it is needed.
  public var standby = false
  /// How long the previous secret stays valid after the hand-over.
  public var grace = CalendarPeriod.days(7)
  /// How long a validation of the current secret holds: a little under a day, so that a nightly run
  /// with a random delay always validates.
  public var validateEvery = CalendarPeriod.hours(20)
  /// How long a step that waits for a person or a service may take before it is called stuck.
  public let patience = CalendarPeriod.days(1)

  /// The defaults of the configuration reference.
  public init() {}

  /// The first instant at which the end of a secret is worth a warning.
  public func firstWarning(before end: Date) -> Date {
    (warnBefore + [criticalBefore]).map { end.subtracting($0) }.min() ?? end
  }

  /// The instants at which warnings become due, earliest first.
  public func warnings(before end: Date) -> [Date] {
    warnBefore.map { end.subtracting($0) }.sorted()
  }

  /// What the end of a secret is worth now; nil while it is far away.
  public func severity(ofEnd end: Date, at now: Date) -> Severity? {
    if now >= end.subtracting(criticalBefore) { return .critical }
    return now >= firstWarning(before: end) ? .warning : nil
  }

  /// When the current secret is to be validated again; nil where there is no value to try.
  public func nextValidation(of secret: ClientSecret?) -> Date? {
    guard let secret, secret.value != nil else { return nil }
    guard secret.failure == nil, let last = secret.validatedAt else { return .distantPast }
    return last.adding(validateEvery)
  }

  /// When the nightly check replaces a secret.
  ///
  /// Never before half of its life: a tenant's policy may allow lifetimes that are shorter than
  /// ``rotateBefore``, and each night would make another secret.
  public func rotation(of secret: ClientSecret) -> Date {
    let due = secret.expiresAt.subtracting(rotateBefore)
    guard let start = secret.startsAt else { return due }
    return max(due, Self.middle(start, secret.expiresAt))
  }

  /// When a standby secret takes over from the current one.
  ///
  /// It ages while it waits: at half of its life it is put to use, so that each secret spends one
  /// half as a spare and the other one in use.
  public func takeOver(from current: ClientSecret?, by standby: ClientSecret) -> Date {
    let middle = standby.startsAt.map { Self.middle($0, standby.expiresAt) } ?? standby.expiresAt
    return min(current.map(rotation(of:)) ?? .distantPast, middle)
  }

  private static func middle(_ start: Date, _ end: Date) -> Date {
    start.addingTimeInterval(end.timeIntervalSince(start) / 2)
  }

  /// The end of a secret that was made at `start`, where nobody said otherwise.
  ///
  /// The portal counts "24 months" as 730 days, Microsoft Graph as two calendar years. Of the two
  /// the earlier one is taken: a warning that comes a day early does no harm.
  public func assumedEnd(start: Date) -> Date {
    let calendar = start.adding(lifetime)
    guard lifetime.seconds == 0, lifetime.months % 12 == 0 else { return calendar }
    return min(calendar, start.adding(.days(lifetime.months / 12 * 365)))
  }
}
