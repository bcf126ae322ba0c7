import Foundation
import Keyturn
import Synchronization

/// A registry in memory; what needs attention follows from the store beside it.
final class MemoryRegistry: Registry {
  private struct State {
    var events: [AuditEvent] = []
    var runs: [Run] = []
  }

  private let store: MemoryStore
  private let state = Mutex(State())

  init(_ store: MemoryStore) {
    self.store = store
  }

  /// Every run so far.
  var allRuns: [Run] { state.withLock { $0.runs } }

  func append(_ entry: AuditEntry, about connection: String?) async throws {
    state.withLock {
      $0.events.append(
        AuditEvent(seq: $0.events.count + 1, entry: entry, subject: connection, hash: ""))
    }
  }

  func events(about connection: String?, limit: Int?) async throws -> [AuditEvent] {
    state.withLock { state in
      let events = state.events.filter { connection == nil || $0.subject == connection }
      return Array(events.suffix(limit ?? events.count))
    }
  }

  func newestEvents(about connections: [String], limit: Int) async throws
    -> [String: [AuditEvent]]
  {
    state.withLock { state in
      let events = Dictionary(grouping: state.events) { $0.subject ?? "" }
      return events.filter { connections.contains($0.key) }.mapValues { Array($0.suffix(limit)) }
    }
  }

  func events(after seq: Int, about connection: String?, limit: Int) async throws -> [AuditEvent] {
    state.withLock { state in
      let events = state.events.filter { connection == nil || $0.subject == connection }
      return Array(events.filter { $0.seq > seq }.prefix(limit))
    }
  }

  func firstBadEvent() async throws -> Int? { nil }

  func connectionsNeedingAttention(by instant: Date, of configured: [String]) async throws
    -> [String]
  {
    configured.filter { name in store.attention(of: name).map { $0 <= instant } ?? true }
  }

  func schedule(_ attentions: [Attention]) async throws {
    attentions.forEach(store.schedule)
  }

  func settlingTimes(of connections: [String]) async throws -> [TimeInterval] {
    store.changes.filter { connections.contains($0.connection) }
      .compactMap { $0.ended?.rotation.settledAfter }
  }

  func settlingTimes(ofEach groups: [[String]]) async throws -> [[TimeInterval]] {
    var times: [[TimeInterval]] = []
    for group in groups { times.append(try await settlingTimes(of: group)) }
    return times
  }

  func runs() async throws -> RunHistory {
    state.withLock { state in
      RunHistory(
        newest: state.runs.last, newestGood: state.runs.last { $0.severity != .unknown })
    }
  }

  func add(_ run: Run) async throws {
    state.withLock { $0.runs.append(run) }
  }
}
