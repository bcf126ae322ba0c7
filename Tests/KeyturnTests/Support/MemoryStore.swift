import Foundation
import Keyturn
import Synchronization

/// A store in memory with a real compare-and-swap, whose writes can be made to fail.
final class MemoryStore: ConsumerSecretStore {
  /// Where a write fails: with nothing written, or written without the caller knowing.
  enum Moment: Sendable, CaseIterable {
    case before, after
  }

  typealias Fault = @Sendable (RecordChange, Moment) async throws -> Void
  typealias Observer = @Sendable (ConsumerRecord?, RecordChange) -> Void

  private struct State {
    var records: [String: ConsumerRecord] = [:]
    var attention: [String: Date] = [:]
    var unreadable: [String: KeyturnError] = [:]
    var changes: [RecordChange] = []
    var reads: [String] = []
    var fault: Fault = { _, _ in }
    var observer: Observer = { _, _ in }
  }

  let storeID = "5eed0123456789ab"
  private let world: SimulatedWorld
  private let state = Mutex(State())

  init(_ world: SimulatedWorld) {
    self.world = world
  }

  // MARK: The port

  func record(of connection: String) async throws -> ConsumerRecord? {
    await world.pause()
    return try state.withLock {
      $0.reads.append(connection)
      if let error = $0.unreadable[connection] { throw error }
      return $0.records[connection]
    }
  }

  func records(of connections: [String]) async throws
    -> [String: Result<ConsumerRecord, KeyturnError>]
  {
    await world.pause()
    return state.withLock { state in
      var records: [String: Result<ConsumerRecord, KeyturnError>] = [:]
      for connection in connections {
        records[connection] =
          state.unreadable[connection].map { .failure($0) }
          ?? state.records[connection].map { .success($0) }
      }
      return records
    }
  }

  func swap(_ change: RecordChange) async throws -> Bool {
    await world.pause()
    let fault = state.withLock { $0.fault }
    try await fault(change, .before)
    let isDone = state.withLock {
      guard ($0.records[change.connection]?.version ?? 0) == change.replaces else { return false }
      Self.write(change, in: &$0)
      return true
    }
    if isDone { try await fault(change, .after) }
    return isDone
  }

  // MARK: What tests do with it

  /// Writes whatever the stored version is: what a store must never do.
  func force(_ change: RecordChange) {
    state.withLock { Self.write(change, in: &$0) }
  }

  /// Puts a record there as if it had always been, without a change.
  func put(_ record: ConsumerRecord, of connection: Connection) {
    state.withLock {
      $0.records[connection.name] = record
      $0.attention[connection.name] = Judgement.attention(connection, record)
    }
  }

  /// Makes a connection's record impossible to open, or possible again.
  func makeUnreadable(_ connection: String, _ error: KeyturnError?) {
    state.withLock { $0.unreadable[connection] = error }
  }

  /// What happens before and after each write.
  func onWrite(_ fault: @escaping Fault) {
    state.withLock { $0.fault = fault }
  }

  /// Who is shown each write, with the record that it replaced, in the order of writing.
  func observe(_ observer: @escaping Observer) {
    state.withLock { $0.observer = observer }
  }

  /// A record as it is stored.
  subscript(connection: String) -> ConsumerRecord? {
    state.withLock { $0.records[connection] }
  }

  /// Every write so far.
  var changes: [RecordChange] { state.withLock { $0.changes } }

  /// The words of the audit trail so far.
  var actions: [String] { changes.map(\.event.action) }

  /// The connections whose records were read, in order.
  var reads: [String] { state.withLock { $0.reads } }

  /// Notes anew from when on a connection asks for attention, as long as its record is that version.
  func schedule(_ attention: Attention) {
    state.withLock { state in
      guard state.records[attention.connection]?.version == attention.version else { return }
      state.attention[attention.connection] = attention.at
    }
  }

  /// From when on a connection asks for attention; nil where it has no record.
  func attention(of connection: String) -> Date? {
    state.withLock { $0.attention[connection] }
  }

  private static func write(_ change: RecordChange, in state: inout State) {
    let replaced = state.records[change.connection]
    state.records[change.connection] = change.record
    state.attention[change.connection] = change.attentionAt
    state.changes.append(change)
    state.observer(replaced, change)
  }
}

extension KeyturnError {
  /// What a full disk comes to.
  static let diskFull = KeyturnError(
    .unavailable, "the database can't be written: the disk is full", hints: ["make room"])
}
