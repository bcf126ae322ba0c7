import Foundation
import Keyturn

/// One run at a time per database: a lock of the kernel's, which no killed process leaves behind.
public final class RunLock: Sendable {
  private let file: Int32

  /// Takes the lock beside the database.
  ///
  /// Throws: ``KeyturnError`` (try again) where another process has it.
  public init(besideDatabase path: String) throws {
    let lock = path + ".lock"
    file = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else {
      throw KeyturnError(
        .notPermitted, "the lock file \(lock) can't be opened: \(lastSystemError())",
        hints: ["run keyturn as the user who owns the database"])
    }
    // From here on deinit closes the file, also where this throws.
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      throw KeyturnError(
        .tryAgain, "another check or rotation is at work on \(path)",
        hints: ["wait for it to end; see who it is: fuser -v \(lock)"])
    }
  }

  deinit {
    // A child that was forked and has not yet become its program still holds the file: closing alone
    // would leave the lock with it.
    if file >= 0 { flock(file, LOCK_UN) }
    close(file)
  }
}
