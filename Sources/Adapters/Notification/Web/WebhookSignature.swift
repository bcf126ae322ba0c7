import Crypto
import Foundation
import Keyturn

/// What proves to a receiver that a message comes from here, and is not an old one.
///
/// Source: Standard Webhooks 1.0.0, "Signature scheme", symmetric.
struct WebhookSignature: Sendable {
  private static let prefix = "whsec_"
  private static let shortest = 16

  /// The text in the file.
  let secret: SecretValue
  private let key: SymmetricKey

  /// The secret in a file's text: base64 after `whsec_`, or else its bytes as they are.
  ///
  /// Returns nil where it is not base64, or shorter than 16 bytes.
  init?(_ text: String) {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    let bytes =
      text.hasPrefix(Self.prefix)
      ? Data(base64Encoded: String(text.dropFirst(Self.prefix.count))) : Data(text.utf8)
    guard let bytes, bytes.count >= Self.shortest else { return nil }
    secret = SecretValue(text)
    key = SymmetricKey(data: bytes)
  }

  /// The value of `webhook-signature`; the timestamp is in seconds since 1970.
  func value(id: String, timestamp: Int, body: Data) -> String {
    let signed = Data("\(id).\(timestamp).".utf8) + body
    let code = HMAC<SHA256>.authenticationCode(for: signed, using: key)
    return "v1," + Data(code).base64EncodedString()
  }
}
