import Foundation

/// The resource that a connection's token is for: a Dynamics 365 environment.
public protocol Resource: Sendable {
  /// Asks the environment who the token's bearer is.
  ///
  /// Throws: ``CallFailure``. A token proves the secret; only this proves the access.
  func whoAmI(environment: URL, token: AccessToken) async throws(CallFailure) -> ResourceIdentity
}
