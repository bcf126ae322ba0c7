import Foundation
import Keyturn

/// Microsoft Graph v1.0 over HTTP.
public struct GraphClient: Directory {
  private let transport: HTTPTransport
  private let context: Context

  /// A client that sends through `transport`.
  public init(transport: HTTPTransport, context: Context) {
    self.transport = transport
    self.context = context
  }

  public func application(
    _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> DirectoryApplication { throw Self.todo }

  public func addPassword(
    named displayName: String, until end: Date, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> ClientSecret { throw Self.todo }

  public func removePassword(
    keyID: String, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) { throw Self.todo }

  public func longestLifetime(
    _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> TimeInterval? { throw Self.todo }

  public func newestSignIn(
    keyID: String, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> CredentialSignIn? { throw Self.todo }

  public func ownCredential(
    _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> OwnCredential? { throw Self.todo }

  private static let todo = DirectoryFailure(.refused, "not yet", remedy: "")
}
