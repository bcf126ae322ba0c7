import Adapters
import Foundation
import GRDB
import Keyturn

/// Where a history's records lie, with its backups beside it.
protocol Vault: AnyObject {
  var store: any ConsumerSecretStore { get throws }
  var registry: any Registry { get throws }
  /// Copies everything while it is open, and returns the copy's number.
  func backUp() throws -> Int
  /// Puts a copy in the place of what there is, as an administrator does while no program runs.
  func restore(_ number: Int) throws
  /// Throws away a copy.
  func forget(_ number: Int)
  /// What stands in files, for whoever looks for values in them.
  func contents() -> [Data]
}

/// The real store and registry, in a real database file.
final class DatabaseVault: Vault {
  private let folder: URL
  private let key: StoreKey
  private var database: Adapters.Database?
  private var backups = 0

  private var path: String { folder.appending(path: "keyturn.db").path }

  /// A new database in a folder that is made for it.
  init(folder: URL, chance: inout Chance, at now: Date) throws {
    self.folder = folder
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let bytes = Data((0..<32).map { _ in UInt8(truncatingIfNeeded: chance.next()) })
    key = try StoreKey(text: bytes.base64EncodedString(), origin: "the simulation")
    var ids = chance.branch()
    let drawn = (0..<64).map { _ in UInt8(truncatingIfNeeded: ids.next()) }
    database = try .create(
      at: path, key: key,
      context: Context(now: { now }, sleep: { _ in }, random: { Array(drawn.prefix($0)) }))
  }

  deinit {
    database = nil
    try? FileManager.default.removeItem(at: folder)
  }

  var store: any ConsumerSecretStore {
    get throws { EmbeddedStore(try opened) }
  }

  var registry: any Registry {
    get throws { SQLiteRegistry(try opened) }
  }

  private var opened: Adapters.Database {
    get throws {
      guard let database else { throw CocoaError(.fileNoSuchFile) }
      return database
    }
  }

  func backUp() throws -> Int {
    backups += 1
    let copy = try DatabaseQueue(path: backup(backups))
    let source = try DatabaseQueue(path: path)
    try source.backup(to: copy)
    try source.close()
    try copy.close()
    return backups
  }

  func restore(_ number: Int) throws {
    database = nil
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: path + suffix)
    }
    try FileManager.default.copyItem(atPath: backup(number), toPath: path)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    database = try .open(at: path, key: key)
  }

  func forget(_ number: Int) {
    try? FileManager.default.removeItem(atPath: backup(number))
  }

  private func backup(_ number: Int) -> String {
    folder.appending(path: "backup-\(number).db").path
  }

  func contents() -> [Data] {
    ["", "-wal"].compactMap { try? Data(contentsOf: URL(filePath: path + $0)) }
  }
}
