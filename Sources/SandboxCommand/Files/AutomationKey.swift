import Crypto
import CryptoExtras
import Foundation
import SimulatedTenant
import SwiftASN1
import X509

/// The key of the automation application, with its certificate: new with each start.
///
/// The same key signs the tokens of a platform that does not exist, for workload identities.
struct AutomationKey: Sendable {
  /// Who issues those tokens, and for whom.
  static let subject = "system:serviceaccount:keyturn:nightly"

  private static let lifetime: TimeInterval = 365 * 86_400
  private let key: _RSA.Signing.PrivateKey
  private let certificate: Certificate

  /// Makes a key of 2048 bits and a certificate for a year.
  init(now: Date) throws {
    key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let name = try DistinguishedName { CommonName("keyturn sandbox automation") }
    certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(),
      publicKey: Certificate.PublicKey(key.publicKey),
      notValidBefore: now.addingTimeInterval(-86_400),
      notValidAfter: now.addingTimeInterval(Self.lifetime), issuer: name, subject: name,
      signatureAlgorithm: .sha256WithRSAEncryption, extensions: Certificate.Extensions(),
      issuerPrivateKey: Certificate.PrivateKey(key))
  }

  /// Key and certificate, as `certificate_file` wants them.
  var pem: String {
    get throws {
      key.pkcs8PEMRepresentation + "\n" + (try certificate.serializeAsPEM().pemString) + "\n"
    }
  }

  /// The certificate, as it is uploaded to an application.
  func registered(keyID: String) throws -> RegisteredCertificate {
    RegisteredCertificate(
      keyID: keyID, displayName: "CN=keyturn sandbox automation",
      encoded: Data(try certificate.serializeAsPEM().derBytes),
      publicKey: key.publicKey.pemRepresentation, startsAt: certificate.notValidBefore,
      expiresAt: certificate.notValidAfter)
  }

  /// The federated credential that trusts ``platformToken(issuer:)``.
  func federatedCredential(issuer: String) -> FederatedCredential {
    FederatedCredential(
      issuer: issuer, subject: Self.subject, publicKey: key.publicKey.pemRepresentation)
  }

  /// What a platform would write to `AZURE_FEDERATED_TOKEN_FILE`, valid for a year.
  func platformToken(issuer: String) throws -> String {
    let claims: [String: Any] = [
      "iss": issuer, "sub": Self.subject, "aud": "api://AzureADTokenExchange",
      "nbf": Int(certificate.notValidBefore.timeIntervalSince1970),
      "exp": Int(certificate.notValidAfter.timeIntervalSince1970),
    ]
    let parts = [["alg": "RS256", "typ": "JWT", "kid": "sandbox"], claims]
    let signed = try parts.map {
      Self.base64URL(try JSONSerialization.data(withJSONObject: $0, options: .sortedKeys))
    }.joined(separator: ".")
    let signature = try key.signature(
      for: SHA256.hash(data: Data(signed.utf8)), padding: .insecurePKCS1v1_5)
    return "\(signed).\(Self.base64URL(signature.rawRepresentation))"
  }

  /// Base64 for URLs, without padding (RFC 4648 section 5).
  private static func base64URL(_ data: Data) -> String {
    data.base64EncodedString().replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
  }
}
