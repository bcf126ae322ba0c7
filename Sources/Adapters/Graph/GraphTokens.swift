import Keyturn

/// Gives access tokens for Microsoft Graph.
public protocol GraphTokens: Sendable {
  /// A token for Graph; `isFresh` wants one that no earlier call has used (the last one was refused).
  func token(
    for caller: DirectoryCaller, isFresh: Bool
  ) async throws(DirectoryFailure) -> AccessToken

  /// The credential behind it, where it is one that ends.
  func ownCredential(for caller: DirectoryCaller) async throws(DirectoryFailure) -> OwnCredential?
}
