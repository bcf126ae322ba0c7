import Foundation
import GRDB
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// What is read of many connections at once is what is read of each alone.
@Suite struct BatchReadingTests {
  @Test func `records of many are those of each, whatever their names are`() async throws {
    let store = try StoreFolder()
    let embedded = EmbeddedStore(try store.create())
    let names = ["a", "A", "a ", "ä", "a\n1", "\"]", "'; DROP TABLE record; --"]
    for (index, name) in names.enumerated() {
      for version in 1...(index + 1) {
        try await embedded.write(embedded.sample(version), to: name)
      }
    }
    let records = try await embedded.records(of: names.reversed() + ["nobody"])
    #expect(Set(records.keys) == Set(names))
    for name in names {
      let alone = try await embedded.record(of: name)
      #expect(try records[name]?.get() == alone)
    }
    #expect(try await embedded.records(of: []).isEmpty)
    #expect(try await Array(embedded.records(of: ["ä"]).keys) == ["ä"])
  }

  @Test func `thousands of records are opened, each with its own content`() async throws {
    let store = try StoreFolder()
    let embedded = EmbeddedStore(try store.create())
    let names = (0..<600).map { "connection-\($0)" }
    for (number, name) in names.enumerated() {
      var record = embedded.sample(1)
      record.clientID = "client of \(number)"
      try await embedded.write(record, to: name)
    }
    let records = try await embedded.records(of: names)
    for (number, name) in names.enumerated() {
      #expect(try records[name]?.get().clientID == "client of \(number)")
    }
  }

  @Test func `a record that can't be opened leaves the others alone`() async throws {
    let store = try StoreFolder()
    let embedded = EmbeddedStore(try store.create())
    for name in ["a", "b", "c", "d"] { try await embedded.write(embedded.sample(1), to: name) }
    try store.tamper(
      "UPDATE record SET sealed = zeroblob(29) WHERE connection = 'b'",
      "UPDATE record SET version = 2 WHERE connection = 'c'",
      "DELETE FROM record WHERE connection = 'd'")
    let records = try await embedded.records(of: ["a", "b", "c", "d"])
    #expect(try records["a"]?.get() == embedded.sample(1))
    for name in ["b", "c", "d"] {
      let alone = await #expect(throws: KeyturnError.self) {
        try await embedded.record(of: name)
      }
      let together = #expect(throws: KeyturnError.self) { try records[name]?.get() }
      #expect(together == alone)
    }
  }

  @Test func `the newest events of many are those of each`() async throws {
    let store = try StoreFolder()
    let registry = SQLiteRegistry(try store.create())
    for number in 0..<60 {
      let entry = AuditEntry(
        at: TestWorld.night + Double(number), actor: "admin@test", action: "event.\(number)",
        detail: "")
      try await registry.append(entry, about: number % 4 == 3 ? nil : "c\(number % 4)")
    }
    for limit in [1, 2, 100] {
      let events = try await registry.newestEvents(
        about: ["c2", "c0", "nobody", "c0"], limit: limit)
      #expect(Set(events.keys) == ["c0", "c2"])
      for name in ["c0", "c2"] {
        let alone = try await registry.events(about: name, limit: limit)
        #expect(Set(events[name]?.map(\.seq) ?? []) == Set(alone.map(\.seq)))
        #expect(events[name]?.last == alone.last)
      }
    }
    #expect(try await registry.newestEvents(about: [], limit: 5).isEmpty)
  }

  @Test func `the newest events are found by an index, however long the trail is`() async throws {
    let store = try StoreFolder()
    let database = try store.create()
    let plan = try await database.queue.read { db in
      try Row.fetchAll(
        db, sql: "EXPLAIN QUERY PLAN " + SQLiteRegistry.newestEvents,
        arguments: ["names": "[]", "limit": 2]
      )
      .map { try $0.decode(String.self, forColumn: "detail") }
    }
    #expect(!plan.contains { $0.hasPrefix("SCAN event") }, "\(plan)")
    #expect(plan.contains { $0.contains("event_subject (subject=?)") }, "\(plan)")
  }

  @Test func `settling times of several tenants are those of each`() async throws {
    let store = try StoreFolder()
    let embedded = EmbeddedStore(try store.create())
    let registry = SQLiteRegistry(try store.open())
    let names = (0..<6).map { "c\($0)" }
    for (number, name) in names.enumerated() {
      for version in 1...40 {
        var rotation = Rotation(
          id: "\(name) \(version)", mode: .automatic, startedAt: TestWorld.night)
        rotation.settledAfter = Double(number * 100 + version)
        let ended = EndedRotation(
          rotation, outcome: .completed, at: TestWorld.night + Double(version * 60 + number))
        try await embedded.write(embedded.sample(version), to: name, ended: ended)
      }
    }
    let groups = [Array(names[0..<3]), [], [names[3]], Array(names[4...])]
    let times = try await registry.settlingTimes(ofEach: groups)
    for (group, times) in zip(groups, times) {
      let alone = try await registry.settlingTimes(of: group)
      #expect(times == alone)
    }
    #expect(times.map(\.count) == [100, 0, 40, 80])
  }
}
