import Crypto
import CryptoExtras
import Foundation
import SimulatedTenant
import SwiftASN1
import X509

/// An RSA key with its own certificate, as an application signs in with it.
package struct SignInCertificate: Sendable {
  /// One for everybody, because making a key takes a while: valid around the tests' night.
  package static let shared = try? SignInCertificate()
  /// Another key, which nobody has registered.
  package static let stranger = try? SignInCertificate()

  private let key: _RSA.Signing.PrivateKey
  private let certificate: Certificate

  /// Makes a key of 2048 bits and a certificate, valid from and until days around the tests' night.
  package init(from first: Double = -30, until last: Double = 60) throws {
    try self.init(key: _RSA.Signing.PrivateKey(keySize: .bits2048), from: first, until: last)
  }

  private init(key: _RSA.Signing.PrivateKey, from first: Double, until last: Double) throws {
    self.key = key
    let name = try DistinguishedName { CommonName("keyturn automation") }
    certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(),
      publicKey: Certificate.PublicKey(key.publicKey),
      notValidBefore: TestWorld.night.addingTimeInterval(first * 86_400),
      notValidAfter: TestWorld.night.addingTimeInterval(last * 86_400), issuer: name,
      subject: name, signatureAlgorithm: .sha256WithRSAEncryption,
      extensions: Certificate.Extensions(), issuerPrivateKey: Certificate.PrivateKey(key))
  }

  /// Another certificate of the same key.
  package func renewed(from first: Double, until last: Double) throws -> SignInCertificate {
    try SignInCertificate(key: key, from: first, until: last)
  }

  package var keyPEM: String { key.pkcs8PEMRepresentation + "\n" }
  /// The same key in the form of PKCS#1, which older tools write.
  package var oldKeyPEM: String { key.pemRepresentation + "\n" }
  package var publicKeyPEM: String { key.publicKey.pemRepresentation + "\n" }
  package var certificatePEM: String {
    get throws { try certificate.serializeAsPEM().pemString + "\n" }
  }
  package var expiresAt: Date { certificate.notValidAfter }

  /// The certificate as it is uploaded to an application.
  package var registered: RegisteredCertificate {
    get throws {
      RegisteredCertificate(
        keyID: "9e3ac8bd-0b0b-4b0e-9a3d-5b7d6b0f4c11", displayName: "CN=keyturn automation",
        encoded: Data(try certificate.serializeAsPEM().derBytes), publicKey: publicKeyPEM,
        startsAt: certificate.notValidBefore, expiresAt: certificate.notValidAfter)
    }
  }

  /// A token that somebody else issues, signed with this key (RS256).
  package func token(header: String? = nil, claims: String) throws -> String {
    let parts = [header ?? #"{"alg":"RS256","typ":"JWT","kid":"1"}"#, claims]
    let signed = parts.map { Self.base64URL(Data($0.utf8)) }.joined(separator: ".")
    let signature = try key.signature(
      for: SHA256.hash(data: Data(signed.utf8)), padding: .insecurePKCS1v1_5)
    return "\(signed).\(Self.base64URL(signature.rawRepresentation))"
  }

  private static func base64URL(_ data: Data) -> String {
    data.base64EncodedString().replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
  }
}
