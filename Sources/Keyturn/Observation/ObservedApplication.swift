import Foundation

/// One application of a tenant as a reading showed it.
///
/// Where only what has changed is read, what is nil was not said, and stays as it was.
public struct ObservedApplication: Sendable, Equatable {
  public var objectID: GUID
  /// The application (client) id.
  public var clientID: GUID?
  public var displayName: String?
  public var secrets: [ObservedSecret]?

  /// An application as it was read.
  public init(
    objectID: GUID, clientID: GUID?, displayName: String?, secrets: [ObservedSecret]?
  ) {
    self.objectID = objectID
    self.clientID = clientID
    self.displayName = displayName
    self.secrets = secrets
  }

  /// How people recognise it: its name and its client id; safe to show.
  public var designation: String {
    let id = clientID?.description ?? objectID.description
    guard let name = displayName, !name.isEmpty else { return id }
    return "\(name.shown(upTo: 60)) (\(id))"
  }

  /// When the last of its client secrets ends; nil where it has none, or one without an end.
  public var lastEnd: Date? {
    guard let secrets, !secrets.isEmpty, secrets.allSatisfy({ $0.expiresAt != nil }) else {
      return nil
    }
    return secrets.compactMap(\.expiresAt).max()
  }

  /// The client secrets that somebody can sign in with at `now`.
  public func living(at now: Date) -> [ObservedSecret] {
    (secrets ?? []).filter { $0.isLiving(at: now) }
  }
}

/// One client secret of an application, without its value.
public struct ObservedSecret: Sendable, Equatable {
  public var keyID: GUID
  public var displayName: String?
  /// The first three characters of the value.
  public var hint: String?
  public var startsAt: Date?
  /// Its end in whole seconds; nil where the tenant shows none that can be read.
  public var expiresAt: Date?

  /// A client secret as it was read.
  public init(
    keyID: GUID, displayName: String? = nil, hint: String? = nil, startsAt: Date? = nil,
    expiresAt: Date? = nil
  ) {
    self.keyID = keyID
    self.displayName = displayName
    self.hint = hint
    self.startsAt = startsAt
    self.expiresAt = expiresAt
  }

  /// Whether it can be used at `now`.
  public func isLiving(at now: Date) -> Bool {
    (startsAt ?? .distantPast) <= now && now < (expiresAt ?? .distantFuture)
  }

  /// From this lifetime on it is longer than the portal would make it: 24 months and a day.
  public static let longest: TimeInterval = 732 * 86_400

  /// Whether it lives longer than 24 months.
  public var isLong: Bool {
    guard let startsAt, let expiresAt else { return false }
    return expiresAt.timeIntervalSince(startsAt) > Self.longest
  }

  /// Whether keyturn made it: its display name ends in the mark of a rotation.
  public var isMarked: Bool { Marker.find(in: displayName) != nil }
}

/// What can be counted in a tenant's newest complete picture.
public struct TenantSummary: Sendable, Equatable {
  public var applications: Int
  public var secrets: Int
  /// Applications whose last client secret ends within the warnings of the policy.
  public var ending: Int
  /// Applications without a living client secret, which once had one.
  public var ended: Int
  /// Applications with a client secret that lives longer than 24 months.
  public var long: Int
  /// Applications with more than two client secrets that have not ended.
  public var crowded: Int
  /// When the picture was completed.
  public var readAt: Date

  /// Counts of a picture.
  public init(
    applications: Int, secrets: Int, ending: Int, ended: Int, long: Int, crowded: Int, readAt: Date
  ) {
    self.applications = applications
    self.secrets = secrets
    self.ending = ending
    self.ended = ended
    self.long = long
    self.crowded = crowded
    self.readAt = readAt
  }
}

extension ObservedApplication {
  /// The client secrets that a rotation of these installations made, and of which nobody has the value.
  public func orphans(among records: [ConsumerRecord]) -> [ObservedSecret] {
    let own = records.filter { GUID($0.clientID) == clientID }
    let stores = Set(records.map(\.storeID))
    return (secrets ?? []).filter { secret in
      guard let marker = Marker.find(in: secret.displayName),
        stores.contains(where: { Marker.belongs(marker, to: $0) })
      else { return false }
      let password = DirectoryPassword(
        keyID: secret.keyID.description, displayName: secret.displayName, hint: secret.hint)
      return !own.contains { record in
        record.holds(password) || record.attempts.contains { $0.marker == marker }
          || record.leftovers.contains { $0.keyID == password.keyID }
      }
    }
  }
}
