import Foundation

/// What keyturn remembers beside the records: the audit trail and the nightly runs.
public protocol Registry: Sendable {
  /// Adds an event to the audit trail.
  func append(_ entry: AuditEntry, about connection: String?) async throws

  /// The events of one connection, or all, oldest first; the newest `limit` of them.
  func events(about connection: String?, limit: Int?) async throws -> [AuditEvent]

  /// The newest `limit` events of each of these connections, oldest first.
  func newestEvents(about connections: [String], limit: Int) async throws -> [String: [AuditEvent]]

  /// The events behind a sequence number (0: from the first one on), oldest first; at most `limit`.
  ///
  /// A trail of any length is read page by page with it, and a reader goes on where it was.
  func events(after seq: Int, about connection: String?, limit: Int) async throws -> [AuditEvent]

  /// Walks the whole chain. Returns: the first sequence number that does not fit, nil if all do.
  func firstBadEvent() async throws -> Int?

  /// The connections whose records ask for attention by `instant`, or that have no record yet.
  func connectionsNeedingAttention(by instant: Date, of configured: [String]) async throws
    -> [String]

  /// Notes anew from when on records ask for attention, after the configuration has changed.
  ///
  /// A record that has another version by now has its own note already, and keeps it.
  func schedule(_ attentions: [Attention]) async throws

  /// How long the new secrets of these connections took to settle, in seconds; the newest hundred.
  func settlingTimes(of connections: [String]) async throws -> [TimeInterval]

  /// The same for several groups of connections at once, each with the newest hundred of its own.
  func settlingTimes(ofEach groups: [[String]]) async throws -> [[TimeInterval]]

  /// The newest run, and the newest one that did all of its work.
  func runs() async throws -> RunHistory

  /// Remembers a run.
  func add(_ run: Run) async throws
}

/// From when on `check` has to look at a record again.
public struct Attention: Sendable, Equatable {
  public var connection: String
  /// The version of the record that was looked at.
  public var version: Int
  public var at: Date

  /// A note for this version of a record.
  public init(connection: String, version: Int, at: Date) {
    self.connection = connection
    self.version = version
    self.at = at
  }
}

/// Something that somebody did, on its way into the audit trail.
public struct AuditEntry: Sendable, Equatable {
  public var at: Date
  /// Who: user, host, and whether at a terminal, from cron or from elsewhere.
  public var actor: String
  /// What, as a stable word: `rotation.switched`.
  public var action: String
  /// More about it; never a secret's value.
  public var detail: String

  /// An entry; its texts are safe to show.
  public init(at: Date, actor: String, action: String, detail: String) {
    self.at = at
    self.actor = actor
    self.action = action
    self.detail = detail
  }
}

/// An entry with its place in the chain.
public struct AuditEvent: Sendable, Equatable {
  public var seq: Int
  public var entry: AuditEntry
  /// The connection it is about.
  public var subject: String?
  /// The chain's value after it, in hexadecimal.
  public var hash: String

  /// An event as it was read from the trail.
  public init(seq: Int, entry: AuditEntry, subject: String?, hash: String) {
    self.seq = seq
    self.entry = entry
    self.subject = subject
    self.hash = hash
  }
}

/// One night's run.
public struct Run: Sendable, Equatable {
  public var startedAt: Date
  public var finishedAt: Date
  public var severity: Severity
  /// What the thresholds and names were: another fingerprint means that everything is looked at anew.
  public var fingerprint: String
  public var summary: String

  /// A run as it went.
  public init(
    startedAt: Date, finishedAt: Date, severity: Severity, fingerprint: String, summary: String
  ) {
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.severity = severity
    self.fingerprint = fingerprint
    self.summary = summary
  }
}

/// What is known of the nights before.
public struct RunHistory: Sendable, Equatable {
  public var newest: Run?
  /// The newest run in which every part of the check could be done.
  public var newestGood: Run?

  /// A history of these two runs.
  public init(newest: Run? = nil, newestGood: Run? = nil) {
    self.newest = newest
    self.newestGood = newestGood
  }
}
