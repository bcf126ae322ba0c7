import Foundation
import Keyturn

/// `sign_in: connection`: Graph is called with the connection's own application and its current secret.
///
/// A token is kept in memory until five minutes before its end. It is never written anywhere.
public actor ConnectionTokens: GraphTokens {
  /// What a token was given for; another secret is another sign-in.
  private struct Key: Hashable {
    var tokenEndpoint: URL
    var clientID: String
    var secret: SecretValue
  }

  /// How long before its end a token is given up, in seconds: calls take time, and clocks differ.
  private static let margin: TimeInterval = 300

  private let service: TokenEndpointClient
  private let context: Context
  private var kept: [Key: AccessToken] = [:]

  /// Tokens from the tenants' token endpoints, over `transport`.
  public init(transport: HTTPTransport, context: Context) {
    service = TokenEndpointClient(transport: transport, context: context)
    self.context = context
  }

  public func token(
    for caller: DirectoryCaller, isFresh: Bool
  ) async throws(DirectoryFailure) -> AccessToken {
    guard case .entra(_, let cloud) = caller.connection.server.kind else {
      throw .notMicrosoft(caller.connection.server)
    }
    guard let secret = caller.secret else {
      throw DirectoryFailure(
        .notSignedIn,
        "signing in to Microsoft Graph: the value of the client secret is not recorded",
        remedy: "record it with: keyturn record, or choose another sign_in for the tenant")
    }
    let key = Key(
      tokenEndpoint: caller.connection.server.tokenEndpoint,
      clientID: caller.connection.clientID.lowercased(), secret: secret)
    let soon = context.now().addingTimeInterval(Self.margin)
    kept = kept.filter { $0.value.expiresAt.map { $0 > soon } ?? false }
    if !isFresh, let token = kept[key] { return token }
    var connection = caller.connection
    connection.scope = cloud.graphScope
    switch await service.requestToken(for: connection, secret: secret) {
    case .granted(let token):
      // Without an end nobody knows how long it is good for: it serves one call.
      kept[key] = token.expiresAt == nil ? nil : token
      return token
    case .failed(let failure):
      kept[key] = nil
      throw DirectoryFailure(signingIn: failure)
    }
  }

  /// Always nil: the connection's own secret is watched anyway.
  public func ownCredential(
    for caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> OwnCredential? {
    nil
  }
}

extension Cloud {
  /// The scope of a token for this cloud's Graph.
  var graphScope: String {
    var address = graph.absoluteString
    while address.hasSuffix("/") { address.removeLast() }
    return address + "/.default"
  }
}

extension DirectoryFailure {
  /// A sign-in to Graph that failed: later where waiting helps, else somebody has to permit it.
  init(signingIn failure: CallFailure) {
    let verdict: Verdict =
      switch failure.verdict {
      case .transient(let retryAfter): .later(retryAfter: retryAfter)
      case .wrongOrNotReplicated, .expired, .refused, .blocked, .unreachable: .notSignedIn
      }
    self.init(
      verdict, "signing in to Microsoft Graph: \(failure.message)", remedy: failure.remedy)
  }

  /// Graph belongs to Microsoft Entra; other authorization servers have nothing like it.
  static func notMicrosoft(_ server: AuthorizationServer) -> DirectoryFailure {
    DirectoryFailure(
      .refused,
      "the tenant \(server.name.shown(upTo: 100)) is not one of Microsoft Entra, so there is no"
        + " Microsoft Graph for it",
      remedy: "make and remove its secrets by hand, without graph: in the configuration")
  }
}
