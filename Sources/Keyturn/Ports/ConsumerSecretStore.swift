import Foundation

/// Where the records live: reading is free, every write names the version that it replaces.
public protocol ConsumerSecretStore: Sendable {
  /// Which installation this is: random, made once.
  var storeID: String { get }

  /// The record of a connection; nil where there is none yet.
  ///
  /// Throws: ``KeyturnError`` where the record can't be opened (wrong key, damage, rolled back).
  func record(of connection: String) async throws -> ConsumerRecord?

  /// The records of these connections as they are at one instant; none where there is none yet.
  ///
  /// A record that can't be opened is an error in its place, of which the others know nothing.
  /// Throws: ``KeyturnError`` where the store as a whole can't be read.
  func records(of connections: [String]) async throws
    -> [String: Result<ConsumerRecord, KeyturnError>]

  /// Replaces one version by the next, together with the audit event that tells of it, or does nothing.
  ///
  /// Returns: false where the stored version is another one than `change.replaces`.
  /// Throws: ``KeyturnError`` where it can't be written; then nothing has changed.
  func swap(_ change: RecordChange) async throws -> Bool
}

/// One compare-and-swap.
public struct RecordChange: Sendable {
  public var connection: String
  /// The version that must be stored for the change to happen; 0 for none.
  public var replaces: Int
  /// The whole new record; its version is `replaces` + 1.
  public var record: ConsumerRecord
  public var event: AuditEntry
  /// From when on `check` has to look at the connection again.
  public var attentionAt: Date
  /// The rotation that ended with this change.
  public var ended: EndedRotation?

  /// A change to `record`, whose version says what it replaces.
  public init(
    connection: String, record: ConsumerRecord, event: AuditEntry, attentionAt: Date,
    ended: EndedRotation? = nil
  ) {
    self.connection = connection
    replaces = record.version - 1
    self.record = record
    self.event = event
    self.attentionAt = attentionAt
    self.ended = ended
  }
}

/// A rotation that is over.
public struct EndedRotation: Sendable, Equatable {
  /// How it ended.
  public enum Outcome: String, Sendable, Codable {
    case completed, abandoned
  }

  public var rotation: Rotation
  public var outcome: Outcome
  public var at: Date

  /// A rotation and how it ended.
  public init(_ rotation: Rotation, outcome: Outcome, at: Date) {
    self.rotation = rotation
    self.outcome = outcome
    self.at = at
  }
}
