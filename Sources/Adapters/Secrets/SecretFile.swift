import Foundation
import Keyturn

/// A file that holds a secret, under the one rule for such files: nobody but its owner may open it.
struct SecretFile: Sendable {
  /// What it is called in messages: "the store key".
  var title: String
  var path: String
  /// Whether others may read it: for files that a platform hands over in a place of its own.
  var isShared = false
  /// The most that is read, in bytes.
  var limit = 4_096
  /// What to do where it can't be read.
  var restoring: String
  /// What to do where others had access to it.
  var exposed = "if others had access to it, replace it"

  /// The content, at most ``limit`` bytes of it.
  ///
  /// Throws: ``KeyturnError`` (configuration) where there is none, or others may read it.
  func read() throws(KeyturnError) -> String {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
      throw KeyturnError(
        .configuration, "\(title) \(path) can't be read: \(lastSystemError())", hints: [restoring])
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw KeyturnError(.configuration, "\(title) \(path) is not a file")
    }
    guard isShared || status.st_mode & 0o077 == 0 else {
      throw KeyturnError(
        .configuration, "\(title) \(path) may be read by others",
        hints: ["chmod 600 \(path)", exposed])
    }
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = Foundation.read(file, &buffer, buffer.count)
    guard count > 0 else {
      throw KeyturnError(.configuration, "\(title) \(path) is empty")
    }
    return String(decoding: buffer.prefix(count), as: UTF8.self)
  }
}

/// The newest system call's error in words.
func lastSystemError() -> String {
  String(cString: strerror(errno))
}
