import Foundation
import Keyturn

/// Store and registry in memory, with the rules of the database and a fraction of its costs.
final class MemoryVault: Vault {
  private let cabinet = Cabinet()
  private let storeID: String
  private var backups: [Int: Cabinet.Content] = [:]
  private var count = 0

  init(chance: inout Chance) {
    let id = (0..<2).map { _ in String(chance.next() | 1 << 63, radix: 16) }
    storeID = id.joined()
  }

  var store: any ConsumerSecretStore { MemoryStore(cabinet: cabinet, storeID: storeID) }

  var registry: any Registry { MemoryRegistry(cabinet: cabinet) }

  func backUp() -> Int {
    count += 1
    backups[count] = cabinet.content
    return count
  }

  func restore(_ number: Int) throws {
    guard let backup = backups[number] else { throw CocoaError(.fileNoSuchFile) }
    cabinet.content = backup
  }

  func forget(_ number: Int) {
    backups[number] = nil
  }

  func contents() -> [Data] { [] }
}

/// What the database's tables hold; touched by the history's one thread alone.
private final class Cabinet: @unchecked Sendable {
  struct Content {
    var records: [String: (record: ConsumerRecord, attentionAt: Date)] = [:]
    var settlingTimes: [(connection: String, seconds: TimeInterval)] = []
    var runs = RunHistory()
  }

  var content = Content()
}

private struct MemoryStore: ConsumerSecretStore {
  let cabinet: Cabinet
  let storeID: String

  func record(of connection: String) async throws -> ConsumerRecord? {
    cabinet.content.records[connection]?.record
  }

  func records(of connections: [String]) async throws
    -> [String: Result<ConsumerRecord, KeyturnError>]
  {
    let names = Set(connections)
    return cabinet.content.records.filter { names.contains($0.key) }
      .mapValues { .success($0.record) }
  }

  func swap(_ change: RecordChange) async throws -> Bool {
    let found = cabinet.content.records[change.connection]?.record.version ?? 0
    guard found == change.replaces else { return false }
    cabinet.content.records[change.connection] = (change.record, change.attentionAt)
    if let ended = change.ended, let seconds = ended.rotation.settledAfter {
      cabinet.content.settlingTimes.append((change.connection, seconds))
    }
    return true
  }
}

private struct MemoryRegistry: Registry {
  let cabinet: Cabinet

  // The audit trail is heard where it is written; nobody reads it here.
  func append(_ entry: AuditEntry, about connection: String?) async throws {}

  func events(about connection: String?, limit: Int?) async throws -> [AuditEvent] { [] }

  func newestEvents(about connections: [String], limit: Int) async throws
    -> [String: [AuditEvent]]
  { [:] }

  func events(after seq: Int, about connection: String?, limit: Int) async throws -> [AuditEvent] {
    []
  }

  func firstBadEvent() async throws -> Int? { nil }

  func connectionsNeedingAttention(by instant: Date, of configured: [String]) async throws
    -> [String]
  {
    configured.filter { name in
      cabinet.content.records[name].map { $0.attentionAt <= instant } ?? true
    }
  }

  func schedule(_ attentions: [Attention]) async throws {
    for attention in attentions
    where cabinet.content.records[attention.connection]?.record.version == attention.version {
      cabinet.content.records[attention.connection]?.attentionAt = attention.at
    }
  }

  func settlingTimes(of connections: [String]) async throws -> [TimeInterval] {
    cabinet.content.settlingTimes.filter { connections.contains($0.connection) }.suffix(100)
      .map(\.seconds)
  }

  func settlingTimes(ofEach groups: [[String]]) async throws -> [[TimeInterval]] {
    var times: [[TimeInterval]] = []
    for group in groups { times.append(try await settlingTimes(of: group)) }
    return times
  }

  func runs() async throws -> RunHistory {
    cabinet.content.runs
  }

  func add(_ run: Run) async throws {
    cabinet.content.runs.newest = run
    if run.severity != .unknown { cabinet.content.runs.newestGood = run }
  }
}
