import Foundation

/// What the Consumer Secret store holds for one connection: one document, one version.
///
/// It changes only by compare-and-swap of the whole document, so that no reader ever sees a mixture.
public struct ConsumerRecord: Sendable, Equatable {
  /// The compare-and-swap token: 1 for the first document, one more with each change.
  public var version: Int
  /// Which installation the record belongs to; a part of every marker.
  public var storeID: String
  /// The application (client) id that the connected app's fields hold.
  public var clientID: String
  /// What consumers read.
  public var current: ClientSecret?
  /// What ``current`` replaced and is still valid.
  public var previous: ClientSecret?
  /// When ``previous`` may be retired; nil while a hand-over is open.
  public var retireAfter: Date?
  /// What is being prepared.
  public var pending: ClientSecret?
  /// The replacement that is under way.
  public var rotation: Rotation?
  /// Every creation that was begun and is not yet proven gone or kept.
  public var attempts: [Attempt]
  /// Superseded secrets that a later rotation did not wait for.
  public var leftovers: [Leftover] = []
  /// The consumers that a rotation was to serve and did not, because it was set aside before: they may
  /// hold any older secret, so that none is removed until they have confirmed a newer one.
  public var unserved: [String] = []
  /// Who the resource said we are, the last time it was asked.
  public var identity: ResourceIdentity?

  /// An empty record of version 0: what a connection has before its first write.
  public init(storeID: String, clientID: String) {
    version = 0
    self.storeID = storeID
    self.clientID = clientID
    attempts = []
  }

  /// The four fields of the connected app, as one version of the record has them.
  public var connectedApp: ConnectedApp? {
    current?.value.map { ConnectedApp(clientID: clientID, consumerSecret: $0) }
  }
}

/// The four fields of a Magentrix connected app.
///
/// Source: Magentrix, "Enabling OAuth 2 authentication for Microsoft Dynamics 365".
public struct ConnectedApp: Sendable, Equatable {
  /// Always the literal `NA`.
  public let consumerKey = "NA"
  public let consumerSecret: SecretValue
  /// The application (client) id; not a refresh token, in spite of the field's name.
  public let refreshToken: String
  /// The application (client) id.
  public let securityToken: String

  /// The fields for one application and the value that is current.
  public init(clientID: String, consumerSecret: SecretValue) {
    self.consumerSecret = consumerSecret
    refreshToken = clientID
    securityToken = clientID
  }
}

/// One creation that a rotation began.
public struct Attempt: Sendable, Equatable, Codable {
  /// What the new secret's display name ends in.
  public var marker: String
  public var begunAt: Date
  /// Until when keyturn itself may have signed in with its secret; nil where it never had the value.
  public var triedUntil: Date?

  /// An attempt that begins now.
  public init(marker: String, begunAt: Date) {
    self.marker = marker
    self.begunAt = begunAt
  }
}

/// A superseded secret that is still to be removed, after its rotation made room for the next one.
public struct Leftover: Sendable, Equatable, Codable {
  /// Its key id; nil where it was given without, and Graph could not be read since.
  public var keyID: String?
  /// What its display name ends in, by which it is found where Graph has not confirmed a key id.
  public var marker: String?
  /// The first three characters of its value; what Graph shows with others is another secret.
  public var hint: String?
  /// From when on it may be removed: the end of its grace.
  public var removableFrom: Date

  /// A secret that may be removed from an instant on; nil where nothing leads to it.
  public init?(_ secret: ClientSecret, removableFrom: Date) {
    guard secret.keyID != nil || secret.marker != nil else { return nil }
    keyID = secret.keyID
    marker = secret.isIdentified ? nil : secret.marker
    hint = secret.hint
    self.removableFrom = removableFrom
  }
}

/// Who the resource takes the secret's bearer for.
///
/// Source: Dataverse Web API, `WhoAmIResponse`.
public struct ResourceIdentity: Sendable, Equatable, Codable {
  public var organizationID: String
  public var userID: String

  /// The two ids of a WhoAmI answer.
  public init(organizationID: String, userID: String) {
    self.organizationID = organizationID
    self.userID = userID
  }
}
