import Foundation

/// What carries messages to their receivers.
public protocol Notifier: Sendable {
  /// Sends a message, once, and waits until the receiver has taken it or a time-out is over.
  ///
  /// Returns: what the receiver said, as it goes into the ledger; safe to show.
  /// Throws: ``DeliveryFailure``.
  func deliver(_ message: Message, by route: Route) async throws(DeliveryFailure) -> String
}

/// A message that was not delivered, or may not have been.
public struct DeliveryFailure: Error, Sendable, Equatable {
  /// What is known of the message.
  public enum Outcome: String, Sendable, Codable {
    /// The receiver certainly has not taken it: there was no connection, or it said no.
    case refused
    /// The receiver may have taken it: the answer was lost, or came too late.
    case uncertain
  }

  public var outcome: Outcome
  /// Seconds that the receiver asked to wait.
  public var retryAfter: TimeInterval?
  /// What happened, to what; safe to show, and without addresses that are secrets.
  public var message: String
  /// What to do.
  public var remedy: String

  /// A failure; its texts are safe to show.
  public init(
    _ outcome: Outcome, _ message: String, remedy: String, retryAfter: TimeInterval? = nil
  ) {
    self.outcome = outcome
    self.message = message
    self.remedy = remedy
    self.retryAfter = retryAfter
  }
}
