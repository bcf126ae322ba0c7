import Foundation
import Keyturn
import NIOSSL

/// Reads the certificates of `tls: ca_file`.
enum TrustedCertificates {
  /// Every certificate of a PEM file.
  ///
  /// Throws: ``KeyturnError`` that names the file, where there is none to be had.
  static func read(_ path: String) throws(KeyturnError) -> [NIOSSLCertificate] {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw KeyturnError(
        .configuration, "the CA file \(path.shown()) can't be read: \(reason(error))",
        hints: ["name a file that this user may read as tls: ca_file"])
    }
    guard let certificates = try? NIOSSLCertificate.fromPEMBytes([UInt8](bytes)),
      !certificates.isEmpty
    else {
      throw KeyturnError(
        .configuration, "the CA file \(path.shown()) holds no certificate in PEM form",
        hints: [
          "it must have lines -----BEGIN CERTIFICATE-----; a .der or .cer file is converted with:"
            + " openssl x509 -inform der -in FILE -out ca.pem"
        ])
    }
    return certificates
  }

  private static func reason(_ error: any Error) -> String {
    switch (error as? CocoaError)?.code {
    case .fileReadNoSuchFile: "there is no such file"
    case .fileReadNoPermission: "permission denied"
    default: "it is not a readable file"
    }
  }
}
