import Foundation

/// One certificate that an application signs in with, or a service principal signs with: without its key.
public struct ObservedCertificate: Sendable, Equatable {
  public var keyID: GUID
  /// Its subject, as a rule.
  public var displayName: String?
  public var startsAt: Date?
  /// Its end in whole seconds; nil where the tenant shows none that can be read.
  public var expiresAt: Date?

  /// A certificate as it was read.
  public init(
    keyID: GUID, displayName: String? = nil, startsAt: Date? = nil, expiresAt: Date? = nil
  ) {
    self.keyID = keyID
    self.displayName = displayName
    self.startsAt = startsAt
    self.expiresAt = expiresAt
  }

  /// Whether it can be used at `now`.
  public func isLiving(at now: Date) -> Bool {
    (startsAt ?? .distantPast) <= now && now < (expiresAt ?? .distantFuture)
  }
}
