import Foundation
import Keyturn
import NIOHTTP1

/// Requests to the token endpoint of a tenant, for tokens that open Microsoft Graph.
///
/// Source: RFC 6749 section 4.4, RFC 7523 section 2.2, RFC 8628 section 3.4.
struct TokenGrant: Sendable {
  let transport: HTTPTransport
  let context: Context
  /// The tenant, with keyturn's own client id and Graph's scope in place of the connection's.
  let connection: Connection
  /// What the requests present.
  let credential: AADSTSTable.Credential

  /// Requests on behalf of the application `clientID`, in the tenant of `server`.
  init(
    _ world: SignInWorld, tenant: SignInTenant, clientID: String,
    credential: AADSTSTable.Credential
  ) {
    transport = world.transport
    context = world.context
    connection = tenant.connection(clientID: clientID)
    self.credential = credential
  }

  /// Signs in with an application's own credential.
  func token(_ fields: [(String, String)], withholding secret: SecretValue)
    async throws(GraphSignInFailure) -> GrantedToken
  {
    try await token(
      grant: "client_credentials", [("scope", connection.scope)] + fields, secret,
      isRepeatable: true)
  }

  /// Signs in with a client assertion (RFC 7523).
  func token(assertion: SecretValue) async throws(GraphSignInFailure) -> GrantedToken {
    try await token(
      [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion.reveal()),
      ], withholding: assertion)
  }

  /// Asks for the token that belongs to a device code, once.
  func token(deviceCode: SecretValue) async throws(GraphSignInFailure) -> GrantedToken {
    try await token(
      grant: "urn:ietf:params:oauth:grant-type:device_code",
      [("device_code", deviceCode.reveal())], deviceCode)
  }

  private func token(
    grant: String, _ fields: [(String, String)], _ secret: SecretValue, isRepeatable: Bool = false
  ) async throws(GraphSignInFailure) -> GrantedToken {
    let own = [("client_id", connection.clientID), ("grant_type", grant)]
    let reading = try await ask(
      connection.server.tokenEndpoint, own + fields, secret, isRepeatable: isRepeatable)
    do {
      let token = try reading.token()
      // Without a lifetime, a token is used for the one call that asked for it.
      let lifetime = TimeInterval(reading.answer?.expiresIn ?? 0)
      return GrantedToken(token: token, expiresAt: context.now().addingTimeInterval(lifetime))
    } catch {
      var failure = GraphSignInFailure(error)
      failure.error = reading.answer?.error
      failure.codes = reading.answer?.codes ?? []
      throw failure
    }
  }

  /// Sends form fields, and takes apart what comes back.
  ///
  /// What is repeatable goes over a connection that others have used: a night of many tenants signs in
  /// hundreds of times at one host.
  func ask(
    _ url: URL, _ fields: [(String, String)], _ secret: SecretValue, isRepeatable: Bool = false
  ) async throws(GraphSignInFailure) -> TokenReading {
    let headers: HTTPHeaders = [
      "Accept": "application/json", "client-request-id": context.uuid7(),
    ]
    var request = HTTPExchangeRequest.post(
      url, form: FormBody(fields.map { (name: $0.0, value: $0.1) }), headers: headers)
    request.keepsConnection = isRepeatable
    do {
      return try await send(request, secret)
    } catch {
      guard isRepeatable, error.reason == .closed else {
        throw GraphSignInFailure(error.callFailure)
      }
    }
    // A kept connection may have been closed just now; that says nothing about the service.
    request.keepsConnection = false
    do {
      return try await send(request, secret)
    } catch {
      throw GraphSignInFailure(error.callFailure)
    }
  }

  private func send(
    _ request: HTTPExchangeRequest, _ secret: SecretValue
  ) async throws(TransportFailure) -> TokenReading {
    TokenReading(
      try await transport.send(request), of: connection, withholding: secret, as: credential,
      now: context.now())
  }
}
