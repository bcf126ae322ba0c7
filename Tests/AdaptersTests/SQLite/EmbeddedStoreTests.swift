import Foundation
import GRDB
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// One whole record per connection, replaced only by whoever knows the version that it replaces.
@Suite struct EmbeddedStoreTests {
  @Test func `every field of a record survives`() async throws {
    let store = try StoreFolder()
    let written = EmbeddedStore(try store.create())
    let other = EmbeddedStore(try store.open())
    for seed in 1...300 {
      var random = RandomRecords(seed: UInt64(seed))
      let record = random.record(storeID: written.storeID, version: seed)
      try await written.write(record)
      let found = try await other.record(of: EmbeddedStore.name)
      #expect(found == record, "seed \(seed)")
    }
  }

  @Test func `connections do not know of one another`() async throws {
    let store = try StoreFolder()
    let embedded = EmbeddedStore(try store.create())
    let names = ["a", "A", "a ", "ä", "a\n1", "'; DROP TABLE record; --"]
    for (index, name) in names.enumerated() {
      for version in 1...(index + 1) {
        #expect(try await embedded.write(embedded.sample(version), to: name))
      }
    }
    for (index, name) in names.enumerated() {
      let record = try await embedded.record(of: name)
      #expect(record == embedded.sample(index + 1), "\(name)")
    }
  }

  @Test func `only the next version is written`() async throws {
    let store = try StoreFolder()
    let embedded = EmbeddedStore(try store.create())
    let registry = SQLiteRegistry(try store.open())
    for (version, wins) in [(2, false), (1, true), (1, false), (3, false), (2, true), (2, false)] {
      var record = embedded.sample(version)
      record.clientID = wins ? "winner" : "loser"
      #expect(try await embedded.write(record) == wins, "version \(version)")
    }
    let record = try await embedded.record(of: EmbeddedStore.name)
    #expect(record?.version == 2)
    #expect(record?.clientID == "winner")
    // Whoever lost has left nothing behind, not even in the trail.
    let events = try await registry.events(about: nil, limit: nil)
    #expect(events.count == 2)
  }

  @Test(.timeLimit(.minutes(10)))
  func `of many writers on two connections exactly one wins each version`() async throws {
    let store = try StoreFolder()
    let one = EmbeddedStore(try store.create())
    let other = EmbeddedStore(try store.open())
    for version in 1...60 {
      let winners = try await withThrowingTaskGroup(of: String?.self) { group in
        for writer in 0..<8 {
          group.addTask {
            let embedded = writer % 2 == 0 ? one : other
            var record = embedded.sample(version)
            record.clientID = "writer \(writer)"
            return try await embedded.write(record) ? record.clientID : nil
          }
        }
        return try await group.reduce(into: [String]()) { all, winner in
          if let winner { all.append(winner) }
        }
      }
      let found = try await [one, other][version % 2].record(of: EmbeddedStore.name)
      #expect(winners.count == 1, "version \(version)")
      #expect(found?.clientID == winners.first, "version \(version)")
      #expect(found?.version == version)
    }
    let isWhole = try await SQLiteRegistry(try store.open()).firstBadEvent() == nil
    #expect(isWhole)
  }

  @Test(.timeLimit(.minutes(10)))
  func `readers see the four fields of one version, whenever they look`() async throws {
    let last = 2_000
    let store = try StoreFolder()
    let writer = EmbeddedStore(try store.create())
    let readers = [EmbeddedStore(try store.open()), EmbeddedStore(try store.open()), writer]
    try await writer.write(writer.sample(1))
    let seen = try await withThrowingTaskGroup(of: Set<Int>.self) { group in
      for reader in readers {
        group.addTask {
          var versions: Set<Int> = []
          var newest = 0
          while newest < last {
            let found = try await reader.record(of: EmbeddedStore.name)
            let record = try #require(found)
            #expect(record == reader.sample(record.version))
            let app = try #require(record.connectedApp)
            #expect(app.refreshToken == "client-\(record.version)")
            #expect(app.securityToken == app.refreshToken)
            #expect(app.consumerSecret.reveal() == "value-\(record.version)")
            #expect(record.version >= newest, "a reader went back")
            newest = record.version
            versions.insert(newest)
          }
          return versions
        }
      }
      for version in 2...last { try await writer.write(writer.sample(version)) }
      return try await group.reduce(into: Set<Int>()) { $0.formUnion($1) }
    }
    // Readers that were held off until the end would have proven nothing.
    #expect(seen.count > 50)
  }

  @Test func `the lifetimes in the clear are those of the record`() async throws {
    let store = try StoreFolder()
    let database = try store.create()
    let embedded = EmbeddedStore(database)
    var record = embedded.sample(1)
    record.previous = ClientSecret(keyID: "old", expiresAt: TestWorld.night, source: .assumed)
    record.pending = ClientSecret(
      keyID: "new", startsAt: TestWorld.night, expiresAt: TestWorld.night + 60, source: .graph,
      validatedAt: TestWorld.night + 5)
    try await embedded.write(record)
    let columns = "slot, keyID, startsAt, expiresAt, source, validatedAt"
    func lifetimes() async throws -> [String] {
      try await database.queue.read { db in
        try Row.fetchAll(db, sql: "SELECT \(columns) FROM clientSecret ORDER BY slot").map {
          $0.databaseValues.map { $0.isNull ? "-" : "\($0.storage.value ?? "")" }
            .joined(separator: " ")
        }
      }
    }
    #expect(
      try await lifetimes() == [
        "current - - 2026-11-23T02:10:00Z recorded -",
        "pending new 2026-11-22T02:10:00Z 2026-11-22T02:11:00Z graph 2026-11-22T02:10:05Z",
        "previous old - 2026-11-22T02:10:00Z assumed -",
      ])
    try await embedded.write(embedded.sample(2))
    #expect(try await lifetimes() == ["current - - 2026-11-23T02:10:00Z recorded -"])
  }

  @Test func `a rotation that ended is remembered`() async throws {
    let store = try StoreFolder()
    let database = try store.create()
    let embedded = EmbeddedStore(database)
    for (index, outcome) in [EndedRotation.Outcome.completed, .abandoned].enumerated() {
      var rotation = Rotation(id: "id \(index)", mode: .guided, startedAt: TestWorld.night)
      rotation.settledAfter = index == 0 ? 12.5 : nil
      try await embedded.write(
        embedded.sample(index + 1),
        ended: EndedRotation(rotation, outcome: outcome, at: TestWorld.night + 60))
    }
    let rows = try await database.queue.read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM rotation ORDER BY id").map { "\($0)" }
    }
    #expect(
      rows == [
        #"[id:"id 0" connection:"magentrix-d365" mode:"guided" outcome:"completed" "#
          + #"startedAt:"2026-11-22T02:10:00Z" endedAt:"2026-11-22T02:11:00Z" settledAfter:12.5]"#,
        #"[id:"id 1" connection:"magentrix-d365" mode:"guided" outcome:"abandoned" "#
          + #"startedAt:"2026-11-22T02:10:00Z" endedAt:"2026-11-22T02:11:00Z" settledAfter:NULL]"#,
      ])
  }
}
