import Foundation

/// Microsoft Graph, as far as the client secrets of one application go.
///
/// Each method is one request with one effect and is never repeated by itself, apart from one new
/// sign-in where the old token has expired: whether a call may be repeated is the protocol's
/// decision. Writes to one application wait for each other.
public protocol Directory: Sendable {
  /// Reads an application and its client secrets, once; reads lag behind writes and go backwards.
  func application(_ caller: DirectoryCaller) async throws(DirectoryFailure) -> DirectoryApplication

  /// Makes a client secret. Its value is in the answer and nowhere else, ever.
  ///
  /// Returns: what Graph returned, its end date included; `source` is `graph`.
  func addPassword(
    named displayName: String, until end: Date, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> ClientSecret

  /// Removes the client secret with this key id.
  func removePassword(keyID: String, _ caller: DirectoryCaller) async throws(DirectoryFailure)

  /// How long a new client secret may live by the policy for the application, in seconds.
  ///
  /// Returns: nil where no policy limits it, or where it may not be read.
  func longestLifetime(_ caller: DirectoryCaller) async throws(DirectoryFailure) -> TimeInterval?

  /// The newest sign-in with one client secret; nil where there is none.
  ///
  /// Throws: ``DirectoryFailure``, `forbidden` where the tenant does not give this evidence.
  func newestSignIn(
    keyID: String, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> CredentialSignIn?

  /// The credential that keyturn itself signs in with, where it is one that ends.
  ///
  /// Returns: nil for the connection's own secret, which is watched anyway, and for sign-ins without
  /// a credential of their own.
  func ownCredential(_ caller: DirectoryCaller) async throws(DirectoryFailure) -> OwnCredential?
}

/// On whose behalf Graph is called: for which connection, and with what its own sign-in would need.
public struct DirectoryCaller: Sendable {
  public var connection: Connection
  /// The connection's current value, for `sign_in: connection`; the pending one once that is proven and
  /// the current one works no more.
  public var secret: SecretValue?

  /// A caller for a connection that holds this value at the moment.
  public init(_ connection: Connection, secret: SecretValue?) {
    self.connection = connection
    self.secret = secret
  }
}

/// An application as Graph shows it.
public struct DirectoryApplication: Sendable, Equatable {
  public var objectID: String
  public var displayName: String
  public var passwords: [DirectoryPassword]

  /// An application with its client secrets.
  public init(objectID: String, displayName: String, passwords: [DirectoryPassword]) {
    self.objectID = objectID
    self.displayName = displayName
    self.passwords = passwords
  }

  /// The client secret with a key id.
  public subscript(keyID: String) -> DirectoryPassword? {
    passwords.first { $0.keyID == keyID }
  }
}

/// One client secret as Graph shows it: everything but its value.
///
/// Source: Microsoft Graph v1.0, `passwordCredential`.
public struct DirectoryPassword: Sendable, Equatable {
  /// In lower case.
  public var keyID: String
  public var displayName: String?
  /// The first three characters of the value.
  public var hint: String?
  public var startsAt: Date?
  public var expiresAt: Date?

  /// A client secret as it was read.
  public init(
    keyID: String, displayName: String? = nil, hint: String? = nil, startsAt: Date? = nil,
    expiresAt: Date? = nil
  ) {
    self.keyID = keyID
    self.displayName = displayName
    self.hint = hint
    self.startsAt = startsAt
    self.expiresAt = expiresAt
  }

  /// Whether its value begins as a known one does; nil where that is not known of both.
  func begins(like known: String?) -> Bool? {
    guard let known, let hint else { return nil }
    return known == hint
  }
}

/// A sign-in with a client secret, as the tenant remembers it.
public struct CredentialSignIn: Sendable, Equatable {
  public var at: Date
  /// From where, as far as the tenant says so; safe to show.
  public var origin: String?

  /// A sign-in at an instant.
  public init(at: Date, origin: String? = nil) {
    self.at = at
    self.origin = origin
  }
}

/// The credential with which keyturn signs in to Graph.
public struct OwnCredential: Sendable, Equatable {
  /// What it is, safe to show: "the certificate /etc/keyturn/graph.pem".
  public var name: String
  public var expiresAt: Date

  /// A credential and its end.
  public init(name: String, expiresAt: Date) {
    self.name = name
    self.expiresAt = expiresAt
  }
}

/// Why Graph did not do what was asked, already explained.
public struct DirectoryFailure: Error, Sendable, Equatable {
  /// What follows from it.
  public enum Verdict: Sendable, Equatable {
    /// Nothing was changed, and the same call may succeed later: throttled, or never sent.
    case later(retryAfter: TimeInterval?)
    /// Nobody knows whether it was done: no answer, 409, 5xx.
    case maybeDone(retryAfter: TimeInterval?)
    /// keyturn may not do this; somebody has to permit it.
    case forbidden
    /// keyturn could not sign in, and waiting a little will not help.
    case notSignedIn
    /// There is no such application, or keyturn may not see it.
    case unknownApplication
    /// There is no such client secret, or the replica that was asked has not heard of it.
    case unknownPassword
    /// A policy wants a shorter lifetime.
    case lifetimeTooLong
    /// A policy allows no client secrets.
    case passwordsForbidden
    /// The application takes no more client secrets.
    case full
    /// Nothing was changed, and waiting will not help.
    case refused
  }

  public var verdict: Verdict
  /// What happened and why: one phrase, with Microsoft's code and request ids.
  public var message: String
  /// What to do.
  public var remedy: String

  /// A failure; its texts are safe to show.
  public init(_ verdict: Verdict, _ message: String, remedy: String) {
    self.verdict = verdict
    self.message = message
    self.remedy = remedy
  }

  /// The failure as an error for the user: 75 where waiting helps, 69 where nobody knows, 77 or 78 else.
  public var error: KeyturnError {
    let code: KeyturnError.Code =
      switch verdict {
      case .later: .tryAgain
      case .maybeDone: .unavailable
      case .forbidden, .notSignedIn, .passwordsForbidden, .lifetimeTooLong, .full: .notPermitted
      case .unknownApplication, .unknownPassword, .refused: .configuration
      }
    return KeyturnError(code, message, hints: [remedy])
  }
}
