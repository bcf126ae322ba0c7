import Foundation
import Keyturn

/// Keeps requests that select `keyCredentials` below what a tenant allows.
///
/// Source: Microsoft Graph v1.0, "List applications": 150 requests a minute and tenant. All programs of the
/// tenant share them, so that a fifth is left to the others.
actor CertificatePace {
  static let limit = 120
  static let window: TimeInterval = 60

  /// When each directory is or will be asked, the oldest first; no more than what counts.
  private var slots: [String: [Date]] = [:]

  /// Takes the next turn at a directory, and returns when that is: in no minute there are more than
  /// the limit.
  func turn(at directory: String, now: Date) -> Date {
    // A clock that was set back would make everybody wait for it.
    var taken = (slots[directory] ?? []).filter {
      abs(now.timeIntervalSince($0)) < 100 * Self.window
    }
    if taken.count > Self.limit { taken.removeFirst(taken.count - Self.limit) }
    let next =
      taken.count < Self.limit ? now : max(now, taken[0].addingTimeInterval(Self.window))
    slots[directory] = taken + [max(next, taken.last ?? next)]
    return slots[directory]?.last ?? next
  }
}

extension GraphClient {
  /// Seconds to wait before a call may be sent.
  func wait(for call: GraphCall, _ caller: DirectoryCaller) async -> TimeInterval {
    guard call.selectsCertificates,
      case .entra(let directory, let cloud) = caller.connection.server.kind
    else { return 0 }
    let now = context.now()
    let turn = await certificatePace.turn(
      at: "\(cloud.graph.absoluteString) \(directory)", now: now)
    return turn.timeIntervalSince(now)
  }
}
