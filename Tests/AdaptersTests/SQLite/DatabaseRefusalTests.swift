import Crypto
import Foundation
import GRDB
import Keyturn
import Testing

@testable import Adapters

/// What is not opened, and that it is then exactly as it was.
@Suite struct DatabaseRefusalTests {
  /// Opens what lies there, and returns the error; every file must keep every byte.
  private static func refusal(
    of store: StoreFolder, key: StoreKey? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> KeyturnError {
    let before = try store.files()
    let error = #expect(throws: KeyturnError.self, sourceLocation: sourceLocation) {
      try Database.open(at: store.path, key: key ?? store.key)
    }
    #expect(try store.files() == before, sourceLocation: sourceLocation)
    return try #require(error, sourceLocation: sourceLocation)
  }

  private static func made() async throws -> StoreFolder {
    let store = try StoreFolder()
    let database = try store.create()
    try await EmbeddedStore(database).write(EmbeddedStore(database).sample(1))
    try database.queue.close()
    return store
  }

  @Test func `a missing database says how to make one`() throws {
    let error = try Self.refusal(of: StoreFolder())
    #expect(error.code == .configuration)
    #expect(error.message.hasSuffix("can't be opened: No such file or directory"))
    #expect(
      error.hints == ["restore its newest backup; for a new installation, make it: keyturn init"])
  }

  @Test(arguments: [0o640, 0o604, 0o660, 0o602, 0o610] as [mode_t])
  func `a database that is open to others`(mode: mode_t) async throws {
    let store = try await Self.made()
    chmod(store.path, mode)
    let error = try Self.refusal(of: store)
    #expect(error.code == .configuration)
    #expect(error.message == "the database \(store.path) is open to other users")
    #expect(error.hints == ["chmod 600 \(store.path)"])
  }

  @Test(arguments: [0o720, 0o702, 0o777, 0o1777] as [mode_t])
  func `a folder that others may write`(mode: mode_t) async throws {
    let store = try await Self.made()
    chmod(store.folder.path, mode)
    let error = try Self.refusal(of: store)
    #expect(error.code == .configuration)
    #expect(error.message.contains("folder \(store.folder.path) may be written by other users"))
    #expect(error.hints == ["chmod 700 \(store.folder.path)"])
  }

  @Test func `another key`() async throws {
    let store = try await Self.made()
    let other = StoreKey(material: .init(data: Data(repeating: 8, count: 32)))
    let error = try Self.refusal(of: store, key: other)
    #expect(error.code == .configuration)
    #expect(error.message == "the store key does not open the database \(store.path)")
    #expect(error.hints.first?.contains("nothing was changed") == true)
  }

  @Test(arguments: ["DELETE FROM installation", "DROP TABLE installation"])
  func `a database whose creation was cut short`(statement: String) async throws {
    let store = try await Self.made()
    try store.tamper(statement)
    let error = try Self.refusal(of: store)
    #expect(error.code == .configuration)
    #expect(error.message.contains("not a keyturn database, or its creation was interrupted"))
  }

  @Test func `the check value of another store`() async throws {
    let store = try await Self.made()
    try store.tamper("UPDATE installation SET storeID = '\(String(repeating: "0", count: 32))'")
    let error = try Self.refusal(of: store)
    #expect(error.message == "the store key does not open the database \(store.path)")
  }

  @Test func `a database of a newer version`() async throws {
    let store = try await Self.made()
    try store.tamper("INSERT INTO grdb_migrations VALUES ('2 something that is not known yet')")
    let error = try Self.refusal(of: store)
    #expect(error.code == .configuration)
    #expect(error.message.hasSuffix("was written by a newer version of keyturn"))
  }

  @Test func `somebody else's database`() throws {
    let store = try StoreFolder()
    try store.tamper("CREATE TABLE person (name TEXT)", "INSERT INTO person VALUES ('Ada')")
    chmod(store.path, 0o600)
    let error = try Self.refusal(of: store)
    #expect(error.message.contains("is not a keyturn database"))
  }

  @Test func `an empty file`() throws {
    let store = try StoreFolder()
    try Data().write(to: URL(filePath: store.path))
    chmod(store.path, 0o600)
    let error = try Self.refusal(of: store)
    #expect(error.code == .configuration)
    #expect(error.message.contains("is not a keyturn database"))
  }

  @Test(arguments: [99, 512, 5_000])
  func `a file that is no database`(length: Int) throws {
    let store = try StoreFolder()
    try Data(repeating: 0x6B, count: length).write(to: URL(filePath: store.path))
    chmod(store.path, 0o600)
    let error = try Self.refusal(of: store)
    #expect(error.code == .configuration)
    #expect(error.message.contains("is damaged (SQLite 26: file is not a database)"))
  }

  @Test func `a folder in its place`() throws {
    let store = try StoreFolder()
    try FileManager.default.createDirectory(
      atPath: store.path, withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o700])
    #expect {
      try store.open()
    } throws: {
      ($0 as? KeyturnError)?.code == .notPermitted && "\($0)".contains(store.path)
    }
  }

  @Test(arguments: [0.9, 0.5, 0.2])
  func `a database that was cut off`(part: Double) async throws {
    let store = try await Self.made()
    let whole = try Data(contentsOf: URL(filePath: store.path))
    try whole.prefix(Int(Double(whole.count) * part)).write(to: URL(filePath: store.path))
    chmod(store.path, 0o600)
    let error = try Self.refusal(of: store)
    #expect(error.code == .configuration)
    #expect(error.message.contains("is damaged (SQLite 11"))
    #expect(error.hints == ["keep the file, and restore the newest backup beside its key"])
  }

  @Test func `a first page that was smashed`() async throws {
    let store = try await Self.made()
    var bytes = try Data(contentsOf: URL(filePath: store.path))
    bytes.replaceSubrange(100..<4_096, with: Data(repeating: 0xA5, count: 3_996))
    try bytes.write(to: URL(filePath: store.path))
    chmod(store.path, 0o600)
    let error = try Self.refusal(of: store)
    #expect(error.code == .configuration)
    #expect(error.message.contains("is damaged"))
  }
}
