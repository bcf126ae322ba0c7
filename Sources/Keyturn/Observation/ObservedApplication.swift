import Foundation

/// One application of a tenant, or a service principal, as a reading showed it.
///
/// Where only what has changed is read, what is nil was not said, and stays as it was.
public struct ObservedApplication: Sendable, Equatable {
  public var kind: ObservedKind
  public var objectID: GUID
  /// The application (client) id.
  public var clientID: GUID?
  public var displayName: String?
  public var secrets: [ObservedSecret]?
  /// Nil also where certificates are not read at all.
  public var certificates: [ObservedCertificate]?

  /// An application as it was read.
  public init(
    _ kind: ObservedKind = .application, objectID: GUID, clientID: GUID?, displayName: String?,
    secrets: [ObservedSecret]?, certificates: [ObservedCertificate]? = nil
  ) {
    self.kind = kind
    self.certificates = certificates
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
  public var lastEnd: Date? { lastEnd(of: .secret) }

  /// When the last of its credentials of a kind ends; nil where it has none, or one without an end.
  public func lastEnd(of credential: CredentialKind) -> Date? {
    let ends =
      switch credential {
      case .secret: (secrets ?? []).map(\.expiresAt)
      case .certificate: (certificates ?? []).map(\.expiresAt)
      }
    return ends.contains(nil) ? nil : ends.compactMap { $0 }.max()
  }

  /// By what a finding names it: the client id, and of a service principal the object id, because its
  /// client id may be that of an application of the tenant as well.
  public var subject: GUID? { kind == .application ? clientID : objectID }

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

/// An application or service principal, and the kind of its credentials whose last end is meant.
public struct ObservedEnd: Sendable, Equatable {
  public var application: ObservedApplication
  public var credential: CredentialKind

  /// The end of the last credential of a kind.
  public init(_ application: ObservedApplication, _ credential: CredentialKind) {
    self.application = application
    self.credential = credential
  }

  /// When it is; nil where there is no such credential, or one without an end.
  public var at: Date? { application.lastEnd(of: credential) }

  /// What is still ahead can be prevented, and comes first; what ended just now comes before what ended
  /// long ago.
  public func comesBefore(_ other: ObservedEnd, at now: Date) -> Bool {
    let (end, othersEnd) = (at ?? .distantFuture, other.at ?? .distantFuture)
    if (end > now) != (othersEnd > now) { return end > now }
    return end > now ? end < othersEnd : end > othersEnd
  }
}

/// What can be counted in a tenant's newest complete picture.
public struct TenantSummary: Sendable, Equatable {
  public var kind = ObservedKind.application
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
  /// What is counted of certificates; nil where they are not read.
  public var certificates: Certificates?
  /// When the picture was completed.
  public var readAt: Date

  /// What is counted of certificates.
  public struct Certificates: Sendable, Equatable {
    /// Applications whose last certificate ends within the warnings of the policy.
    public var ending: Int
    /// Applications without a living certificate, which once had one.
    public var ended: Int

    /// Counts of a picture.
    public init(ending: Int, ended: Int) {
      self.ending = ending
      self.ended = ended
    }
  }

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
          || record.leftovers.contains { $0.isShown(as: password) }
      }
    }
  }
}
