import Crypto
import CryptoExtras
import Foundation
import Keyturn
import SwiftASN1
import X509

/// A certificate with its private key, as an application signs in with it.
struct SigningCertificate: Sendable {
  /// The private key, of at least 2048 bits.
  let key: _RSA.Signing.PrivateKey
  /// The DER encoding, of which Microsoft knows the thumbprints.
  let encoded: [UInt8]
  let validFrom: Date
  let validUntil: Date

  /// The certificate of a PEM file, which nobody but its owner may open.
  ///
  /// Throws: ``GraphSignInFailure`` where it is not there, others may read it, or it can't be used.
  static func load(_ path: String) throws(GraphSignInFailure) -> SigningCertificate {
    let file = SecretFile(
      title: "the certificate file", path: path, limit: 1 << 18,
      restoring:
        "check certificate_file in the configuration; it holds the key and the certificate",
      exposed: "if others had access to it, make a new key and remove the old certificate from the"
        + " application")
    do {
      return try SigningCertificate(pem: try file.read(), origin: path)
    } catch {
      throw GraphSignInFailure(error)
    }
  }

  /// Takes the key and its certificate out of PEM; other certificates, in any order, may be there.
  ///
  /// Source: RFC 7468. Throws: ``KeyturnError`` (configuration) that says what is missing or wrong.
  init(pem: String, origin: String) throws(KeyturnError) {
    let documents: [PEMDocument]
    do {
      documents = try PEMDocument.parseMultiple(pemString: pem)
    } catch {
      throw Self.problem(origin, "is not PEM", Self.recipe)
    }
    key = try Self.key(among: documents, origin)
    let certificates = documents.filter { $0.discriminator == "CERTIFICATE" }
    guard !certificates.isEmpty else {
      throw Self.problem(origin, "has a key, but no certificate", Self.append)
    }
    let wanted = Certificate.PublicKey(key.publicKey)
    for document in certificates {
      guard let certificate = try? Certificate(derEncoded: document.derBytes) else {
        throw Self.problem(origin, "has a certificate that can't be read", Self.append)
      }
      guard certificate.publicKey == wanted else { continue }
      encoded = document.derBytes
      validFrom = certificate.notValidBefore
      validUntil = certificate.notValidAfter
      return
    }
    throw Self.problem(origin, "has a certificate, but of another key", Self.append)
  }

  /// Throws where the certificate is out of date; nothing is sent then.
  func check(at now: Date, origin: String) throws(GraphSignInFailure) {
    guard now >= validFrom else {
      throw GraphSignInFailure(
        "the certificate \(origin.shown()) is valid from \(Timestamp.format(validFrom)) only",
        remedy: "compare this machine's clock with the time: timedatectl")
    }
    guard now < validUntil else {
      throw GraphSignInFailure(
        "the certificate \(origin.shown()) has expired on \(Timestamp.day(validUntil))",
        remedy: "make a new key and certificate, upload the certificate to the application, and put"
          + " both into the file")
    }
  }

  private static func key(
    among documents: [PEMDocument], _ origin: String
  ) throws(KeyturnError) -> _RSA.Signing.PrivateKey {
    let keys = documents.filter { $0.discriminator.hasSuffix("PRIVATE KEY") }
    guard let document = keys.first else {
      throw problem(
        origin, "has no private key", "put the key into the same file, in front of the certificate")
    }
    guard keys.count == 1 else {
      throw problem(origin, "has \(keys.count) private keys", "leave one of them")
    }
    switch document.discriminator {
    case "ENCRYPTED PRIVATE KEY":
      throw problem(
        origin, "has an encrypted key, and at night nobody is there to enter its passphrase",
        "write it without: openssl pkey -in OLD -out NEW, with the certificate behind it")
    case "EC PRIVATE KEY", "DSA PRIVATE KEY":
      throw problem(origin, "has a key that is not RSA: Microsoft Entra takes no other", recipe)
    default: break
    }
    guard let key = try? _RSA.Signing.PrivateKey(pemRepresentation: document.pemString) else {
      throw problem(
        origin, "has a key that is not RSA of 2048 bits or more: Microsoft Entra takes no other",
        recipe)
    }
    return key
  }

  private static func problem(_ origin: String, _ what: String, _ hint: String) -> KeyturnError {
    KeyturnError(
      .configuration, "the certificate file \(origin.shown()) \(what)", hints: [hint])
  }

  private static let append =
    "put the certificate of that key into the same file, in PEM, behind the key"
  private static let recipe =
    "make both with: openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=keyturn"
    + " -keyout graph.pem -out graph.pem"
}
