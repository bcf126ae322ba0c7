import Crypto
import Foundation
import Keyturn

/// Seals documents with AES-256-GCM, a subkey for each purpose.
///
/// Subkeys come from the store key by HKDF-SHA256 (RFC 5869), with the store's id as salt.
public struct Seal: Sendable {
  /// What a subkey is for.
  enum Purpose: String {
    /// Records of the Consumer Secret store.
    case record
    /// The value that tells a wrong key from a damaged record.
    case check
    /// The audit trail's chain.
    case audit
  }

  private let recordKey: SymmetricKey
  private let checkKey: SymmetricKey
  private let auditKey: SymmetricKey

  /// A seal for one store.
  public init(_ key: StoreKey, storeID: String) {
    func derive(_ purpose: Purpose) -> SymmetricKey {
      HKDF<SHA256>.deriveKey(
        inputKeyMaterial: key.material, salt: Data(storeID.utf8),
        info: Data("keyturn 1 \(purpose.rawValue)".utf8), outputByteCount: 32)
    }
    // Once for all: some commands open the records of thousands of connections.
    recordKey = derive(.record)
    checkKey = derive(.check)
    auditKey = derive(.audit)
  }

  func subkey(_ purpose: Purpose) -> SymmetricKey {
    switch purpose {
    case .record: recordKey
    case .check: checkKey
    case .audit: auditKey
    }
  }

  /// Seals a document so that it opens only in its own place (`context`).
  func close(_ document: Data, for purpose: Purpose, context: String) throws -> Data {
    let box = try AES.GCM.seal(
      document, using: subkey(purpose), authenticating: Data(context.utf8))
    guard let combined = box.combined else {
      throw KeyturnError(.internal, "the sealed document has an unexpected nonce")
    }
    return combined
  }

  /// Opens a document; nil where key, place or content do not fit.
  func open(_ sealed: Data, for purpose: Purpose, context: String) -> Data? {
    guard let box = try? AES.GCM.SealedBox(combined: sealed) else { return nil }
    return try? AES.GCM.open(box, using: subkey(purpose), authenticating: Data(context.utf8))
  }
}
