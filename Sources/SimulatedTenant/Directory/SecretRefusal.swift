/// Why the directory does not do what was asked with a client secret.
public enum SecretRefusal: Error, Sendable, Equatable {
  /// No application has this client id.
  case unknownApplication
  /// The application has no secret with this key id, or the replica that was asked shows none.
  case unknownSecret
  /// The end is not after the start.
  case endsBeforeItStarts
  /// The portal offers no such lifetime.
  case lifetimeBeyondPortal
  /// A policy forbids client secrets.
  case forbiddenByPolicy(id: String)
  /// A policy forbids this lifetime.
  case lifetimeForbiddenByPolicy(id: String)
  /// The audience of the application allows no more secrets.
  case tooManySecrets(limit: Int)
  /// The application object can take no more values.
  case objectTooLarge
}
