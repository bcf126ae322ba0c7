import Foundation
import GRDB
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// A value is in the sealed document, and nowhere else on the disk.
@Suite struct StoreSecrecyTests {
  private static let values = ["8Q~Recognisable-current.1", "pJ8Recognisable_prev", "zz~Pending!"]

  /// How a value could stand in a file: as it is, and in the usual encodings.
  private static func traces(of value: String) -> [Data] {
    let bytes = Data(value.utf8)
    let hexadecimal = bytes.hexadecimal
    // In base64 a text looks different at each of three offsets; its ends blend with what is around.
    let encoded = (0..<3).map { offset in
      let shifted = (Data(repeating: 0, count: offset) + bytes).base64EncodedString()
      return Data(shifted.dropFirst(4).dropLast(4).utf8)
    }
    return encoded + [
      bytes, Data(bytes.reversed()), Data(hexadecimal.utf8), Data(hexadecimal.uppercased().utf8),
      value.data(using: .utf16LittleEndian) ?? bytes, value.data(using: .utf16BigEndian) ?? bytes,
    ]
  }

  private static func encoded(_ parts: Data...) -> Data {
    Data(Data(parts.joined()).base64EncodedString().utf8)
  }

  private static func leaks(of value: String, in files: [String: Data]) -> [String] {
    files.filter { file in
      traces(of: value).contains { file.value.range(of: $0) != nil }
    }.map(\.key)
  }

  private static func record(_ version: Int, in store: EmbeddedStore) -> ConsumerRecord {
    var record = store.sample(version)
    let secrets = values.map {
      ClientSecret(
        keyID: "id", expiresAt: TestWorld.night, source: .recorded, value: SecretValue($0),
        failure: ValidationFailure(
          kind: .refused, at: TestWorld.night, message: "refused", remedy: "none"),
        marker: "kt-1")
    }
    record.current = secrets[0]
    record.previous = secrets[1]
    record.pending = secrets[2]
    return record
  }

  @Test func `no file holds a value, in any encoding`() async throws {
    let store = try StoreFolder()
    let database = try store.create()
    let embedded = EmbeddedStore(database)
    let lock = try RunLock(besideDatabase: store.path)
    for version in 1...30 {
      try await embedded.write(Self.record(version, in: embedded))
      // While it is open, the newest pages are in the write-ahead log; a checkpoint moves them.
      if version % 10 == 0 {
        try await database.queue.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
      }
      let files = try store.files()
      #expect(files.count == 4)
      for value in Self.values { #expect(Self.leaks(of: value, in: files).isEmpty) }
    }
    try database.queue.close()
    let files = try store.files()
    for value in Self.values { #expect(Self.leaks(of: value, in: files).isEmpty) }
    // The search itself finds what stands there in the clear.
    #expect(Self.leaks(of: EmbeddedStore.name, in: files) == ["keyturn.db"])
    withExtendedLifetime(lock) {}
  }

  @Test(arguments: values)
  func `the search finds a value in every encoding`(value: String) {
    let bytes = Data(value.utf8)
    let around = Data("around".utf8)
    let written: [Data] = [
      bytes, Data(bytes.reversed()), Data(bytes.hexadecimal.utf8),
      Self.encoded(around, bytes, around), Self.encoded(around, Data([1]), bytes),
      Self.encoded(around, Data([1, 2]), bytes, around),
      value.data(using: .utf16LittleEndian) ?? Data(),
    ]
    for data in written {
      #expect(Self.leaks(of: value, in: ["file": around + data + around]) == ["file"])
    }
  }

  @Test func `no error of the database quotes what was being written`() async throws {
    let store = try StoreFolder()
    let embedded = EmbeddedStore(try store.create())
    try store.tamper("DROP TABLE clientSecret")
    let error = await #expect(throws: KeyturnError.self) {
      try await embedded.write(Self.record(1, in: embedded))
    }
    let description = try "\(#require(error))"
    #expect(description.contains("no such table: clientSecret"))
    for value in Self.values + ["kt-1", "admin@test", "test.written"] {
      #expect(!description.contains(value))
    }
  }
}
