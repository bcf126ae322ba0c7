import Foundation
import Keyturn
import NIOSSL

/// The authorities whose certificates are believed: the system's, and those of `tls: ca_file`.
enum TrustedCertificates {
  /// The directory of the system's authorities, where each is found by the hash of its name; nil where
  /// there is none, or where the system's one large file may say something else.
  ///
  /// To read the large file, as is usual, takes a run several milliseconds and half a megabyte; of the
  /// directory only what is asked for is read. In a container somebody may have put a file of his own
  /// over the large one alone, so that it counts wherever the two differ in number.
  /// Source: openssl-rehash(1), update-ca-certificates(8).
  static let systemDirectory = directory(within: "/etc/ssl/certs", bundle: "ca-certificates.crt")

  static func directory(within path: String, bundle: String) -> String? {
    let folder = URL(filePath: path)
    guard let bundle = try? Data(contentsOf: folder.appending(path: bundle)),
      let names = try? FileManager.default.contentsOfDirectory(atPath: path)
    else { return nil }
    let hashed = names.count { name in
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      return parts.count == 2 && parts[0].count == 8 && parts[0].allSatisfy(\.isHexDigit)
        && UInt(parts[1]) != nil
    }
    return hashed > 0 && hashed == count(of: "-----BEGIN CERTIFICATE-----", in: bundle) ? path : nil
  }

  private static func count(of text: String, in data: Data) -> Int {
    let sought = Data(text.utf8)
    var (count, rest) = (0, data[...])
    while let found = rest.range(of: sought) {
      count += 1
      rest = rest[found.upperBound...]
    }
    return count
  }

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
