import Foundation
import GRDB
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// What a new database is, and what is really in force in it.
@Suite struct DatabaseCreationTests {
  @Test func `its files and its folder are the owner's alone, whatever the umask`() async throws {
    let store = try StoreFolder()
    let path = store.folder.appending(path: "state/keyturn/keyturn.db").path
    let database = try Database.create(
      at: path, key: store.key, context: store.world.context)
    try await EmbeddedStore(database).write(EmbeddedStore(database).sample(1))
    let lock = try RunLock(besideDatabase: path)
    #expect(store.mode("state/keyturn") == 0o700)
    for suffix in ["", "-wal", "-shm", ".lock"] {
      #expect(store.mode("state/keyturn/keyturn.db\(suffix)") == 0o600, "\(suffix)")
    }
    withExtendedLifetime(lock) {}
  }

  @Test func `opened again, it is the same store`() async throws {
    let store = try StoreFolder()
    let made = EmbeddedStore(try store.create())
    try await made.write(made.sample(1))
    let found = EmbeddedStore(try store.open())
    #expect(found.storeID == made.storeID)
    #expect(found.storeID.utf8.count == 32)
    let record = try await found.record(of: EmbeddedStore.name)
    #expect(record == made.sample(1))
    let stranger = try await found.record(of: "nobody")
    #expect(stranger == nil)
  }

  @Test func `two stores made with the same key have nothing in common`() throws {
    let one = try StoreFolder()
    let other = try StoreFolder()
    other.world.pass(1)
    let first = try one.create()
    _ = other.world.context.random(3)
    let second = try other.create()
    #expect(first.storeID != second.storeID)
    let sealed = try first.seal.close(Data("x".utf8), for: .record, context: "place")
    #expect(second.seal.open(sealed, for: .record, context: "place") == nil)
  }

  @Test func `what was promised of every connection is in force`() throws {
    let store = try StoreFolder()
    let promised = [
      "journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "trusted_schema": "0",
      "cell_size_check": "1", "integrity_check": "ok",
    ]
    for database in [try store.create(), try store.open()] {
      let found = try database.queue.read { db in
        try promised.keys.map { try String.fetchOne(db, sql: "PRAGMA \($0)") }
      }
      #expect(found == promised.keys.map { promised[$0] })
    }
  }

  @Test func `a restored copy without a write-ahead log gets one again`() throws {
    let store = try StoreFolder()
    try store.create().queue.close()
    try store.tamper("PRAGMA journal_mode = DELETE")
    let mode = try store.open().queue.read { db in
      try String.fetchOne(db, sql: "PRAGMA journal_mode")
    }
    #expect(mode == "wal")
  }

  @Test func `what exists is not made again`() throws {
    let store = try StoreFolder()
    try store.create().queue.close()
    let before = try store.files()
    #expect {
      try store.create()
    } throws: { error in
      (error as? KeyturnError)?.code == .cannotCreate
        && "\(error)".contains("\(store.path) exists already")
    }
    #expect(try store.files() == before)
  }

  @Test func `a link in its place is not followed`() throws {
    let store = try StoreFolder()
    let target = store.folder.appending(path: "elsewhere").path
    try FileManager.default.createSymbolicLink(
      atPath: store.path, withDestinationPath: target)
    #expect(throws: KeyturnError.self) { try store.create() }
    #expect(!FileManager.default.fileExists(atPath: target))
  }

  @Test func `a folder that others may write is refused before anything is made`() throws {
    let store = try StoreFolder()
    chmod(store.folder.path, 0o777)
    #expect {
      try store.create()
    } throws: { error in
      "\(error)".contains("may be written by other users")
        && "\(error)".contains("hint: chmod 700 \(store.folder.path)")
    }
    #expect(try store.files().isEmpty)
  }

  @Test func `a folder that can't be made is named`() throws {
    let store = try StoreFolder()
    try Data().write(to: store.folder.appending(path: "file"))
    let path = store.folder.appending(path: "file/keyturn.db").path
    #expect {
      try Database.create(at: path, key: store.key, context: store.world.context)
    } throws: { error in
      (error as? KeyturnError)?.code == .cannotCreate
        && "\(error)".contains(store.folder.appending(path: "file").path)
    }
  }
}
