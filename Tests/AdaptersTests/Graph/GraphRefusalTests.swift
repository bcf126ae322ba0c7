import Foundation
import Keyturn
import NIOHTTP1
import TestSupport
import Testing

@testable import Adapters

/// Recorded and made-up answers that are no success, for writes and for reads.
@Suite struct GraphRefusalTests {
  typealias Verdict = DirectoryFailure.Verdict

  @Test(arguments: [
    ("forbidden", Verdict.forbidden, "keyturn may not do this (403 Authorization_RequestDenied"),
    ("too-many-passwords", .full, "can have two client secrets, and has them"),
    ("too-many-passwords-in-details", .full, "can have two client secrets, and has them"),
    ("too-large", .full, "can hold no more values (400 Request_BadRequest: The size of"),
    ("too-large-of-old", .full, "can hold no more values (403 Directory_ResourceSizeExceeded"),
    ("no-such-password", .unknownPassword, "the application has no such client secret"),
    ("lifetime-policy", .lifetimeTooLong, "wants client secrets that live shorter"),
    ("inner-errors", .lifetimeTooLong, "(400 inner: Outer words; request deep-id;"),
    ("type-policy", .passwordsForbidden, "allows the application no client secrets"),
    ("not-found", .unknownApplication, "there is no such application, or it may not be seen"),
    ("bad-request", .refused, "Microsoft Graph does not accept the call (400 Request_BadRequest"),
    ("terminal-codes", .refused, #"Request_\u{1b}[31mBad: \u{1b}[2J\u{202e}harmless? xxx"#),
    ("concurrency", .maybeDone(retryAfter: nil), "somebody else changes the tenant"),
    ("concurrency-of-2022", .maybeDone(retryAfter: nil), "somebody else changes the tenant"),
    ("unavailable", .maybeDone(retryAfter: 12), "serviceNotAvailable: The service is unavailable;"),
    ("gateway-page", .maybeDone(retryAfter: nil), "has a passing fault (504"),
    ("policy-code-in-503", .maybeDone(retryAfter: nil), "has a passing fault (503 Credential"),
    ("throttled", .later(retryAfter: 300), "too often (429 UnknownError; request 93b6"),
    ("throttled-by-something", .later(retryAfter: 7), "too often (429; client request"),
    ("forbidden-page", .maybeDone(retryAfter: nil), "answered 403 with a web page, which is not"),
    ("not-found-page", .maybeDone(retryAfter: nil), "answered 404 with a web page, which is not"),
    ("empty-success", .maybeDone(retryAfter: nil), "the answer 200 holds an empty answer in place"),
    ("page-in-place-of-success", .maybeDone(retryAfter: nil), "holds a web page in place of"),
    ("list-in-place-of-success", .maybeDone(retryAfter: nil), "holds JSON of another kind in"),
    ("numbers", .maybeDone(retryAfter: nil), "in place of a client secret with its value"),
    ("cut-off", .maybeDone(retryAfter: nil), "holds JSON that breaks off or is malformed in"),
  ])
  func `explains why no client secret came`(
    name: String, verdict: Verdict, words: String
  ) async throws {
    let client = try GraphClient.answering(name)
    let failure = try await #require(throws: DirectoryFailure.self) {
      try await client.addPassword()
    }
    #expect(failure.verdict == verdict)
    #expect(failure.message.hasPrefix("making a client secret in Microsoft Graph: "))
    #expect(failure.message.contains(words), "\(failure.message)")
    #expect(failure.message.utf8.count < 800)
    #expect(!failure.remedy.isEmpty)
    #expect(!failure.remedy.contains("{"), "\(failure.remedy)")
  }

  @Test(arguments: [
    ("forbidden", Verdict.forbidden), ("not-found", .unknownApplication),
    ("not-found-page", .refused), ("forbidden-page", .later(retryAfter: nil)),
    ("throttled", .later(retryAfter: 300)), ("unavailable", .later(retryAfter: 12)),
    ("concurrency", .later(retryAfter: nil)), ("gateway-page", .later(retryAfter: nil)),
    ("empty-success", .later(retryAfter: nil)), ("numbers", .later(retryAfter: nil)),
    ("cut-off", .later(retryAfter: nil)), ("page-in-place-of-success", .later(retryAfter: nil)),
  ])
  func `a read that fails has changed nothing`(name: String, verdict: Verdict) async throws {
    let client = try GraphClient.answering(name)
    let caller = try DirectoryCaller.entra()
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await client.application(caller)
    }
    #expect(failure.verdict == verdict)
  }

  @Test func `names what Microsoft's support asks for`() async throws {
    let client = try GraphClient.answering("forbidden")
    let failure = try await #require(throws: DirectoryFailure.self) {
      try await client.addPassword()
    }
    #expect(
      failure.message
        == "making a client secret in Microsoft Graph: keyturn may not do this"
        + " (403 Authorization_RequestDenied: Insufficient privileges to complete the operation;"
        + " request 93b6f17e-c05d-4f45-ad2a-6665c708d8a0;"
        + " client request e70c5c1b-8b47-68c0-3171-3d22f5e0bd54; 2026-11-22T02:10:02Z)")
    #expect(failure.remedy.contains("Application.ReadWrite.OwnedBy"))
    #expect(failure.remedy.contains("az ad app owner add --id \(Connection.entraClient)"))
  }

  @Test(arguments: [
    (GraphAccess.SignIn.azureCLI, "Cloud Application Administrator"),
    (.deviceCode(clientID: "x"), "Cloud Application Administrator"),
    (.managedIdentity(clientID: nil), "the identity that keyturn signs in with"),
    (.certificate(clientID: "4b0ffee4", file: "x"), "az ad sp show --id 4b0ffee4"),
  ])
  func `says who needs the rights`(signIn: GraphAccess.SignIn, words: String) async throws {
    let client = try GraphClient.answering("forbidden")
    var caller = try DirectoryCaller.entra()
    caller.connection.server.graph = GraphAccess(signIn: signIn)
    let asking = caller
    let failure = try await failure { () throws(DirectoryFailure) in
      try await client.removePassword(keyID: "f0b0b335-1d71-4883-8f98-567911bfdca6", asking)
    }
    #expect(failure.verdict == .forbidden)
    #expect(failure.remedy.contains(words), "\(failure.remedy)")
  }

  @Test(arguments: [
    (TransportFailure.Reason.refused, Verdict.later(retryAfter: nil), true),
    (.unknownName, .later(retryAfter: nil), true), (.unreachable, .later(retryAfter: nil), true),
    (.tlsFailed, .later(retryAfter: nil), true), (.proxyRefused, .later(retryAfter: nil), true),
    (.certificateNotTrusted, .refused, true),
    (.certificateForOtherName, .refused, true),
    (.notTLS, .refused, true), (.proxyNeedsCredentials, .refused, true),
    (.redirect(to: "elsewhere"), .refused, true), (.notEncrypted, .refused, true),
    (.timedOut(30), .maybeDone(retryAfter: nil), false),
    (.closed, .maybeDone(retryAfter: nil), false), (.notHTTP, .maybeDone(retryAfter: nil), false),
    (.bodyTooLarge(limit: 1), .maybeDone(retryAfter: nil), false),
    (.interrupted, .maybeDone(retryAfter: nil), false),
    (.other("something"), .maybeDone(retryAfter: nil), false),
  ])
  func `a write that may have left this machine may be done`(
    reason: TransportFailure.Reason, verdict: Verdict, isSameForReads: Bool
  ) async throws {
    let client = GraphClient.answering { request throws(TransportFailure) in
      throw TransportFailure(TransportFailure.Peer(request.url), reason)
    }
    let caller = try DirectoryCaller.entra()
    let write = try await #require(throws: DirectoryFailure.self) {
      try await client.addPassword()
    }
    let read = try await failure { () throws(DirectoryFailure) in
      _ = try await client.application(caller)
    }
    #expect(write.verdict == verdict)
    #expect(read.verdict == (isSameForReads ? verdict : .later(retryAfter: nil)))
    #expect(write.message.contains("client request "))
  }

  @Test func `a token that is refused is replaced once, and no more`() async throws {
    let tokens = FixedTokens()
    let good = try Fixture("Graph", "add-password").response()
    let refusal = HTTPExchangeResponse(status: 401, headers: [:], body: Data())
    let accepting = GraphClient.answering(
      { $0.headers.first(name: "Authorization")?.hasSuffix("-1") == true ? good : refusal },
      tokens: tokens)
    _ = try await accepting.addPassword()
    #expect(tokens.freshCount == 1)
    let refusing = GraphClient.answering({ _ in refusal }, tokens: tokens)
    let failure = try await #require(throws: DirectoryFailure.self) {
      try await refusing.addPassword()
    }
    #expect(failure.verdict == .notSignedIn)
    #expect(tokens.freshCount == 2)
  }

  @Test func `passes on with what keyturn itself signs in`() async throws {
    let client = try GraphClient.answering("forbidden")
    let credential = try await client.ownCredential(.entra())
    #expect(credential?.name == "the certificate /etc/keyturn/graph.pem")
  }

  @Test func `there is no Graph beside other authorization servers`() async throws {
    let client = try GraphClient.answering("application")
    let caller = DirectoryCaller(try .standard(), secret: nil)
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await client.application(caller)
    }
    #expect(failure.verdict == .refused)
  }
}
