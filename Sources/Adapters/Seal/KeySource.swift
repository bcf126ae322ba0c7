import Foundation
import Keyturn
import Subprocess
import SystemPackage

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
      try StoreKey(text: Self.read(path, privately: true), origin: path)
    case .credential(let path):
      // systemd hands credentials over in a folder of their own, where their group may read them.
      try StoreKey(text: Self.read(path, privately: false), origin: description)
    case .command(let words):
      try StoreKey(text: await Self.output(of: words), origin: description)
    }
  }

  private static func read(_ path: String, privately: Bool) throws -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
      throw KeyturnError(
        .configuration, "the store key \(path) can't be read: \(lastSystemError())",
        hints: ["restore it from its backup; a new installation gets one from keyturn init"])
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw KeyturnError(.configuration, "the store key \(path) is not a file")
    }
    guard !privately || status.st_mode & 0o077 == 0 else {
      throw KeyturnError(
        .configuration, "the store key \(path) may be read by others",
        hints: ["chmod 600 \(path)", "if others had access to it, rotate every secret it protects"])
    }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = Foundation.read(file, &buffer, buffer.count)
    guard count > 0 else {
      throw KeyturnError(.configuration, "the store key \(path) is empty")
    }
    return String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  private static func output(of words: [String]) async throws -> String {
    guard let program = words.first else {
      throw KeyturnError(.configuration, "key_command is empty")
    }
    do {
      // A name is looked for in PATH; Subprocess takes no slash in it.
      let result = try await run(
        program.contains("/") ? .path(FilePath(program)) : .name(program),
        arguments: .init(Array(words.dropFirst())),
        output: .string(limit: 4_096), error: .string(limit: 4_096))
      guard result.terminationStatus == .exited(0) else {
        let words = result.standardError.trimmingCharacters(in: .whitespacesAndNewlines)
        throw KeyturnError(
          .configuration,
          "the key command \(program.shown()) failed (\(result.terminationStatus)): \(words.shown())",
          hints: ["run it by hand as the same user"])
      }
      return result.standardOutput
    } catch let error as KeyturnError {
      throw error
    } catch {
      throw KeyturnError(
        .configuration, "the key command \(program.shown()) can't be run: \("\(error)".shown())",
        hints: ["give the program's whole path in key_command"])
    }
  }
}

/// The newest system call's error in words.
func lastSystemError() -> String {
  String(cString: strerror(errno))
}
