import Foundation
import Keyturn

/// Reads one answer of a token endpoint.
struct TokenReading {
  let response: HTTPExchangeResponse
  let connection: Connection
  let answer: TokenAnswer?
  /// From the answer's `Retry-After`, in seconds.
  let retryAfter: TimeInterval?
  /// What the request presented; the meaning of some codes depends on it.
  let credential: AADSTSTable.Credential
  private let secret: SecretValue
  private let now: Date

  init(
    _ response: HTTPExchangeResponse, of connection: Connection, withholding secret: SecretValue,
    as credential: AADSTSTable.Credential = .connectionSecret, now: Date
  ) {
    self.response = response
    self.credential = credential
    self.connection = connection
    self.secret = secret
    self.now = now
    answer = try? JSONDecoder().decode(TokenAnswer.self, from: response.body)
    retryAfter = RetryAfter.seconds(in: response.headers, now: now)
  }

  /// The token, if one was granted.
  ///
  /// Throws: ``CallFailure`` that says why not.
  func token() throws(CallFailure) -> AccessToken {
    guard response.status == 200 else {
      throw switch connection.server.kind {
      case .entra: entraRefusal
      case .standard: standardRefusal
      }
    }
    guard let value = answer?.accessToken else {
      throw CallFailure(
        .transient(retryAfter: retryAfter),
        "\(host) answered with \(response.bodyKind) in place of a token", remedy: Self.inBetween)
    }
    guard answer?.tokenType?.lowercased() == "bearer" else {
      let type = answer?.tokenType.map { "of the type \(quote($0, upTo: 40))" } ?? "without a type"
      throw CallFailure(
        .blocked, "\(host) gave a token \(type), where a bearer token is needed",
        remedy: "set the authorization server to bearer tokens for this client")
    }
    // RFC 6750 section 2.1 allows less; anything beyond visible ASCII would break the header.
    guard value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw CallFailure(
        .blocked, "\(host) gave a token with characters that no request can carry",
        remedy: Self.inBetween)
    }
    return AccessToken(SecretValue(value), expiresAt: expiresAt)
  }

  /// When the token ends by `expires_in` (RFC 6749 section 5.1); nil where that says nothing.
  private var expiresAt: Date? {
    guard let lifetime = answer?.expiresIn, lifetime > 0 else { return nil }
    // Entra's longest tokens live 28 hours; what claims more is asked for again after a day.
    return now.addingTimeInterval(TimeInterval(min(lifetime, 86_400)))
  }

  /// The host of the token endpoint.
  var host: String {
    (connection.server.tokenEndpoint.host() ?? "the authorization server").shown(upTo: 100)
  }

  /// Text of the answer, safe to show.
  func quote(_ text: String, upTo limit: Int) -> String {
    text.quoted(upTo: limit, withholding: secret)
  }

  static let inBetween =
    "check the token endpoint's address, and whether a proxy or a sign-in page of the network"
    + " answers in its place"
}
