import Foundation
import Keyturn
import NIOHTTP1

/// Client-credentials calls over HTTP, to Microsoft Entra or to any server of RFC 6749.
///
/// Source: RFC 6749 section 4.4; Microsoft, "OAuth 2.0 client credentials flow on the Microsoft
/// identity platform".
public struct TokenEndpointClient: TokenService {
  private let transport: HTTPTransport
  private let context: Context

  /// A client that sends through `transport`.
  public init(transport: HTTPTransport, context: Context) {
    self.transport = transport
    self.context = context
  }

  public func requestToken(
    for connection: Connection, secret: SecretValue
  ) async -> TokenOutcome {
    let form = FormBody([
      ("client_id", connection.clientID), ("scope", connection.scope),
      ("client_secret", secret.reveal()), ("grant_type", "client_credentials"),
    ])
    var headers: HTTPHeaders = ["Accept": "application/json"]
    if case .entra = connection.server.kind {
      headers.add(name: "client-request-id", value: context.uuid7())
    }
    let response: HTTPExchangeResponse
    do {
      response = try await transport.send(
        .post(connection.server.tokenEndpoint, form: form, headers: headers))
    } catch {
      return .failed(error.callFailure)
    }
    let reading = TokenReading(response, of: connection, withholding: secret, now: context.now())
    do {
      return .granted(try reading.token())
    } catch {
      return .failed(error)
    }
  }
}
