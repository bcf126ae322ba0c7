import Foundation
import Keyturn
import Synchronization

/// The ledger in memory, with the database's rules.
final class MemoryLedger: NotificationLedger {
  private struct State {
    var ledger = Ledger()
    var sent: [SentMessage] = []
    var entries: [AuditEntry] = []
  }

  private let state = Mutex(State())

  func ledger() async throws -> Ledger { state.withLock { $0.ledger } }

  func write(_ change: LedgerChange) async throws {
    state.withLock { state in
      let touched = Set(change.opened.map(\.finding.key)).union(change.closed)
      state.ledger.open.removeAll { touched.contains($0.finding.key) }
      state.ledger.open += change.opened
      let closed = Set(change.closed)
      state.ledger.notices.removeAll { notice in
        closed.contains(notice.key)
          || (change.superseded.contains(notice.message) && !notice.isDelivered)
      }
      state.ledger.owed.removeAll { change.superseded.contains($0.message.id) }
      state.ledger.owed += change.messages
      for notice in change.notices {
        var notice = notice
        let old = state.ledger.notices.firstIndex {
          ($0.audience, $0.key, $0.stage) == (notice.audience, notice.key, notice.stage)
        }
        if let old { notice.isDelivered = state.ledger.notices.remove(at: old).isDelivered }
        state.ledger.notices.append(notice)
      }
    }
  }

  func note(_ attempt: DeliveryAttempt) async throws {
    state.withLock { state in
      guard let index = state.ledger.owed.firstIndex(where: { $0.message.id == attempt.message })
      else { return }
      guard let receipt = attempt.receipt else {
        state.ledger.owed[index].isUncertain = attempt.isUncertain
        state.ledger.owed[index].failures = attempt.failures
        state.ledger.owed[index].failingSince = attempt.failingSince
        state.ledger.owed[index].nextTryAt = attempt.nextTryAt ?? attempt.at
        state.ledger.owed[index].lastError = attempt.lastError
        return
      }
      let owed = state.ledger.owed.remove(at: index)
      state.ledger.deliveries[owed.audience.route] = attempt.at
      for index in state.ledger.notices.indices
      where state.ledger.notices[index].message == attempt.message {
        state.ledger.notices[index].isDelivered = true
      }
      state.sent.append(
        SentMessage(
          message: owed.message, state: .delivered, triedAt: attempt.at, receipt: receipt,
          lastError: nil))
    }
  }

  func setSnooze(_ snooze: Snooze?, of connection: String, _ entry: AuditEntry) async throws {
    state.withLock {
      $0.ledger.snoozes[connection] = snooze
      $0.entries.append(entry)
    }
  }

  func messages(limit: Int) async throws -> [SentMessage] {
    state.withLock { Array($0.sent.suffix(limit)) }
  }
}

/// Receivers that write down what they get, and fail when a test says so.
final class Letterbox: Notifier {
  struct Delivery: Sendable {
    var at: Date
    var message: Message
  }

  private struct State {
    var deliveries: [Delivery] = []
    var failures: [String: DeliveryFailure] = [:]
  }

  private let world: SimulatedWorld
  private let state = Mutex(State())

  init(_ world: SimulatedWorld) {
    self.world = world
  }

  /// What arrived, in the order of its arrival.
  var deliveries: [Delivery] { state.withLock { $0.deliveries } }

  func deliveries(by route: String) -> [Message] {
    deliveries.map(\.message).filter { $0.route == route }
  }

  /// From now on this route fails; nil: it works again.
  func fail(_ route: String, _ failure: DeliveryFailure?) {
    state.withLock { $0.failures[route] = failure }
  }

  func deliver(_ message: Message, by route: Route) async throws(DeliveryFailure) -> String {
    let failure = state.withLock { state -> DeliveryFailure? in
      let failure = state.failures[route.name]
      // What may have been taken was taken: the worse case for whoever sends it again.
      if failure == nil || failure?.outcome == .uncertain {
        state.deliveries.append(Delivery(at: world.now, message: message))
      }
      return failure
    }
    if let failure { throw failure }
    return "taken"
  }
}

extension DeliveryFailure {
  static let refusal = DeliveryFailure(.refused, "503 from 127.0.0.1", remedy: "start it")
  static let silence = DeliveryFailure(.uncertain, "no answer within 30 s", remedy: "look there")
}
