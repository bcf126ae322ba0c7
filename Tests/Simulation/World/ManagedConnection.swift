import Foundation
import Keyturn
import SimulatedTenant

/// One connection with all that the world knows of it, and keyturn does not.
final class ManagedConnection: @unchecked Sendable {
  var connection: Connection
  let objectID: String
  /// What the store holds, as the world saw it being written.
  var record: ConsumerRecord?
  var consumers: [SimulatedConsumer]
  /// How quickly an administrator comes, on average, in seconds.
  var diligence: Double
  /// How likely it is that a stranger in the portal deletes the secret in use.
  var dangers = 0.0
  let ledger = Ledger()
  /// What the last nights reported, the newest at the end.
  var nights: [CheckReport] = [] {
    didSet { if nights.count > 4 { nights.removeFirst() } }
  }

  init(
    _ connection: Connection, objectID: String, consumers: [SimulatedConsumer], diligence: Double
  ) {
    self.connection = connection
    self.objectID = objectID
    self.consumers = consumers
    self.diligence = diligence
  }

  var name: String { connection.name }

  /// Whether keyturn makes its secrets.
  var isAutomatic: Bool { connection.policy.rotate == .automatic && hasGraph }

  var hasGraph: Bool { connection.server.graph != nil }

  /// Whether the tenant tells keyturn who signs in with this connection's secrets.
  var hasEvidence = false
}

/// Somebody who uses a secret: what was pasted there is what it has, right or wrong.
final class SimulatedConsumer: @unchecked Sendable {
  let name: String
  /// What it signs in with.
  private(set) var holds: String?
  /// Since when.
  private(set) var since = 0.0
  /// Whether somebody said to keyturn that it has this value.
  var isConfirmed = false

  init(name: String) {
    self.name = name
  }

  /// A value is pasted into it.
  func take(_ value: String, at now: Double) {
    holds = value
    since = now
  }
}

/// What the checker remembers of one connection.
final class Ledger {
  /// A secret of the tenant, as it was last seen.
  struct Sight {
    var isRemoved: Bool
    /// The names in the report of a night that could have removed it and did not.
    var nights = 0
  }

  /// Every secret of the application, in the order of the tenant's history.
  var seen: [Sight] = []
  /// The values that the token service has accepted.
  var accepted: Set<String> = []
  /// The values for which keyturn is no longer to blame, and why.
  var excused: [String: String] = [:]
  /// The markers of every attempt that the store has known.
  var markers: Set<String> = []
  /// The values of the secrets whose removal the store has declared.
  var declared: Set<String> = []
  /// The markers of additions of which nobody knows whether they were made.
  var doubtful: Set<String> = []
  /// Which process has sent an addition with a marker.
  var makers: [String: Int] = [:]
  /// How many changes are on their way to Graph.
  var onTheWay = 0
  /// When changes arrived, and whether their senders still waited for them.
  var arrivals: [(at: Double, sender: Int, isStray: Bool)] = []
  /// When a change was refused.
  var refusedAt = -Double.infinity
  /// Since when the current value has not been the present one, and which one it is.
  var current: (value: String?, since: Double) = (nil, 0)
  /// Whether the grace was another one when the hand-over was confirmed.
  var policyChanged = false
  /// When an older database was put back.
  var restoredAt = -Double.infinity
}
