import Foundation
import Keyturn
import NIOHTTP1

/// What the answer of a receiver means for the message that it was sent.
struct ReceiverAnswer {
  let response: HTTPExchangeResponse
  let host: String
  /// What must not be repeated: the address, where that is a secret, and what signs the messages.
  var withheld: [SecretValue] = []
  let now: Date

  /// What goes into the ledger of a message that was taken.
  ///
  /// Throws: ``DeliveryFailure`` for any other answer.
  func receipt() throws(DeliveryFailure) -> String {
    let status = response.status
    guard (200...299).contains(status) else {
      throw DeliveryFailure(
        Self.outcome(of: status), "\(host) answered \(status)\(words)",
        remedy: Self.remedy(for: status),
        retryAfter: RetryAfter.seconds(in: response.headers, now: now))
    }
    return "\(host) answered \(status)\(words)"
  }

  /// Whether a message with this answer was certainly not taken.
  ///
  /// A gateway that got no answer (502, 504) does not know what became of it.
  static func outcome(of status: Int) -> DeliveryFailure.Outcome {
    status == 502 || status == 504 ? .uncertain : .refused
  }

  /// The beginning of the body, in parentheses.
  private var words: String {
    let text = String(decoding: response.body.prefix(2_000), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard !text.isEmpty else { return "" }
    guard !text.hasPrefix("<") else { return " (with \(response.bodyKind))" }
    return " (\(text.quoted(upTo: 160, withholding: withheld)))"
  }

  private static func remedy(for status: Int) -> String {
    switch status {
    case 400, 422:
      "check format: of the route: the receiver does not understand what it was sent"
    case 401, 403:
      "check the address of the route, and what the receiver wants to be signed with"
    case 404: "check the address of the route: the receiver does not know it"
    case 410:
      "the receiver is gone: make a new address there, or remove the route from notify:"
    case 413: "the receiver takes only smaller messages: choose another format: or another route"
    case 429: "nothing: the message is sent again with a later run"
    case 500...: "look at the receiver's own log; the message is sent again with a later run"
    default: "check the address of the route, and what answers there"
    }
  }
}

extension DeliveryFailure {
  /// No whole answer came: what may have left this machine may have been taken.
  init(_ failure: TransportFailure) {
    self.init(
      failure.mayHaveBeenSent ? .uncertain : .refused, failure.message, remedy: failure.remedy)
  }

  /// What is wrong on this machine, before anything was sent.
  init(_ error: KeyturnError) {
    self.init(
      .refused, error.message,
      remedy: error.hints.isEmpty ? "correct it" : error.hints.joined(separator: "; "))
  }
}
