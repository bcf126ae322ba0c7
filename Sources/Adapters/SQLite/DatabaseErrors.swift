import Foundation
import GRDB
import Keyturn

/// Runs database work and says what its errors mean for the file at `path`.
func translated<T>(_ path: String, _ work: () throws -> T) throws -> T {
  do {
    return try work()
  } catch {
    throw translated(error, path)
  }
}

/// Runs asynchronous database work in the same way.
func translated<T>(_ path: String, _ work: () async throws -> T) async throws -> T {
  do {
    return try await work()
  } catch {
    throw translated(error, path)
  }
}

private func translated(_ error: any Error, _ path: String) -> any Error {
  switch error {
  case let error as DatabaseError: KeyturnError(error, path: path)
  case is RowDecodingError: KeyturnError.damaged(path, "a row holds a value of another type")
  default: error
  }
}

extension KeyturnError {
  /// What SQLite's result codes mean to an administrator.
  ///
  /// Source: <https://www.sqlite.org/rescode.html>. GRDB's errors hold no bound values.
  init(_ error: DatabaseError, path: String) {
    let words = (error.message ?? "").shown(upTo: 200)
    let detail = "SQLite \(error.extendedResultCode.rawValue): \(words)"
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(
        .tryAgain, "the database \(path) is in use by another process",
        hints: ["run the command again in a moment", "see who has it open: fuser -v \(path)"])
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT:
      self = .damaged(path, detail)
    case .SQLITE_FULL:
      self.init(
        .cannotCreate, "the disk of \(path) is full; nothing was changed",
        hints: ["make room, then run the command again"])
    case .SQLITE_IOERR:
      self.init(
        .cannotCreate, "the disk of \(path) failed (\(detail))",
        hints: [
          "see dmesg for the disk's errors, then run keyturn status",
          "what was committed before is safe; the step that failed is there as a whole or not at all",
        ])
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
      self.init(
        .notPermitted, "the database \(path) can't be written (\(detail))",
        hints: ["run keyturn as the user who owns it; that user must own its folder too"])
    default:
      self.init(
        .internal, "the database \(path) refused a step (\(detail))",
        hints: ["this is a mistake in keyturn; please report it with this line"])
    }
  }

  static func damaged(_ path: String, _ detail: String) -> KeyturnError {
    KeyturnError(
      .configuration, "the database \(path) is damaged (\(detail))",
      hints: ["keep the file, and restore the newest backup beside its key"])
  }
}
