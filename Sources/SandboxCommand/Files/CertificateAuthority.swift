import Crypto
import Foundation
import SwiftASN1
import X509

/// The sandbox's own certificate authority, which signs the certificate of its server.
struct CertificateAuthority {
  /// Why an authority that was made earlier cannot be used.
  enum Problem: Error, CustomStringConvertible {
    case expired(Date)
    case incomplete

    var description: String {
      switch self {
      case .expired(let date): "the certificate authority expired on \(date)"
      case .incomplete: "of ca.pem and ca-key.pem only one is there"
      }
    }
  }

  private static let lifetime: TimeInterval = 365 * 86_400

  private let certificate: Certificate
  private let key: P256.Signing.PrivateKey

  /// The authority that a folder holds; it is made where there is none.
  static func found(in files: SandboxFiles, now: Date) throws -> CertificateAuthority {
    switch (try files.read("ca.pem"), try files.read("ca-key.pem")) {
    case (nil, nil):
      let authority = try CertificateAuthority(now: now)
      try files.create()
      try files.write(authority.certificate.serializeAsPEM().pemString + "\n", to: "ca.pem")
      try files.write(authority.key.pemRepresentation + "\n", to: "ca-key.pem")
      return authority
    case (let certificate?, let key?):
      let authority = CertificateAuthority(
        certificate: try Certificate(pemEncoded: certificate),
        key: try P256.Signing.PrivateKey(pemRepresentation: key))
      guard now < authority.certificate.notValidAfter else {
        throw Problem.expired(authority.certificate.notValidAfter)
      }
      return authority
    default:
      throw Problem.incomplete
    }
  }

  private init(certificate: Certificate, key: P256.Signing.PrivateKey) {
    self.certificate = certificate
    self.key = key
  }

  /// Makes a new authority.
  private init(now: Date) throws {
    key = P256.Signing.PrivateKey()
    let name = try DistinguishedName { CommonName("keyturn sandbox CA") }
    let publicKey = Certificate.PublicKey(key.publicKey)
    certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
      notValidBefore: now.addingTimeInterval(-86_400),
      notValidAfter: now.addingTimeInterval(Self.lifetime),
      issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(keyCertSign: true, cRLSign: true))
        SubjectKeyIdentifier(hash: publicKey)
      },
      issuerPrivateKey: Certificate.PrivateKey(key))
  }

  /// Signs a certificate for 127.0.0.1 and for names.
  func issue(for names: [String], now: Date) throws -> IssuedCertificate {
    let serverKey = P256.Signing.PrivateKey()
    let publicKey = Certificate.PublicKey(serverKey.publicKey)
    let loopback = GeneralName.ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1]))
    let server = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
      notValidBefore: now.addingTimeInterval(-86_400),
      notValidAfter: min(now.addingTimeInterval(Self.lifetime), certificate.notValidAfter),
      issuer: certificate.subject,
      subject: try DistinguishedName { CommonName("localhost") },
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth])
        SubjectAlternativeNames(names.map(GeneralName.dnsName) + [loopback])
        SubjectKeyIdentifier(hash: publicKey)
        AuthorityKeyIdentifier(
          keyIdentifier: SubjectKeyIdentifier(
            hash: Certificate.PublicKey(key.publicKey)
          ).keyIdentifier)
      },
      issuerPrivateKey: Certificate.PrivateKey(key))
    return IssuedCertificate(
      certificatePEM: try server.serializeAsPEM().pemString + "\n",
      keyPEM: serverKey.pemRepresentation + "\n")
  }
}
