import Foundation
import Keyturn
import Testing

@testable import Adapters

/// Certificates, and the credentials of service principals, as Graph writes them.
@Suite struct CredentialElementTests {
  private static let id = "f0b0b335-1d71-4883-8f98-567911bfdca6"

  @Test func `of a certificate its key is not read`() throws {
    let application = try Self.application(
      #""passwordCredentials":[],"keyCredentials":[\#(Self.key(1, usage: "Verify"))]"#)
    let certificate = try #require(application.certificates?.first)
    #expect(application.secrets == [])
    #expect(certificate.keyID == Self.keyID(1))
    #expect(certificate.displayName == "CN=key 1")
    #expect(certificate.expiresAt == Timestamp.parse("2027-11-22T19:50:29Z"))
    #expect(certificate.startsAt == Timestamp.parse("2026-11-22T19:50:29Z"))
    #expect(!String(describing: application).contains("MIIC"))
  }

  @Test func `what a service principal signs with is one certificate, and no client secret`() throws
  {
    let opener = """
      {"customKeyIdentifier":"sJSK8eAhdTCx=","displayName":"CN=key 1","hint":null,
      "endDateTime":"2027-11-22T19:50:29Z","keyId":"\(Self.keyID(2))","secretText":null,
      "startDateTime":"2026-11-22T19:50:29Z"}
      """
    let text = """
      "passwordCredentials":[\(opener)],"keyCredentials":[\(Self.key(2, usage: "Sign")),
      \(Self.key(1, usage: "Verify"))]
      """
    let principal = try Self.application(text, .servicePrincipal)
    #expect(principal.kind == .servicePrincipal)
    #expect(principal.secrets == [])
    #expect(principal.certificates?.map(\.keyID) == [Self.keyID(1)])
    // With nothing but client secrets asked for there is nothing to watch.
    #expect(
      try Self.read(#""passwordCredentials":[\#(opener)]"#, .servicePrincipal)
        == .removed(try #require(GUID(Self.id))))
    // Old client secrets of applications have identifiers, and names that people chose.
    #expect(
      try Self.application(#""passwordCredentials":[\#(opener)]"#).secrets?.count == 1)
  }

  @Test func `a key that signs alone counts, and one that encrypts does not`() throws {
    let keys = [Self.key(1, usage: "Sign"), Self.key(2, usage: "Encrypt")].joined(separator: ",")
    let application = try Self.application(#""keyCredentials":[\#(keys)]"#)
    #expect(application.certificates?.map(\.keyID) == [Self.keyID(1)])
    #expect(application.secrets == nil)
  }

  @Test(arguments: [
    #""passwordCredentials":[],"keyCredentials":[]"#, #""passwordCredentials":[]"#,
    #""servicePrincipalType":"ManagedIdentity","passwordCredentials":[],"keyCredentials":[\#(key(1, usage: "Verify"))]"#,
    #""servicePrincipalType":"ManagedIdentity""#, #""@removed":{"reason":"deleted"}"#,
  ])
  func `a service principal without credentials, and a machine's, is not watched`(
    text: String
  ) throws {
    #expect(try Self.read(text, .servicePrincipal) == .removed(try #require(GUID(Self.id))))
  }

  @Test func `a change that tells of no credentials is none of their removal`() throws {
    let principal = try Self.application(
      #""displayName":"new","keyCredentials":null"#, .servicePrincipal)
    #expect(principal.secrets == nil)
    #expect(principal.certificates == nil)
  }

  @Test(arguments: [
    ("null", nil), (#""soon""#, nil), (#""12027-01-01T00:00:00Z""#, "9999-12-31T23:59:59Z"),
    (#""9999-12-31T23:59:59.9999999Z""#, "9999-12-31T23:59:59Z"), ("7", nil),
  ])
  func `dates of certificates may be anything`(written: String, read: String?) throws {
    let application = try Self.application(
      #""keyCredentials":[{"keyId":"\#(Self.keyID(1))","endDateTime":\#(written)}]"#)
    #expect(application.certificates?.first?.expiresAt == read.flatMap(Timestamp.parse))
  }

  @Test func `a certificate that can't be told from others, or is said twice`() throws {
    #expect(try Self.read(#""keyCredentials":[{"usage":"Verify"}]"#) == .unreadable)
    #expect(try Self.read(#""keyCredentials":[null]"#) == .unreadable)
    #expect(throws: JSONReader.Malformed.self) {
      _ = try Self.read(#""keyCredentials":[],"keyCredentials":[]"#)
    }
    #expect(throws: JSONReader.Malformed.self) {
      _ = try Self.read(#""keyCredentials":[{"usage":"Sign","usage":"Verify"}]"#)
    }
  }

  private static func keyID(_ number: UInt64) -> GUID { GUID(high: 0x4000, low: number) }

  private static func key(_ number: UInt64, usage: String) -> String {
    """
    {"customKeyIdentifier":"sJSK8eAhdTCx=","displayName":"CN=key \(number)",
    "endDateTime":"2027-11-22T19:50:29Z","key":"MIICqjCCAZKgAwIBAgIQ","keyId":"\(keyID(number))",
    "startDateTime":"2026-11-22T19:50:29Z","type":"AsymmetricX509Cert","usage":"\(usage)"}
    """
  }

  private static func application(
    _ text: String, _ kind: ObservedKind = .application
  ) throws -> ObservedApplication {
    guard case .application(let application) = try read(text, kind) else {
      throw JSONReader.Malformed(offset: -1)
    }
    return application
  }

  private static func read(
    _ text: String, _ kind: ObservedKind = .application
  ) throws -> ApplicationElement {
    try Array(#"{"id":"\#(id)",\#(text)}"#.utf8).withUnsafeBufferPointer {
      try ApplicationElement($0, kind)
    }
  }
}
