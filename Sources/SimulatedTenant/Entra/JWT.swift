import Crypto
import CryptoExtras
import Foundation

/// A signed token that a client presents, taken apart (RFC 7515, RFC 7519).
struct JWT: Sendable {
  struct Header: Decodable, Sendable {
    var alg: String
    var sha1: String?
    var sha256: String?

    private enum CodingKeys: String, CodingKey {
      case alg
      case sha1 = "x5t"
      case sha256 = "x5t#S256"
    }
  }

  struct Claims: Decodable, Sendable {
    var iss: String?
    var sub: String?
    var aud: String?
    var jti: String?
    var nbf: Double?
    var exp: Double?
  }

  let header: Header
  let claims: Claims
  private let signed: Data
  private let signature: Data

  /// `nil` where the text is no signed token.
  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let head = Self.decode(parts[0]), let body = Self.decode(parts[1]),
      let signature = Self.decode(parts[2]),
      let header = try? JSONDecoder().decode(Header.self, from: head),
      let claims = try? JSONDecoder().decode(Claims.self, from: body)
    else { return nil }
    self.header = header
    self.claims = claims
    self.signature = signature
    signed = Data("\(parts[0]).\(parts[1])".utf8)
  }

  /// Whether the signature is that of a public key in PEM; `nil` for an algorithm that is not taken.
  func isSigned(with publicKey: String) -> Bool? {
    let padding: _RSA.Signing.Padding
    switch header.alg {
    case "PS256": padding = .PSS
    case "RS256": padding = .insecurePKCS1v1_5
    default: return nil
    }
    guard let key = try? _RSA.Signing.PublicKey(pemRepresentation: publicKey) else { return false }
    return key.isValidSignature(
      _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: signed),
      padding: padding)
  }

  /// Whether it is valid at a moment; Entra allows for clocks that are five minutes wrong.
  func isCurrent(at moment: Date) -> Bool {
    let now = moment.timeIntervalSince1970
    return (claims.nbf ?? now) <= now + 300 && now - 300 < (claims.exp ?? 0)
  }

  /// Base64 for URLs without padding (RFC 4648, section 5).
  static func decode(_ text: String) -> Data? {
    let standard = text.replacingOccurrences(of: "-", with: "+")
      .replacingOccurrences(of: "_", with: "/")
    let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
    return Data(base64Encoded: standard + padding)
  }

  /// Two digits in capitals, as the portal writes a thumbprint.
  static func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }
}
