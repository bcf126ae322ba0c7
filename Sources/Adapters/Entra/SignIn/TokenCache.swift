import Foundation
import Keyturn

/// Tokens in memory, one for each identity; whoever asks at the same time shares one sign-in.
actor TokenCache {
  /// Who signs in, and where.
  struct Key: Hashable {
    var tenant: String
    var resource: String
    var identity: String
  }

  private typealias SignIn = Task<Result<GrantedToken, GraphSignInFailure>, Never>

  private var tokens: [Key: GrantedToken] = [:]
  private var running: [Key: SignIn] = [:]

  /// The token of `key`; `signIn` gets one where there is none, or a fresh one is wanted.
  func token(
    for key: Key, isFresh: Bool, at now: Date,
    _ signIn: @escaping @Sendable () async -> Result<GrantedToken, GraphSignInFailure>
  ) async throws(GraphSignInFailure) -> AccessToken {
    if !isFresh, let known = tokens[key], known.isUsable(at: now) { return known.token }
    if let running = running[key] { return try await running.value.get().token }
    tokens[key] = nil
    let task = SignIn { await signIn() }
    running[key] = task
    let result = await task.value
    running[key] = nil
    let granted = try result.get()
    tokens[key] = granted
    return granted.token
  }
}
