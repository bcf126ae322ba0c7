import Foundation
import GRDB
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// A disk that changed a byte: a clear error at most, never the end of the program.
@Suite struct DamageTests {
  /// Every byte of the rows' headers is where SQLite keeps the types and lengths of what follows.
  ///
  /// In a process of its own, because a failure ends it.
  @Test(.timeLimit(.minutes(10)))
  func `no damaged byte in front of a row ends the program`() async {
    await #expect(processExitsWith: .success) {
      let store = try await DamageTests.scene()
      let whole = try Data(contentsOf: URL(filePath: store.path))
      let places = DamageTests.rowHeaders(of: whole)
      guard places.count > 150 else { exit(2) }
      for place in places {
        for byte: UInt8 in [0, 8, 0x7F] where whole[place] != byte {
          var damaged = whole
          damaged[place] = byte
          try damaged.write(to: URL(filePath: store.path))
          try await DamageTests.readEverything(in: store)
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: 1...40)
  func `a page that was smashed is an error or unused`(seed: Int) async throws {
    let store = try await Self.scene()
    var random = RandomRecords(seed: UInt64(seed))
    var bytes = try Data(contentsOf: URL(filePath: store.path))
    let start = random.below(bytes.count - 600)
    for offset in start..<(start + 1 + random.below(600)) {
      bytes[offset] = UInt8(truncatingIfNeeded: random.next())
    }
    try bytes.write(to: URL(filePath: store.path))
    try await Self.readEverything(in: store)
  }

  @Test func `a value of another type in a row that is read is called damage`() async throws {
    let store = try await Self.scene()
    try store.tamper(
      "PRAGMA writable_schema = ON",
      "UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'record'")
    try store.tamper("UPDATE record SET sealed = NULL WHERE connection = 'a'")
    let database = try store.open()
    let error = await #expect(throws: KeyturnError.self) {
      try await EmbeddedStore(database).record(of: "a")
    }
    #expect(error?.code == .configuration)
    #expect(error?.message.contains("the database \(store.path) is damaged") == true)
    let other = try await EmbeddedStore(database).record(of: "b")
    #expect(other?.version == 3)
  }

  // MARK: -

  /// What has to survive, closed and readable.
  private static func scene() async throws -> StoreFolder {
    let store = try StoreFolder()
    let database = try store.create()
    let embedded = EmbeddedStore(database)
    for version in 1...3 {
      for name in ["a", "b"] {
        var record = embedded.sample(version)
        record.previous = record.current
        try await embedded.write(record, to: name)
      }
    }
    let registry = SQLiteRegistry(database)
    try await registry.add(
      Run(
        startedAt: store.world.now, finishedAt: store.world.now, severity: .ok, fingerprint: "f",
        summary: "s"))
    try database.queue.close()
    // Were it refused as a whole, no damage in it would ever be met.
    try store.open().queue.close()
    return store
  }

  /// Only ``KeyturnError`` may come out of it; what is still readable is as it was written.
  private static func readEverything(in store: StoreFolder) async throws {
    do {
      let database = try store.open()
      let registry = SQLiteRegistry(database)
      let embedded = EmbeddedStore(database)
      let attempts: [() async throws -> Void] = [
        { _ = try await registry.firstBadEvent() },
        { _ = try await registry.events(about: nil, limit: nil) },
        { _ = try await registry.events(about: "a", limit: 2) },
        { _ = try await registry.runs() },
        {
          _ = try await registry.connectionsNeedingAttention(
            by: store.world.now, of: ["a", "b"])
        },
        { try Self.expectWhole(try await embedded.record(of: "a"), embedded) },
        { try Self.expectWhole(try await embedded.record(of: "b"), embedded) },
      ]
      for attempt in attempts {
        do { try await attempt() } catch is KeyturnError {}
      }
      try database.queue.close()
    } catch is KeyturnError {}
  }

  private static func expectWhole(_ record: ConsumerRecord?, _ store: EmbeddedStore) throws {
    var expected = store.sample(3)
    expected.previous = expected.current
    // Where row and trail are both lost, there is nothing that could still tell of the record.
    guard let record else { return }
    try #require(record == expected)
  }

  /// Where the first bytes of each row of each table and index lie.
  ///
  /// Source: <https://www.sqlite.org/fileformat2.html#b_tree_pages>.
  private static func rowHeaders(of file: Data) -> [Int] {
    let size = 4_096
    func number(at place: Int) -> Int { Int(file[place]) << 8 | Int(file[place + 1]) }
    return (1..<(file.count / size)).flatMap { page -> [Int] in
      let start = page * size
      guard [0x0A, 0x0D].contains(file[start]) else { return [] }
      let cells = (0..<number(at: start + 3)).map { start + number(at: start + 8 + 2 * $0) }
      return cells.flatMap { Array($0..<min($0 + 13, start + size)) }
    }
  }
}
