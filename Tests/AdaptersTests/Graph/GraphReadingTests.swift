import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// What is made of successful answers, and of those that only look like it.
@Suite struct GraphReadingTests {
  @Test func `keeps every credential, whatever its other members are`() async throws {
    let client = try GraphClient.answering("application")
    let application = try await client.application(.entra())
    #expect(application.objectID == "0d77e011-2fc6-438f-8b93-decb4f926929")
    #expect(application.displayName == Connection.entraClient)
    let passwords = application.passwords
    #expect(
      passwords.map { $0.keyID.prefix(8) } == [
        "f0b0b335", "11111111", "22222222", "33333333", "44444444",
      ])
    #expect(
      passwords.map(\.displayName)
        == ["Magentrix D365 Secret · kt-ab12-cd34ef", "Old name", "rbac", "Initial", nil])
    #expect(passwords.map(\.hint) == ["Nsn", nil, "abc", "abc", nil])
    let ends = passwords.map { $0.expiresAt.map(Timestamp.format) }
    #expect(
      ends == ["2028-02-29T23:59:59Z", "9999-12-31T23:59:59Z", nil, nil, "2027-01-01T00:00:00Z"])
    #expect(passwords.map { $0.startsAt != nil } == [true, false, false, false, false])
  }

  @Test func `reads an application with a thousand credentials`() async throws {
    let credentials = (0..<1_000).map { number in
      #"{"customKeyIdentifier":null,"displayName":"x","endDateTime":"2027-01-01T00:00:00Z","#
        + #""hint":"abc","keyId":"00000000-0000-4000-8000-\#(String(100_000_000_000 + number))","#
        + #""secretText":null,"startDateTime":"2026-01-01T00:00:00Z"}"#
    }
    let client = GraphClient.answering(json: Self.application(credentials.joined(separator: ",")))
    let application = try await client.application(.entra())
    #expect(Set(application.passwords.map(\.keyID)).count == 1_000)
  }

  @Test(arguments: [
    #"{"keyId":"no guid"}"#, #"{"keyId":null}"#, "{}", "null", "1", #"["a"]"#,
    #"{"keyId":"f0b0b335-1d71-4883-8f98-567911bfdca6"},1e999"#,
  ])
  func `an application with a credential that has no key id is not read`(
    credential: String
  ) async throws {
    let client = GraphClient.answering(json: Self.application(credential))
    let caller = try DirectoryCaller.entra()
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await client.application(caller)
    }
    #expect(failure.verdict == .later(retryAfter: nil))
  }

  @Test(arguments: [
    #"{"id":"0d77e011-2fc6-438f-8b93-decb4f926929","appId":"\#(Connection.entraClient)"}"#,
    application("", id: "x"), application("", appID: "0d77e011-2fc6-438f-8b93-decb4f926929"),
    String(repeating: #"{"a":"#, count: 2_000), String(repeating: "[", count: 100_000),
  ])
  func `what is not the application that was asked for is not read`(body: String) async throws {
    let client = GraphClient.answering(json: body)
    let caller = try DirectoryCaller.entra()
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await client.application(caller)
    }
    #expect(failure.verdict == .later(retryAfter: nil))
  }

  @Test func `takes the secret that was made as it was returned`() async throws {
    let secret = try await GraphClient.answering("add-password").addPassword()
    #expect(secret.keyID == "f0b0b335-1d71-4883-8f98-567911bfdca6")
    #expect(secret.value?.reveal() == "[6g8Q~recognisable-value-of-a-client-secret")
    #expect(secret.hint == "[6g")
    #expect(Timestamp.format(secret.expiresAt) == "2028-02-29T02:10:00Z")
    let fraction = secret.expiresAt.timeIntervalSince1970.truncatingRemainder(dividingBy: 1)
    #expect(abs(fraction - 0.3086381) < 1e-6)
    #expect(secret.startsAt.map(Timestamp.format) == "2026-11-22T02:10:00Z")
    #expect(secret.source == .graph)
  }

  @Test(arguments: [
    #""keyId":"f0b0b335-1d71-4883-8f98-567911bfdca6","endDateTime":"2027-01-01T00:00:00Z""#,
    #""keyId":"f0b0b335-1d71-4883-8f98-567911bfdca6","secretText":"recognisable""#,
    #""secretText":"recognisable","endDateTime":"2027-01-01T00:00:00Z""#,
    made(secret: "null"), made(secret: #""""#), made(secret: "7"),
    made(secret: #""recognisable ""#),
    made(secret: #""recognisable\u0000""#), made(secret: #""recognisäble""#),
    made(secret: "\"\(String(repeating: "recognisable", count: 50))\""),
    made(secret: #""recognisable""#, end: #""2027-02-30T00:00:00Z""#),
    made(secret: #""recognisable""#, end: "null"),
  ])
  func `a secret that can't be read was made all the same`(members: String) async throws {
    let client = GraphClient.answering(json: "{\(members)}")
    let failure = try await #require(throws: DirectoryFailure.self) {
      try await client.addPassword()
    }
    #expect(failure.verdict == .maybeDone(retryAfter: nil))
    #expect(!"\(failure)".contains("recognisable"))
  }

  @Test(arguments: [
    ("https://graph.microsoft.com/v1.0/x?$skiptoken=1", true),
    ("https://graph.example.com/v1.0/x", false), ("http://graph.microsoft.com/v1.0/x", false),
    ("https://graph.microsoft.com:8443/v1.0/x", false),
    ("https://user@graph.microsoft.com/v1.0/x", false), ("/v1.0/x", false),
  ])
  func `a token follows a page to its own host only`(link: String, isFollowed: Bool) throws {
    guard case .entra(_, let cloud) = try Connection.entra().server.kind else { return }
    var call = GraphCall(purpose: "", path: "x")
    call.page = try .written(link)
    #expect((call.url(in: cloud) != nil) == isFollowed)
  }

  @Test func `a client id can't leave its place in the address`() throws {
    guard case .entra(_, let cloud) = try Connection.entra().server.kind else { return }
    let url = GraphCall.application("a')/b?c#d ä%", selecting: ["id"]).url(in: cloud)
    #expect(
      url?.absoluteString
        == "https://graph.microsoft.com/v1.0/applications(appId='a%27%27%29%2Fb%3Fc%23d%20%C3%A4%25')"
        + "?$select=id")
  }

  static func application(
    _ credentials: String, id: String = "0d77e011-2fc6-438f-8b93-decb4f926929",
    appID: String = Connection.entraClient
  ) -> String {
    #"{"id":"\#(id)","appId":"\#(appID)","displayName":"x","passwordCredentials":[\#(credentials)]}"#
  }

  static func made(secret: String, end: String = #""2027-01-01T00:00:00Z""#) -> String {
    #""keyId":"f0b0b335-1d71-4883-8f98-567911bfdca6","secretText":\#(secret),"endDateTime":\#(end)"#
  }
}
