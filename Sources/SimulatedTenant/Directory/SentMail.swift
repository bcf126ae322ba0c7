public import Foundation

/// A mail that Graph has taken, as it will lie in the mailboxes of those it is for.
public struct SentMail: Sendable, Equatable {
  /// The sender's address, in lower case.
  public let from: String
  public let to: [String]
  public let subject: String
  /// `HTML` or `Text`.
  public let contentType: String
  public let content: String
  /// The fields that the sender has added, whose names begin with `X-`.
  public let headers: [String: String]
  /// Whether the sender keeps a copy.
  public let isSavedToSentItems: Bool
  public let sentAt: Date
}
