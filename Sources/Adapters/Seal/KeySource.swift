import Foundation
import Keyturn

/// Where the store key comes from.
public enum KeySource: Sendable, Equatable {
  /// A file that only its owner may read.
  case file(String)
  /// A program and its arguments; the key is what it prints.
  case command([String])
  /// The file of a systemd credential.
  ///
  /// Source: systemd.exec(5), "Credentials".
  case credential(String)

  /// How it is called in messages.
  public var description: String {
    switch self {
    case .file(let path): path
    case .command(let words): "the key command \(words.first ?? "")".shown()
    case .credential(let path): "the credential \(path)"
    }
  }

  /// Fetches the key.
  ///
  /// Throws: ``KeyturnError`` (configuration) where there is none, or others may read it.
  public func load() async throws -> StoreKey {
    switch self {
    case .file(let path):
      try StoreKey(text: Self.file(path).read(), origin: path)
    case .credential(let path):
      // systemd hands credentials over in a folder of their own, where their group may read them.
      try StoreKey(text: Self.file(path, isShared: true).read(), origin: description)
    case .command(let words):
      try StoreKey(
        text: await SecretCommand(title: "the key command", key: "key_command", words: words)
          .output(),
        origin: description)
    }
  }

  private static func file(_ path: String, isShared: Bool = false) -> SecretFile {
    SecretFile(
      title: "the store key", path: path, isShared: isShared,
      restoring: "restore it from its backup; a new installation gets one from keyturn init",
      exposed: "if others had access to it, rotate every secret it protects")
  }
}
