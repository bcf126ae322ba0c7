public import Foundation

/// A client secret with the value that only its maker was shown, and its spread over replicas.
public struct IssuedSecret: Sendable, Equatable {
  /// The Secret ID.
  public let keyID: String
  /// The description in the portal.
  public let displayName: String?
  /// The secret itself.
  public let value: String
  /// When it begins to be valid.
  public let startsAt: Date
  /// When it stops being valid.
  public let expiresAt: Date
  /// When it was made.
  public let issuedAt: Date
  /// When it was removed; `nil` as long as it exists.
  public internal(set) var removedAt: Date?

  var arrival: Spread
  var departure: Spread

  /// The first three characters of the value, which Graph shows for ever.
  public var hint: String { String(value.prefix(3)) }

  /// Whether the secret exists and its lifetime covers the moment, replicas aside.
  public func isValid(at moment: Date) -> Bool {
    removedAt == nil && startsAt <= moment && moment < expiresAt
  }

  /// Whether a replica of the token service knows the secret at the moment.
  func isKnown(toTokenReplica replica: Int, at moment: Date) -> Bool {
    isKnown(at: moment, arrival: arrival.token, departure: departure.token, replica)
  }

  /// Whether a replica of Graph shows the secret at the moment.
  func isShown(byGraphReplica replica: Int, at moment: Date) -> Bool {
    isKnown(at: moment, arrival: arrival.graph, departure: departure.graph, replica)
  }

  private func isKnown(
    at moment: Date, arrival: [Double], departure: [Double], _ replica: Int
  ) -> Bool {
    guard issuedAt.addingTimeInterval(Spread.delay(arrival, replica)) <= moment else {
      return false
    }
    guard let removedAt else { return true }
    return moment < removedAt.addingTimeInterval(Spread.delay(departure, replica))
  }
}
