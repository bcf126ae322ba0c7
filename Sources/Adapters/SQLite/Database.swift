import Foundation
import GRDB
import Keyturn

/// The one database file: opened, checked and migrated, with the seal that fits it.
public struct Database: Sendable {
  let queue: DatabaseQueue
  let seal: Seal
  let storeID: String

  /// Makes a new database, in a folder that only the owner may enter.
  ///
  /// Throws: ``KeyturnError``; a database that exists is left alone.
  public static func create(at path: String, key: StoreKey, context: Context) throws -> Database {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw KeyturnError(
        .cannotCreate, "the folder \(folder) can't be made: \("\(error)".shown())",
        hints: ["make it by hand with mode 0700, or set database: in the configuration"])
    }
    try checkFolder(of: path)
    try makeFile(at: path)
    let queue = try connect(to: path)
    let storeID = context.random(16).hexadecimal
    let seal = Seal(key, storeID: storeID)
    try translated(path) {
      try useWriteAheadLog(queue)
      try Migrations.migrator.migrate(queue)
      try queue.write { db in
        try db.execute(
          sql: "INSERT INTO installation (id, storeID, keyCheck, createdAt) VALUES (1, ?, ?, ?)",
          arguments: [
            storeID, try seal.close(Data(storeID.utf8), for: .check, context: storeID),
            Timestamp.format(context.now()),
          ])
      }
    }
    return Database(queue: queue, seal: seal, storeID: storeID)
  }

  /// Opens a database that ``create(at:key:context:)`` made, and brings it up to date.
  ///
  /// Throws: ``KeyturnError`` where it is missing, damaged, newer than the program, open to others,
  /// or sealed with another key; then nothing has changed.
  public static func open(at path: String, key: StoreKey) throws -> Database {
    try checkPermissions(of: path)
    let queue = try connect(to: path)
    return try translated(path) {
      let migrator = Migrations.migrator
      let (isNewer, isCurrent) = try queue.read { db in
        (try migrator.hasBeenSuperseded(db), try migrator.hasCompletedMigrations(db))
      }
      guard !isNewer else {
        throw KeyturnError(
          .configuration, "the database \(path) was written by a newer version of keyturn",
          hints: ["install that version again, or restore a backup from before the upgrade"])
      }
      let installation = try queue.read { db in
        guard try db.tableExists("installation") else { return Row?.none }
        return try Row.fetchOne(db, sql: "SELECT storeID, keyCheck FROM installation")
      }
      guard let installation else {
        throw KeyturnError(
          .configuration, "\(path) is not a keyturn database, or its creation was interrupted",
          hints: ["if it is new and empty, remove it and run keyturn init; else restore a backup"])
      }
      let storeID: String = try installation.decode(forColumn: "storeID")
      let keyCheck: Data = try installation.decode(forColumn: "keyCheck")
      let seal = Seal(key, storeID: storeID)
      guard seal.open(keyCheck, for: .check, context: storeID) != nil else {
        throw KeyturnError(
          .configuration, "the store key does not open the database \(path)",
          hints: ["restore the key that was made with this database; nothing was changed"])
      }
      try useWriteAheadLog(queue)
      if !isCurrent { try migrator.migrate(queue) }
      return Database(queue: queue, seal: seal, storeID: storeID)
    }
  }

  private static func connect(to path: String) throws -> DatabaseQueue {
    var configuration = GRDB.Configuration()
    configuration.foreignKeysEnabled = true
    // A step of another process takes milliseconds; whoever holds the file longer is stuck.
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
      try db.execute(sql: "PRAGMA trusted_schema = OFF")
      try db.execute(sql: "PRAGMA cell_size_check = ON")
      // A whole tenant's pages are written in many transactions, each of which touches the same indexes.
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 8000")
    }
    return try translated(path) { try DatabaseQueue(path: path, configuration: configuration) }
  }

  /// The mode stays in the file; only a copy made by other means has lost it.
  ///
  /// GRDB's own setting for it writes at each opening, and relaxes `synchronous`, so that a power cut
  /// may lose a commit.
  private static func useWriteAheadLog(_ queue: DatabaseQueue) throws {
    try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA journal_mode = WAL") }
  }

  /// Reads at one instant, whatever other processes write meanwhile.
  ///
  /// GRDB's own reading takes back the right to write for so long, and each time SQLite compiles every
  /// statement anew.
  func read<T: Sendable>(_ work: @Sendable (GRDB.Database) throws -> T) async throws -> T {
    try await translated(queue.path) {
      try await queue.unsafeRead { db in try db.inTransaction(.deferred, returning: work) }
    }
  }

  /// Writes in one transaction, which is on the disk when this returns.
  func write<T: Sendable>(_ work: @Sendable (GRDB.Database) throws -> T) async throws -> T {
    try await translated(queue.path) { try await queue.write(work) }
  }

  private static func checkPermissions(of path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let reason = errno
      throw KeyturnError(
        .configuration, "the database \(path) can't be opened: \(lastSystemError())",
        hints: [
          reason == ENOENT
            ? "restore its newest backup; for a new installation, make it: keyturn init"
            : "run keyturn as the user who owns it"
        ])
    }
    guard status.st_mode & 0o077 == 0 else {
      throw KeyturnError(
        .configuration, "the database \(path) is open to other users", hints: ["chmod 600 \(path)"])
    }
    try checkFolder(of: path)
  }

  /// SQLite would make it readable for everybody, and gives -wal and -shm the permissions it has.
  private static func makeFile(at path: String) throws {
    let file = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw KeyturnError(
        .cannotCreate,
        errno == EEXIST
          ? "the database \(path) exists already"
          : "the database \(path) can't be made: \(lastSystemError())")
    }
    close(file)
  }

  private static func checkFolder(of path: String) throws {
    var status = stat()
    let folder = URL(filePath: path).deletingLastPathComponent().path
    guard stat(folder, &status) == 0, status.st_mode & 0o022 == 0 else {
      throw KeyturnError(
        .configuration, "the database's folder \(folder) may be written by other users",
        hints: ["chmod 700 \(folder)"])
    }
  }
}

extension GRDB.Database {
  /// Runs the work in a transaction of its own, and returns what it returns.
  ///
  /// Throws: what the work throws, once its writes are undone; ``GRDB/DatabaseError``.
  func inTransaction<T>(
    _ kind: TransactionKind, returning work: (GRDB.Database) throws -> T
  ) throws -> T {
    var result: Result<T, any Error> = .failure(DatabaseError(resultCode: .SQLITE_INTERNAL))
    try inTransaction(kind) {
      result = .success(try work(self))
      return .commit
    }
    return try result.get()
  }
}
