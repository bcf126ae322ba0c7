import Crypto
import Foundation
import Keyturn

/// The key that opens the Consumer Secret store: 32 random bytes, written as base64.
public struct StoreKey: Sendable {
  /// The key; its description shows no bytes.
  public let material: SymmetricKey

  /// How many bytes a key has.
  static let byteCount = 32

  /// A key made of these bytes.
  public init(material: SymmetricKey) {
    self.material = material
  }

  /// Reads base64, with blanks and line ends around it.
  ///
  /// Throws: ``KeyturnError`` (configuration) that names `origin`, and never quotes the text.
  public init(text: String, origin: String) throws {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard let bytes = Data(base64Encoded: trimmed), bytes.count == Self.byteCount else {
      throw KeyturnError(
        .configuration, "\(origin) does not hold a store key (32 bytes in base64)",
        hints: ["restore the key from its backup; a new key can't open the old store"])
    }
    material = SymmetricKey(data: bytes)
  }

  /// The text of a new key.
  public static func generate(_ context: Context) -> String {
    Data(context.random(byteCount)).base64EncodedString() + "\n"
  }
}
