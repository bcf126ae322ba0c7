import Foundation

/// Client-credentials calls to an authorization server (RFC 6749 section 4.4).
public protocol TokenService: Sendable {
  /// Makes one call, on a connection of its own so that no replica is asked twice by habit.
  ///
  /// It never throws: whatever happens is an outcome, with its explanation.
  func requestToken(for connection: Connection, secret: SecretValue) async -> TokenOutcome
}

/// What a client-credentials call brought.
public enum TokenOutcome: Sendable {
  case granted(AccessToken)
  case failed(CallFailure)
}

/// An access token, in memory only.
public struct AccessToken: Sendable {
  /// The token; it opens the resource, so it is treated like a client secret.
  public let value: SecretValue
  /// Until when it is good, by this machine's clock; nil where the server does not say.
  public let expiresAt: Date?

  /// A token as the server returned it.
  public init(_ value: SecretValue, expiresAt: Date? = nil) {
    self.value = value
    self.expiresAt = expiresAt
  }
}

/// Why a call did not succeed, already explained.
public struct CallFailure: Error, Sendable, Equatable {
  /// What follows from it.
  public enum Verdict: Sendable, Equatable {
    /// The value is wrong, or so new that this replica has not heard of it (AADSTS7000215).
    case wrongOrNotReplicated
    /// The secret has expired (AADSTS7000222).
    case expired
    /// The value is refused, and waiting will not help.
    case refused
    /// Something other than the value stands in the way, and waiting will not help.
    case blocked
    /// Nothing was learned, and waiting will not help: a certificate that is not trusted, a redirect.
    case unreachable
    /// It may work later; where the server says when, after so many seconds.
    case transient(retryAfter: TimeInterval?)
  }

  public var verdict: Verdict
  /// What happened and why: one phrase, with the server's code and its correlation ids.
  public var message: String
  /// What to do.
  public var remedy: String

  /// A failure; its texts are safe to show.
  public init(_ verdict: Verdict, _ message: String, remedy: String) {
    self.verdict = verdict
    self.message = message
    self.remedy = remedy
  }

  /// Whether it says for good that this value opens nothing.
  public var refusesTheValue: Bool {
    switch verdict {
    case .wrongOrNotReplicated, .expired, .refused: true
    case .blocked, .unreachable, .transient: false
    }
  }

  /// What the audit trail calls it: a service that did not answer has refused nothing.
  var auditWord: String {
    refusesTheValue ? "refused" : "not_validated"
  }

  /// The failure as a record remembers it.
  public func remembered(at now: Date) -> ValidationFailure {
    let kind: ValidationFailure.Kind =
      switch verdict {
      case .wrongOrNotReplicated, .refused: .refused
      case .expired: .expired
      case .blocked: .blocked
      case .unreachable, .transient: .unreachable
      }
    return ValidationFailure(kind: kind, at: now, message: message, remedy: remedy)
  }

  /// The failure as an error for the user: 65 for a refused value, 69 for a service, 77 otherwise.
  public var error: KeyturnError {
    let code: KeyturnError.Code =
      switch verdict {
      case .wrongOrNotReplicated, .expired, .refused: .badInput
      case .blocked: .notPermitted
      case .unreachable, .transient: .unavailable
      }
    return KeyturnError(code, message, hints: [remedy])
  }
}
