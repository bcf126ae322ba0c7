import Adapters
import Foundation
import Keyturn

/// The real store as one process reaches it: others come in between, disks fail, and it may be killed.
struct StorePort: ConsumerSecretStore {
  let process: SimulatedProcess

  private var world: World { process.world }

  var storeID: String { (try? world.vault.store.storeID) ?? "" }

  func record(of connection: String) async throws -> ConsumerRecord? {
    try await process.approach(.read, about: connection)
    let record = try await world.thread.abroad {
      try await world.vault.store.record(of: connection)
    }
    world.checker.wasRead(record, of: connection, by: process)
    guard await process.pause(world.chance.number(0...0.01)) else { throw CancellationError() }
    return record
  }

  func records(of connections: [String]) async throws
    -> [String: Result<ConsumerRecord, KeyturnError>]
  {
    try await process.approach(.read, about: nil)
    let records = try await world.thread.abroad {
      try await world.vault.store.records(of: connections)
    }
    for (connection, record) in records {
      world.checker.wasRead(try? record.get(), of: connection, by: process)
    }
    guard await process.pause(world.chance.number(0...0.01)) else { throw CancellationError() }
    return records
  }

  func swap(_ change: RecordChange) async throws -> Bool {
    world.checker.isSwapping(change, by: process)
    try await process.approach(.write, about: change.connection)
    let found = world[change.connection]?.record
    let hasWon = try await world.thread.abroad { try await world.vault.store.swap(change) }
    world.checker.wasSwapped(change, found: found, hasWon: hasWon, by: process)
    try await process.leave(about: change.connection)
    return hasWon
  }
}

/// The real registry as one process reaches it.
struct RegistryPort: Registry {
  let process: SimulatedProcess

  private var world: World { process.world }

  func append(_ entry: AuditEntry, about connection: String?) async throws {
    world.checker.hear("\(entry)", from: "the audit trail")
    try await write(about: connection) { try await $0.append(entry, about: connection) }
  }

  func events(about connection: String?, limit: Int?) async throws -> [AuditEvent] {
    try await read { try await $0.events(about: connection, limit: limit) }
  }

  func newestEvents(about connections: [String], limit: Int) async throws
    -> [String: [AuditEvent]]
  {
    try await read { try await $0.newestEvents(about: connections, limit: limit) }
  }

  func events(after seq: Int, about connection: String?, limit: Int) async throws -> [AuditEvent] {
    try await read { try await $0.events(after: seq, about: connection, limit: limit) }
  }

  func firstBadEvent() async throws -> Int? {
    try await read { try await $0.firstBadEvent() }
  }

  func connectionsNeedingAttention(by instant: Date, of configured: [String]) async throws
    -> [String]
  {
    try await read {
      try await $0.connectionsNeedingAttention(by: instant, of: configured)
    }
  }

  func schedule(_ attentions: [Attention]) async throws {
    try await write(about: nil) { try await $0.schedule(attentions) }
  }

  func settlingTimes(of connections: [String]) async throws -> [TimeInterval] {
    try await read { try await $0.settlingTimes(of: connections) }
  }

  func settlingTimes(ofEach groups: [[String]]) async throws -> [[TimeInterval]] {
    try await read { try await $0.settlingTimes(ofEach: groups) }
  }

  func runs() async throws -> RunHistory {
    try await read { try await $0.runs() }
  }

  func add(_ run: Run) async throws {
    world.checker.hear(run.summary, from: "the summary of a run")
    try await write(about: nil) { try await $0.add(run) }
  }

  private func read<T: Sendable>(_ work: (any Registry) async throws -> T) async throws -> T {
    try await process.approach(.read, about: nil)
    return try await world.thread.abroad { try await work(world.vault.registry) }
  }

  private func write(
    about connection: String?, _ work: (any Registry) async throws -> Void
  ) async throws {
    try await process.approach(.write, about: connection)
    try await world.thread.abroad { try await work(world.vault.registry) }
    try await process.leave(about: connection)
  }
}

/// What a process wants of the database.
enum DatabaseAccess {
  case read, write
}

extension SimulatedProcess {
  /// Waits for its turn at the database; throws where it is killed or the disk fails before anything happens.
  func approach(_ access: DatabaseAccess, about connection: String?) async throws {
    let step = world.step(of: connection)
    let latency = world.chance.number(0.0005...0.01) + world.stall(self, step)
    guard await pause(latency) else { throw CancellationError() }
    let weather = world.weather.near(step)
    if access == .write, world.chance.happens(weather.crash) {
      world.kill(self, .killedBeforeWrite, step: step)
      throw CancellationError()
    }
    guard world.chance.happens(weather.disk) else { return }
    let fault: Fault = access == .write ? .writeFails : .readFails
    world.count(fault, step)
    world.trace.add(world.now, "\(self): \(fault.rawValue)")
    if access == .read { markDoubtful(connection) }
    throw KeyturnError.disk(world.chance.happens(0.5))
  }

  /// A value whose write failed is left to its marker where the store can't even be read.
  private func markDoubtful(_ connection: String?) {
    for (keyID, value) in unsaved where value.connection == connection {
      unsaved[keyID]?.isInDoubt = true
    }
  }

  /// Learns that a write was made; throws where it is killed before, or told the opposite.
  func leave(about connection: String?) async throws {
    let step = world.step(of: connection)
    let weather = world.weather.near(step)
    guard await pause(world.chance.number(0.0005...0.01) + world.stall(self, step)) else {
      throw CancellationError()
    }
    if world.chance.happens(weather.crash) {
      world.kill(self, .killedAfterWrite, step: step)
      throw CancellationError()
    }
    guard world.chance.happens(weather.disk) else { return }
    world.count(.writeFailsAfterwards, step)
    world.trace.add(world.now, "\(self): \(Fault.writeFailsAfterwards.rawValue)")
    throw KeyturnError.disk(false)
  }
}

extension KeyturnError {
  /// What the adapter says of a full disk, or of one whose flush failed.
  fileprivate static func disk(_ isFull: Bool) -> KeyturnError {
    isFull
      ? KeyturnError(.cannotCreate, "the disk is full; nothing was changed", hints: ["make room"])
      : KeyturnError(.cannotCreate, "the disk failed (SQLite 1034)", hints: ["see dmesg"])
  }
}
