import Foundation
import Keyturn

/// A file that node_exporter's textfile collector reads.
///
/// The collector reads each file whose name ends in `.prom`, whenever it is scraped: it must never see
/// half of one. So the text is written beside it, under a name that ends otherwise, and takes its place
/// in one step.
///
/// Source: node_exporter, README.md, "Textfile Collector".
public struct MetricsFile: Sendable {
  private let path: String

  /// The file at `path`, whose folder has to exist; its name has to end in `.prom`.
  public init(path: String) {
    self.path = path
  }

  /// Replaces the file's content; everybody may read it, for node_exporter runs as a user of its own.
  ///
  /// Throws: ``KeyturnError`` (cannot create) where the folder is missing, may not be written, or its
  /// disk is full; what was there before then stays as it is.
  public func write(_ text: String) throws(KeyturnError) {
    let place = URL(filePath: path)
    guard place.pathExtension == "prom" else {
      throw KeyturnError(
        .cannotCreate, "the metrics can't be written to \(path.shown())",
        hints: ["give a name that ends in .prom: node_exporter reads no other file"])
    }
    let unfinished = place.deletingLastPathComponent()
      .appending(path: ".\(place.lastPathComponent).\(getpid())").path
    // Of a process that was killed and had the same number, as in a container.
    unlink(unfinished)
    let file = open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard file >= 0 else { throw failure(errno) }
    // Past the umask, which keeps everything else that keyturn writes to its owner.
    var error = fchmod(file, 0o644) == 0 ? 0 : errno
    if error == 0 { error = Self.write(text, to: file) }
    // On the disk before it takes the old one's place: after a power cut, one of the two is whole.
    if error == 0, fsync(file) != 0 { error = errno }
    if close(file) != 0, error == 0 { error = errno }
    if error == 0, rename(unfinished, path) != 0 { error = errno }
    guard error == 0 else {
      unlink(unfinished)
      throw failure(error)
    }
  }

  private static func write(_ text: String, to file: Int32) -> Int32 {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return count < 0 ? errno : EIO }
      bytes = bytes.dropFirst(count)
    }
    return 0
  }

  private func failure(_ error: Int32) -> KeyturnError {
    let folder = URL(filePath: path).deletingLastPathComponent().path.shown()
    let hints =
      switch error {
      case ENOENT, ENOTDIR:
        [
          "make the folder, or name the one that node_exporter was given as"
            + " --collector.textfile.directory",
          "on Debian it is /var/lib/prometheus/node-exporter",
        ]
      case EACCES, EPERM:
        ["let the user that runs keyturn write in \(folder)"]
      case EROFS:
        [
          "mount \(folder) writable; under systemd, name it in ReadWritePaths= of a drop-in for"
            + " keyturn.service"
        ]
      case ENOSPC, EDQUOT: ["make room on the disk of \(folder)"]
      case EISDIR, ENOTEMPTY, EEXIST: ["a folder is in its place: give another name"]
      default: [String]()
      }
    return KeyturnError(
      .cannotCreate,
      "the metrics can't be written to \(path.shown()): \(String(cString: strerror(error)))",
      hints: hints + ["the old metrics stay there until then, and age"])
  }
}
