import Foundation
import Keyturn

/// Microsoft Graph over HTTP.
///
/// Source: Microsoft Graph v1.0, resource `application`; the sign-in reports are beta.
public struct GraphClient: Directory {
  let transport: HTTPTransport
  let tokens: any GraphTokens
  let context: Context
  let certificatePace = CertificatePace()
  private let writes = WriteQueue()

  /// A client that sends through `transport`, with tokens from `tokens`.
  public init(transport: HTTPTransport, tokens: any GraphTokens, context: Context) {
    self.transport = transport
    self.tokens = tokens
    self.context = context
  }

  public func application(
    _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> DirectoryApplication {
    let clientID = caller.connection.clientID
    let answer = try await send(
      .application(clientID, selecting: DirectoryApplication.properties), for: caller)
    guard answer.isSuccess else { throw answer.failure }
    guard let application = answer.body.flatMap({ DirectoryApplication($0, clientID: clientID) })
    else { throw answer.unreadable("the application with its client secrets") }
    return application
  }

  public func addPassword(
    named displayName: String, until end: Date, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> ClientSecret {
    let clientID = caller.connection.clientID
    let call = GraphCall.addPassword(displayName, until: end, to: clientID)
    do {
      return try await writes.alone(at: clientID.lowercased()) { () throws(DirectoryFailure) in
        let answer = try await send(call, for: caller)
        guard answer.isSuccess else { throw answer.failure }
        guard let secret = answer.body.flatMap({ ClientSecret($0) }) else {
          throw answer.unreadable("a client secret with its value")
        }
        return secret
      }
    } catch {
      guard error.verdict == .full else { throw error }
      throw await naming(error, caller)
    }
  }

  public func removePassword(
    keyID: String, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) {
    let clientID = caller.connection.clientID
    let call = GraphCall.removePassword(keyID, from: clientID)
    try await writes.alone(at: clientID.lowercased()) { () throws(DirectoryFailure) in
      let answer = try await send(call, for: caller)
      guard answer.isSuccess else { throw answer.failure }
    }
  }

  public func ownCredential(
    _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> OwnCredential? {
    try await tokens.ownCredential(for: caller)
  }

  /// A failure for want of room, with the client secrets that have ended and could go first.
  private func naming(
    _ failure: DirectoryFailure, _ caller: DirectoryCaller
  ) async -> DirectoryFailure {
    guard let application = try? await application(caller) else { return failure }
    let now = context.now()
    let ended = application.passwords.filter { $0.expiresAt.map { $0 <= now } ?? false }
      .sorted { ($0.expiresAt ?? now, $0.keyID) < ($1.expiresAt ?? now, $1.keyID) }
    guard !ended.isEmpty else { return failure }
    let names = ended.prefix(5).map { password in
      "\(password.keyID) (ended \(password.expiresAt.map(Timestamp.day) ?? "?"))"
    }
    let more = ended.count > names.count ? " and \(ended.count - names.count) more" : ""
    var failure = failure
    failure.remedy =
      "remove those that have ended first: \(names.joined(separator: ", "))\(more); "
      + failure.remedy
    return failure
  }
}
