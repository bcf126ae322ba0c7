import Crypto
public import Foundation

/// A certificate with which an application signs in, as it was uploaded: without its private key.
public struct RegisteredCertificate: Sendable, Equatable {
  /// The certificate's id in the portal.
  public let keyID: String
  /// The subject, as the portal shows it.
  public let displayName: String
  /// The DER encoding.
  public let encoded: Data
  /// The RSA public key, in PEM.
  public let publicKey: String
  /// When it begins to be valid.
  public let startsAt: Date
  /// When it stops being valid.
  public let expiresAt: Date
  /// SHA-256 of the DER encoding.
  public let sha256: Data
  /// SHA-1 of the DER encoding, which the portal calls the thumbprint.
  public let sha1: Data

  /// Reads nothing itself: whoever uploads a certificate knows its parts.
  ///
  /// - Parameters:
  ///   - keyID: The certificate's id.
  ///   - displayName: The subject.
  ///   - encoded: The DER encoding.
  ///   - publicKey: The RSA public key, in PEM.
  ///   - startsAt: When it begins to be valid.
  ///   - expiresAt: When it stops being valid.
  public init(
    keyID: String, displayName: String, encoded: Data, publicKey: String, startsAt: Date,
    expiresAt: Date
  ) {
    self.keyID = keyID.lowercased()
    self.displayName = displayName
    self.encoded = encoded
    self.publicKey = publicKey
    self.startsAt = startsAt
    self.expiresAt = expiresAt
    sha256 = Data(SHA256.hash(data: encoded))
    sha1 = Data(Insecure.SHA1.hash(data: encoded))
  }

  /// A key credential of Graph's application resource; the key only where it was selected by name.
  func keyCredential(showsKey: Bool) -> JSON {
    [
      "customKeyIdentifier": .string(sha1.map { JWT.hexadecimal($0) }.joined()),
      "displayName": .string(displayName),
      "endDateTime": .string(WireTime.graph(expiresAt)),
      "key": showsKey ? .string(encoded.base64EncodedString()) : .null,
      "keyId": .string(keyID),
      "startDateTime": .string(WireTime.graph(startsAt)),
      "type": "AsymmetricX509Cert",
      "usage": "Verify",
    ]
  }
}

/// Tokens of another issuer that an application may sign in with.
///
/// See <https://learn.microsoft.com/graph/api/resources/federatedidentitycredential>.
public struct FederatedCredential: Sendable, Equatable {
  /// The issuer, as the token writes it.
  public var issuer: String
  /// The subject, as the token writes it.
  public var subject: String
  /// The audience, as the token writes it.
  public var audience: String
  /// The issuer's RSA public key in PEM, which Entra would fetch from the issuer.
  public var publicKey: String

  /// Trusts an issuer's tokens for one subject.
  public init(
    issuer: String, subject: String, audience: String = "api://AzureADTokenExchange",
    publicKey: String
  ) {
    self.issuer = issuer
    self.subject = subject
    self.audience = audience
    self.publicKey = publicKey
  }
}
