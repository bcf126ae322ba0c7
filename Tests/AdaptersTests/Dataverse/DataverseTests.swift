import Foundation
import Keyturn
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Adapters

@Suite struct DataverseTests {
  private static let token = AccessToken(SecretValue("eyJ0.recognisable-token.c2ln"))

  @Test func `takes the ids of a good answer, in lower case`() async throws {
    let identity = try await ask("who-am-i").get()
    #expect(
      identity
        == ResourceIdentity(
          organizationID: "883278f5-07af-45eb-a0bc-3fea67caa544",
          userID: "4026be43-6b69-e111-8f65-78e7d1620f5e"))
  }

  @Test(arguments: [
    (
      "no-ids", CallFailure.Verdict.transient(retryAfter: nil), "with JSON of another kind",
      "sign-in page"
    ),
    ("zero-ids", .transient(retryAfter: nil), "in place of who we are", "sign-in page"),
    ("ids-that-are-none", .transient(retryAfter: nil), "in place of who we are", "sign-in page"),
    ("web-page", .transient(retryAfter: nil), "with a web page in place of", "sign-in page"),
    ("cut-off", .transient(retryAfter: nil), "with JSON that breaks off", "sign-in page"),
    (
      "other-tenant", .blocked, "it belongs to the tenant 72f988bf-86f1-41af-91ab-2d7cd011db47",
      "tenant's id in the configuration"
    ),
    (
      "other-tenant-quoted", .blocked,
      "it belongs to the tenant 72f988bf-86f1-41af-91ab-2d7cd011db47", "environment:"
    ),
    ("unauthorized-silently", .blocked, "does not accept the token (401)", "environment:"),
    (
      "not-a-member", .blocked, "403 0x80072560",
      "https://admin.powerplatform.microsoft.com: Manage > Environments > (environment) > Settings"
        + " > Users + permissions > Application users"
    ),
    ("disabled-user", .blocked, "has disabled the application user", "Application users"),
    ("missing-privilege", .blocked, "is missing prvReadUser privilege", "security role"),
    ("forbidden-otherwise", .blocked, "Something about the token •••", "firewall"),
    ("forbidden-page", .blocked, "(403, a web page)", "firewall"),
    ("not-found", .blocked, "has no Web API at this address (404)", "Environment URL"),
    ("too-many-requests", .transient(retryAfter: 41), "had too many requests of", "wait"),
    ("too-much-work", .transient(retryAfter: 42), "has worked too long for", "wait"),
    ("too-many-at-once", .transient(retryAfter: 43), "application user at once", "wait"),
    ("throttled-otherwise", .transient(retryAfter: 44), "asks to wait (429)", "wait"),
    ("unavailable", .transient(retryAfter: 45), "is not available (503)", "later"),
    ("bad-request", .blocked, "(400 0x80060888: Bad Request", "environment:"),
  ])
  func `explains an answer that does not say who we are`(
    name: String, verdict: CallFailure.Verdict, words: String, advice: String
  ) async throws {
    guard case .failure(let failure) = try await ask(name) else {
      Issue.record("\(name) was taken for an identity")
      return
    }
    #expect(failure.verdict == verdict)
    #expect(failure.message.hasPrefix("contoso.crm.dynamics.com "))
    #expect(failure.message.contains(words), "\(failure.message)")
    #expect(failure.message.contains("(request "))
    #expect(failure.remedy.contains(advice), "\(failure.remedy)")
  }

  @Test func `no two refusals read the same`() async throws {
    let names = try Fixture.names(in: "Dataverse").filter {
      !["who-am-i", "other-tenant-quoted", "zero-ids", "ids-that-are-none"].contains($0)
    }
    var messages: Set<String> = []
    for name in names {
      guard case .failure(let failure) = try await ask(name) else { continue }
      messages.insert(failure.message)
    }
    #expect(messages.count == names.count)
  }

  @Test(arguments: ["https://contoso.crm.dynamics.com", "https://contoso.crm.dynamics.com/"])
  func `asks for WhoAmI of version 9.2, and for nothing else`(environment: String) async throws {
    let sent = Mutex<HTTPExchangeRequest?>(nil)
    let response = try Fixture("Dataverse", "who-am-i").response()
    let transport = HTTPTransport { request in
      sent.withLock { $0 = request }
      return response
    }
    let client = DataverseClient(transport: transport, context: TestWorld().context)
    _ = try await client.whoAmI(
      environment: try URL.written(environment), token: Self.token)
    let request = try #require(sent.withLock { $0 })
    #expect(request.method == .GET)
    #expect(
      request.url.absoluteString == "https://contoso.crm.dynamics.com/api/data/v9.2/WhoAmI")
    #expect(request.body.isEmpty)
    #expect(
      request.headers.first(name: "Authorization") == "Bearer eyJ0.recognisable-token.c2ln")
    #expect(request.headers.first(name: "OData-Version") == "4.0")
    #expect(request.headers.first(name: "OData-MaxVersion") == "4.0")
    #expect(request.headers.first(name: "Accept") == "application/json")
    #expect(request.headers.first(name: "client-request-id") != nil)
  }

  private func ask(_ name: String) async throws -> Result<ResourceIdentity, CallFailure> {
    let transport = try Fixture("Dataverse", name).transport(repeating: Self.token.value.reveal())
    let client = DataverseClient(transport: transport, context: TestWorld().context)
    let environment = try URL.written("https://contoso.crm.dynamics.com")
    do {
      return .success(try await client.whoAmI(environment: environment, token: Self.token))
    } catch {
      return .failure(error)
    }
  }
}
