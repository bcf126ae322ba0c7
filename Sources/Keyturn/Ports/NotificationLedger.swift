import Foundation

/// Where the ledger of findings and messages is kept.
public protocol NotificationLedger: Sendable {
  /// What is open, told and owed.
  func ledger() async throws -> Ledger

  /// Writes what a night changes, in one transaction.
  func write(_ change: LedgerChange) async throws

  /// Notes how a try to deliver a message ended.
  func note(_ attempt: DeliveryAttempt) async throws

  /// Silences a connection's warnings, or with nil no longer, and writes that into the audit trail.
  func setSnooze(_ snooze: Snooze?, of connection: String, _ entry: AuditEntry) async throws

  /// The newest messages, oldest first, with what became of them.
  func messages(limit: Int) async throws -> [SentMessage]
}

/// A message with what became of it.
public struct SentMessage: Sendable, Equatable {
  /// What became of it.
  public enum State: String, Sendable {
    /// It is still to be sent.
    case owed
    /// The receiver has taken it.
    case delivered
    /// A newer message says what it said.
    case superseded
  }

  public var message: Message
  public var state: State
  /// When it was tried last.
  public var triedAt: Date?
  /// What the receiver said.
  public var receipt: String?
  /// Why the newest try failed.
  public var lastError: String?

  /// A message as it was read from the ledger.
  public init(
    message: Message, state: State, triedAt: Date?, receipt: String?, lastError: String?
  ) {
    self.message = message
    self.state = state
    self.triedAt = triedAt
    self.receipt = receipt
    self.lastError = lastError
  }
}
