import Foundation
import Keyturn
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Adapters

@Suite struct TokenEndpointTests {
  private static let secret = SecretValue("Xy8~Q+recognisable/=&%Z")

  @Test(arguments: ["granted", "granted-numbers-as-text", "standard-granted"])
  func `takes the token of a good answer`(name: String) async throws {
    let outcome = try await outcome(name)
    #expect(outcome.tokenText?.hasPrefix("eyJ") == true)
  }

  @Test(arguments: [
    "7000215", "7000215-before-2024", "7000215-description-only", "7000215-codes-as-text",
  ])
  func `reads a wrong secret in each form that Entra has had`(name: String) async throws {
    let failure = try #require(try await outcome(name).failure)
    #expect(failure.verdict == .wrongOrNotReplicated)
    #expect(failure.message.hasPrefix("AADSTS7000215: the client secret is wrong"))
    #expect(failure.message.contains("trace 18ca6aad-314e-4069-9bb3-ddf8cd312100"))
    #expect(failure.message.contains("correlation 5cdbfdc4-bb99-48ca-b411-f53541f6ed62"))
    #expect(failure.message.contains("2026-11-22 02:10:02Z"))
    #expect(failure.remedy.contains("Credentials/appId/46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b"))
  }

  @Test(arguments: [
    ("7000222", CallFailure.Verdict.expired, "AADSTS7000222: the client secret has expired"),
    ("700016", .blocked, "AADSTS700016: the tenant has no application"),
    ("90002", .blocked, "AADSTS90002: there is no such tenant in this cloud"),
    ("unknown-invalid-client", .refused, "AADSTS7999999: invalid_client: A text that"),
    ("unknown-invalid-request", .blocked, "AADSTS999999: invalid_request: A text that"),
    ("unknown-unavailable", .transient(retryAfter: 7), "AADSTS999998: temporarily_unavailable"),
    ("known-code-in-503", .transient(retryAfter: nil), "AADSTS7000215"),
    ("throttled", .transient(retryAfter: 120), "AADSTS90055: the tenant sends Microsoft too many"),
    ("terminal-codes", .blocked, #"AADSTS999996: invalid_request: \u{1b}[2J\u{202e}harmless?"#),
    ("forbidden-by-proxy", .transient(retryAfter: nil), "answered 403 with a web page, which is"),
    ("empty-404", .blocked, "answered 404 with an empty answer: there is no token endpoint"),
    ("web-page-in-place-of-a-token", .transient(retryAfter: nil), "with a web page in place of"),
    ("cut-off-token", .transient(retryAfter: nil), "with JSON that breaks off or is malformed in"),
    ("nothing-in-place-of-a-token", .transient(retryAfter: nil), "with an empty answer in place"),
    ("plain-text-in-place-of-a-token", .transient(retryAfter: nil), "with plain text in place"),
    ("json-without-a-token", .transient(retryAfter: nil), "with JSON of another kind in place"),
    ("empty-token", .transient(retryAfter: nil), "with JSON of another kind in place"),
    ("token-of-another-type", .blocked, "gave a token of the type DPoP, where a bearer"),
    ("token-without-a-type", .blocked, "gave a token without a type, where a bearer"),
    ("token-with-a-line-break", .blocked, "gave a token with characters that no request can"),
    ("standard-empty-403", .refused, "idp.example.com refuses this client id and secret (403)"),
    ("standard-invalid-client", .refused, "refuses this client id and secret (401 invalid_client)"),
    ("standard-unauthorized-page", .blocked, "does not accept the request (401) with a web page"),
    ("standard-own-words", .refused, "refuses this client id and secret (401 Unauthorized)"),
    ("standard-scope-invalid", .blocked, "does not know the scope"),
    ("standard-invalid-scope", .blocked, "(400 invalid_scope: The requested scope is invalid"),
    ("standard-unauthorized-client", .blocked, "may not use the client credentials grant"),
    ("standard-invalid-request", .blocked, "(400 invalid_request: client_secret=••• was sent"),
    ("standard-unsupported-grant", .blocked, "does not support the client credentials grant"),
    ("standard-access-denied", .blocked, "does not let this client in (403 access_denied)"),
    ("standard-something-else", .blocked, "does not accept the request (418 teapot)"),
    ("standard-404", .blocked, "has no token endpoint at this address (404)"),
    ("standard-503", .transient(retryAfter: 9), "is not available (503)"),
    ("standard-429", .transient(retryAfter: 300), "asks to wait (429 slow_down)"),
  ])
  func `explains an answer that is no token`(
    name: String, verdict: CallFailure.Verdict, words: String
  ) async throws {
    let failure = try #require(try await outcome(name).failure)
    #expect(failure.verdict == verdict)
    #expect(failure.message.contains(words), "\(failure.message)")
    #expect(!failure.remedy.isEmpty)
  }

  @Test func `says less where a server repeats the secret`() async throws {
    let failure = try #require(try await outcome("echo").failure)
    #expect(failure.message.contains("The value '•••' or ••• is not accepted."))
    #expect(failure.message.contains("trace •••"))
  }

  @Test func `sends the secret once, in the form, and on its own`() async throws {
    let sent = Mutex<HTTPExchangeRequest?>(nil)
    let response = try Fixture("Entra", "granted").response()
    let transport = HTTPTransport { request in
      sent.withLock { $0 = request }
      return response
    }
    let client = TokenEndpointClient(transport: transport, context: TestWorld().context)
    _ = await client.requestToken(for: try .entra(), secret: Self.secret)
    let request = try #require(sent.withLock { $0 })
    #expect(
      request.url.absoluteString
        == "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2/v2.0/token"
    )
    #expect(request.method == .POST)
    #expect(request.headers.first(name: "Content-Type") == "application/x-www-form-urlencoded")
    let requestID = try #require(request.headers.first(name: "client-request-id"))
    #expect(UUID(uuidString: requestID) != nil)
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == "client_id=46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b"
        + "&scope=https%3A%2F%2Fcontoso.crm.dynamics.com%2F.default"
        + "&client_secret=Xy8%7EQ%2Brecognisable%2F%3D%26%25Z&grant_type=client_credentials")
    #expect(!"\(request)".contains("recognisable"))
    #expect(!String(reflecting: request).contains("recognisable"))
  }

  @Test func `tells other servers nothing of Microsoft's`() async throws {
    let sent = Mutex<HTTPExchangeRequest?>(nil)
    let response = try Fixture("Entra", "standard-granted").response()
    let transport = HTTPTransport { request in
      sent.withLock { $0 = request }
      return response
    }
    let client = TokenEndpointClient(transport: transport, context: TestWorld().context)
    _ = await client.requestToken(for: try .standard(), secret: Self.secret)
    let request = try #require(sent.withLock { $0 })
    #expect(request.headers.first(name: "client-request-id") == nil)
    #expect(request.url.absoluteString == "https://idp.example.com/oauth2/token")
  }

  /// What becomes of a recorded answer; it repeats the secret where a fixture has a place for it.
  private func outcome(_ name: String) async throws -> TokenOutcome {
    let connection: Connection = try name.hasPrefix("standard") ? .standard() : .entra()
    let transport = try Fixture("Entra", name).transport(repeating: Self.secret.reveal())
    let client = TokenEndpointClient(transport: transport, context: TestWorld().context)
    return await client.requestToken(for: connection, secret: Self.secret)
  }
}
