import Crypto
import Foundation
import GRDB
import Keyturn
import TestSupport

@testable import Adapters

/// A folder of a test's own with a real database in it; gone with the test.
final class StoreFolder: Sendable {
  let folder: URL
  let key = StoreKey(material: .init(data: Data(repeating: 7, count: 32)))
  let world = TestWorld()

  var path: String { folder.appending(path: "keyturn.db").path }

  /// An empty folder that only its owner may enter.
  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "keyturn-store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  func create() throws -> Adapters.Database {
    try .create(at: path, key: key, context: world.context)
  }

  func open() throws -> Adapters.Database {
    try .open(at: path, key: key)
  }

  /// What somebody with a `sqlite3` shell can do: any SQL, past every method of ours.
  func tamper(_ statements: String...) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { db in
      // Otherwise another place for a row would be refused, and nothing would be left to notice.
      try db.execute(sql: "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF")
      for statement in statements { try db.execute(sql: statement) }
    }
    try queue.close()
  }

  /// The bytes of every file in the folder, by name.
  func files() throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, try Data(contentsOf: folder.appending(path: $0)))
      })
  }

  /// The permissions of a file in the folder, or of the folder itself.
  func mode(_ name: String = "") -> mode_t? {
    let path = name.isEmpty ? folder.path : folder.appending(path: name).path
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.posixPermissions] as? NSNumber).map { mode_t($0.intValue) }
  }
}

extension EmbeddedStore {
  static let name = "magentrix-d365"

  /// Writes the record's next version, and returns whether it won.
  @discardableResult
  func write(
    _ record: ConsumerRecord, to connection: String = name, action: String = "test.written",
    at now: Date = TestWorld.night, attentionAt: Date = TestWorld.night,
    ended: EndedRotation? = nil
  ) async throws -> Bool {
    try await swap(
      RecordChange(
        connection: connection, record: record,
        event: AuditEntry(at: now, actor: "admin@test", action: action, detail: "a step"),
        attentionAt: attentionAt, ended: ended))
  }

  /// A record of a version whose four fields all tell the version.
  func sample(_ version: Int) -> ConsumerRecord {
    var record = ConsumerRecord(storeID: storeID, clientID: "client-\(version)")
    record.version = version
    record.current = ClientSecret(
      expiresAt: TestWorld.night + 86_400, source: .recorded,
      value: SecretValue("value-\(version)"))
    return record
  }
}
