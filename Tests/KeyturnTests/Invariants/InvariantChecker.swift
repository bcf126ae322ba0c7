import Foundation
import Keyturn
import Synchronization

/// Looks at every write and hears every text of a history, and notes what must never happen.
final class InvariantChecker: Sendable {
  /// What every value of a history holds, and no text ever.
  static let trace = "of-this-history"

  /// The actor of whoever said that the grace does not matter.
  static let hasty = "admin --now"

  private struct State {
    var violations: [String] = []
    var versions: Set<Int> = []
    var stored: Set<SecretValue> = []
    /// Which unproven value, if any, the giver of a value saw in its place.
    var seenBefore: [SecretValue: SecretValue] = [:]
  }

  private let server: SimulatedServer
  private let state = Mutex(State())

  init(_ server: SimulatedServer) {
    self.server = server
  }

  /// What was broken, each as `I4: …`.
  var violations: [String] { state.withLock { $0.violations } }

  // MARK: What is told to it

  /// A text that left the core.
  func hear(_ texts: String...) {
    for text in texts {
      expect(!text.contains(Self.trace), "I6: a text holds a value: \(text.prefix(80))")
    }
  }

  /// Whoever gives `value` saw `record` before.
  func isGiving(_ value: SecretValue, over record: ConsumerRecord) {
    state.withLock { $0.seenBefore[value] = record.pending?.value }
  }

  /// The giver of `value` was told that it is in the store.
  func wasGiven(_ value: SecretValue) {
    expect(state.withLock { $0.stored.contains(value) }, "I7: a value that was taken is not stored")
  }

  /// An administrator was told to delete `value`.
  func isDeleting(_ value: SecretValue?, of record: ConsumerRecord) {
    let isInUse = value != nil && value == record.current?.value
    expect(!isInUse, "I1: the current secret was to be deleted")
  }

  /// A night ended with this report.
  func hear(_ report: CheckReport) {
    for finding in report.findings { hear(finding.message, finding.remedy, "\(finding)") }
    for action in report.actions { hear(action.message, "\(action)") }
    hear(report.summary)
    let isSilent = report.severity == .ok && report.actions.contains { $0.result == .failed }
    expect(!isSilent, "I8: a night that failed ended well: \(report.actions)")
  }

  /// One version took the place of another.
  func examine(_ old: ConsumerRecord?, _ change: RecordChange) {
    let new = change.record
    examineVersions(old, change)
    examineCurrent(old, new)
    if let old {
      examinePrevious(old, change)
      examinePending(old, change)
    }
    if let value = new.pending?.value { state.withLock { _ = $0.stored.insert(value) } }
    let event = change.event
    hear(event.actor, event.action, event.detail, "\(new)", String(reflecting: change.ended))
  }

  // MARK: The invariants

  private func examineVersions(_ old: ConsumerRecord?, _ change: RecordChange) {
    let new = change.record
    expect(new.version == (old?.version ?? 0) + 1, "I5: a version was left out")
    let isFirst = state.withLock { $0.versions.insert(new.version).inserted }
    expect(isFirst, "I5: version \(new.version) was written twice")
    guard let rotation = old?.rotation else { return }
    if let next = new.rotation {
      expect(next.id == rotation.id, "I5: two rotations at a time")
    } else {
      expect(change.ended?.rotation.id == rotation.id, "I5: a rotation vanished")
    }
  }

  private func examineCurrent(_ old: ConsumerRecord?, _ new: ConsumerRecord) {
    if let app = new.connectedApp {
      let isAccepted = server.hasAccepted(app.consumerSecret, for: app.refreshToken)
      expect(isAccepted, "I1: the current value was never accepted (version \(new.version))")
    }
    let isLost = old?.current?.value != nil && new.current?.value == nil
    expect(!isLost, "I1: the current value is gone (version \(new.version))")
  }

  private func examinePrevious(_ old: ConsumerRecord, _ change: RecordChange) {
    let new = change.record
    if new.rotation?.step == .retiring, old.rotation?.step != .retiring {
      expect(
        old.rotation?.openHandOvers.isEmpty == true, "I4: retired before everybody has the new one")
      let isOver = old.retireAfter.map { $0 <= change.event.at } ?? false
      expect(isOver || change.event.actor == Self.hasty, "I4: retired before its grace was over")
    }
    guard let previous = old.previous?.value, new.previous?.value != previous else { return }
    let isBack = new.current?.value == previous && new.previous?.value == old.current?.value
    let isRetired = old.rotation?.step == .retiring && new.rotation == nil
    expect(isBack || isRetired, "I4: the previous value was dropped (version \(new.version))")
  }

  private func examinePending(_ old: ConsumerRecord, _ change: RecordChange) {
    let new = change.record
    guard let pending = old.pending?.value, new.pending?.value != pending else { return }
    if let given = new.pending?.value {
      let seen = state.withLock { $0.seenBefore[given] }
      expect(seen == pending, "I7: a value took the place of one that its giver had not seen")
      return
    }
    let isKept = new.current?.value == pending || change.ended?.outcome == .abandoned
    expect(isKept, "I7: the pending value was dropped (version \(new.version))")
  }

  private func expect(_ condition: Bool, _ violation: @autoclosure () -> String) {
    guard !condition else { return }
    let text = violation()
    state.withLock { $0.violations.append(text) }
  }
}
