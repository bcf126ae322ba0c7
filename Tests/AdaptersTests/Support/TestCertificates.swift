import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A certificate authority that lives as long as a test.
struct TestCertificates {
  private let key = P256.Signing.PrivateKey()
  private let root: Certificate

  init() throws {
    let name = try DistinguishedName { CommonName("keyturn test CA") }
    root = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(),
      publicKey: Certificate.PublicKey(key.publicKey), notValidBefore: Self.day(-900),
      notValidAfter: Self.day(900), issuer: name, subject: name,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        Critical(KeyUsage(keyCertSign: true))
      },
      issuerPrivateKey: Certificate.PrivateKey(key))
  }

  /// The authority's certificate, as a CA file holds it.
  var pem: String {
    get throws { try root.serializeAsPEM().pemString }
  }

  /// A server's settings with a certificate for `name`, valid between two days from today.
  func server(
    name: String = "localhost", from first: Double = -1, to last: Double = 30
  ) throws -> TLSConfiguration {
    let serverKey = P256.Signing.PrivateKey()
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(),
      publicKey: Certificate.PublicKey(serverKey.publicKey), notValidBefore: Self.day(first),
      notValidAfter: Self.day(last), issuer: root.subject,
      subject: try DistinguishedName { CommonName(name) }, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        try ExtendedKeyUsage([.serverAuth])
        SubjectAlternativeNames([.dnsName(name)])
      },
      issuerPrivateKey: Certificate.PrivateKey(key))
    let leaf = try NIOSSLCertificate(
      bytes: Array(try certificate.serializeAsPEM().pemString.utf8), format: .pem)
    let privateKey = try NIOSSLPrivateKey(
      bytes: Array(serverKey.pemRepresentation.utf8), format: .pem)
    return .makeServerConfiguration(
      certificateChain: [.certificate(leaf)], privateKey: .privateKey(privateKey))
  }

  private static func day(_ offset: Double) -> Date {
    // Real time: the TLS library asks the machine's clock.
    Date(timeIntervalSinceNow: offset * 86_400)
  }
}
