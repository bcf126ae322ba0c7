import Foundation
import Keyturn

/// A file that readers see whole: the old one or the new one, never a part.
public enum OutputFile {
  /// Writes a text beside `path` and puts it in its place; `mask` is the umask that new files obey.
  ///
  /// A link is followed, and what a file was allowed to before it stays allowed to.
  /// Throws: ``KeyturnError`` (can't create) where the folder can't be written to, the disk fails, or
  /// something other than a file is there; then nothing has changed.
  public static func write(_ text: String, to path: String, mask: mode_t) throws {
    let place = destination(path)
    var found = stat()
    let exists = stat(place, &found) == 0
    guard !exists || found.st_mode & S_IFMT == S_IFREG else {
      // The superuser's rename would take the place of a device.
      throw KeyturnError(
        .cannotCreate, "\(path.shown()) is there and is no file",
        hints: ["name a file, or leave out --output to print"])
    }
    let mode = exists ? found.st_mode & 0o777 : 0o644 & ~mask
    var template = Array("\(folder(of: place))/.keyturn-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else { throw failure(path) }
    let temporary = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let isWritten = writeAll(text, to: file) && fchmod(file, mode) == 0 && fsync(file) == 0
    let reason = errno
    close(file)
    guard isWritten, rename(temporary, place) == 0 else {
      let error = failure(path, isWritten ? errno : reason)
      unlink(temporary)
      throw error
    }
    makeLasting(folder(of: place))
  }

  private static func writeAll(_ text: String, to file: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count, let start = bytes.baseAddress {
        let count = Foundation.write(file, start + done, bytes.count - done)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        done += count
      }
      return true
    }
  }

  /// The rename itself is on the disk only with its folder.
  private static func makeLasting(_ folder: String) {
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
  }

  private static func destination(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func failure(_ path: String, _ reason: Int32 = errno) -> KeyturnError {
    KeyturnError(
      .cannotCreate, "\(path.shown()) can't be written: \(String(cString: strerror(reason)))",
      hints: ["name a file in a folder that exists and that you may write to"])
  }
}
