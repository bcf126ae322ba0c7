import Foundation

/// One client secret of an application, as far as keyturn knows it.
public struct ClientSecret: Sendable, Equatable {
  /// Where the end date comes from.
  public enum Source: String, Sendable, Codable {
    /// An administrator gave it.
    case recorded
    /// It was derived from the day of creation and the policy's lifetime; the portal may say otherwise.
    case assumed
    /// Microsoft Graph returned it.
    case graph
  }

  /// The key id, which the portal calls "Secret ID".
  public var keyID: String?
  /// The first three characters of the value.
  public var hint: String?
  public var startsAt: Date?
  public var expiresAt: Date
  public var source: Source
  /// The value; nil where only the lifetime is recorded.
  public var value: SecretValue?
  /// When the value was last accepted by the authorization server (and by the environment, if any).
  public var validatedAt: Date?
  /// Why the newest validation failed; nil after one that succeeded.
  public var failure: ValidationFailure?
  /// The marker in its display name, for a secret that a rotation made.
  public var marker: String?

  /// Makes a secret; the hint follows from the value where there is one.
  public init(
    keyID: String? = nil, hint: String? = nil, startsAt: Date? = nil, expiresAt: Date,
    source: Source, value: SecretValue? = nil, validatedAt: Date? = nil,
    failure: ValidationFailure? = nil, marker: String? = nil
  ) {
    self.keyID = keyID
    self.hint = value?.hint ?? hint
    self.startsAt = startsAt
    self.expiresAt = expiresAt
    self.source = source
    self.value = value
    self.validatedAt = validatedAt
    self.failure = failure
    self.marker = marker
  }

  /// Whether Microsoft Graph has said that the key id is this secret's: one that a person gave may be that
  /// of another secret.
  var isIdentified: Bool { keyID != nil && source == .graph }

  /// How people recognise it: the key id if known, else the hint, else the end date.
  public var designation: String {
    if let keyID { return keyID }
    if let hint { return "\(hint)***" }
    return "ending \(Timestamp.day(expiresAt))"
  }
}

extension ClientSecret {
  /// Remembers a validation that failed.
  ///
  /// Where nothing was learned, what was known stays known: a secret that was refused yesterday is
  /// not merely unknown today because its tenant does not answer.
  mutating func note(_ newest: CallFailure, at now: Date) {
    let remembered = newest.remembered(at: now)
    if remembered.kind == .unreachable, let kind = failure?.kind, kind != .unreachable {
      failure?.at = now
    } else {
      failure = remembered
    }
  }
}

extension ClientSecret? {
  /// What happened to it, as the audit trail has it: the key id first, where it is known.
  func told(_ result: String) -> String {
    map { "secret \($0.designation): \(result)" } ?? result
  }
}

/// A validation that did not succeed, as it is remembered.
public struct ValidationFailure: Sendable, Equatable, Codable {
  /// What it says about the secret.
  public enum Kind: String, Sendable, Codable {
    /// The authorization server says that it has expired.
    case expired
    /// The authorization server says that the value is wrong.
    case refused
    /// The value may be right, but something else stands in the way: application, tenant, user.
    case blocked
    /// Microsoft Graph no longer shows it: somebody deleted it, or a change was lost.
    case missing
    /// Nothing was learned: no connection, throttled, an answer that makes no sense.
    case unreachable
  }

  public var kind: Kind
  public var at: Date
  public var message: String
  public var remedy: String

  /// Makes a failure; the texts are safe to show.
  public init(kind: Kind, at: Date, message: String, remedy: String) {
    self.kind = kind
    self.at = at
    self.message = message
    self.remedy = remedy
  }
}
