import Foundation
import GRDB
import GRDBSQLite
import Keyturn

/// A statement of GRDB's, bound and stepped by hand.
///
/// The library's way makes an array, and for each blob and text a copy, of every row; with 350,000 rows
/// that takes longer than the database does. Whoever binds has to use the statement up at once.
struct BoundStatement {
  private let statement: Statement
  private var handle: SQLiteStatement { statement.sqliteStatement }

  init(_ statement: Statement) {
    self.statement = statement
  }

  func bind(_ number: Int64?, at index: Int32) {
    if let number {
      sqlite3_bind_int64(handle, index, number)
    } else {
      sqlite3_bind_null(handle, index)
    }
  }

  func bind(_ guid: GUID?, at index: Int32) {
    guard let guid else {
      sqlite3_bind_null(handle, index)
      return
    }
    withUnsafeBytes(of: (guid.high.bigEndian, guid.low.bigEndian)) { bytes in
      _ = sqlite3_bind_blob(handle, index, bytes.baseAddress, 16, Self.copied)
    }
  }

  func bind(_ text: String?, at index: Int32) {
    guard var text else {
      sqlite3_bind_null(handle, index)
      return
    }
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        // An empty text has no address, which would make it a null.
        _ = sqlite3_bind_text(
          handle, index, characters.baseAddress ?? Self.empty, Int32(characters.count),
          Self.copied)
      }
    }
  }

  /// Moves on to the next row; returns false after the last one.
  func step() throws -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      let connection = sqlite3_db_handle(handle)
      let error = DatabaseError(
        resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
        message: String(cString: sqlite3_errmsg(connection)))
      reset()
      throw code == SQLITE_OK ? DatabaseError(resultCode: .SQLITE_INTERNAL) : error
    }
  }

  /// Runs a statement that has no rows.
  func run() throws {
    _ = try step()
    reset()
  }

  func integer(at column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func reset() { sqlite3_reset(handle) }

  nonisolated(unsafe) private static let empty: UnsafePointer<CChar> = UnsafePointer(
    strdup("") ?? UnsafeMutablePointer<CChar>.allocate(capacity: 1))

  /// SQLite makes its own copy (SQLITE_TRANSIENT, a macro that Swift does not see).
  private static var copied: sqlite3_destructor_type {
    unsafeBitCast(-1, to: sqlite3_destructor_type.self)
  }
}
