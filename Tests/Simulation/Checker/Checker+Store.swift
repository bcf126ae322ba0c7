import Foundation
import Keyturn
import SimulatedTenant

/// What is true of the store at every write.
extension Checker {
  /// Somebody is about to write.
  func isSwapping(_ change: RecordChange, by process: SimulatedProcess) {
    let event = change.event
    for text in [event.actor, event.action, event.detail] { hear(text, from: "the audit trail") }
    for secret in [change.record.current, change.record.previous, change.record.pending] {
      hear(secret?.failure?.message, from: "a failure in a record")
      hear(secret?.failure?.remedy, from: "a failure in a record")
    }
    hear(change.record.rotation?.lastError, from: "a rotation's last error")
  }

  /// Somebody has read a record.
  func wasRead(_ record: ConsumerRecord?, of name: String, by process: SimulatedProcess) {
    guard let connection = world[name] else { return }
    expect(
      record == connection.record, "I2: what was read is no version that was written", connection)
  }

  /// Somebody has written, or lost to somebody else.
  func wasSwapped(
    _ change: RecordChange, found: ConsumerRecord?, hasWon: Bool, by process: SimulatedProcess
  ) {
    guard let connection = world[change.connection] else { return }
    let isFresh = (found?.version ?? 0) == change.replaces
    expect(
      hasWon == isFresh, "I5: version \(change.replaces) was not what was replaced", connection)
    guard hasWon else {
      world.trace.add(world.now, "\(process) loses to another: \(change.event.action)")
      return
    }
    let new = change.record
    world.trace.add(world.now, "\(process) writes \(Self.line(change))")
    connection.record = new
    world.statistics.writes += 1
    checkTransition(from: found, change, connection)
    checkCurrent(from: found, change, connection)
    checkSlots(from: found, change, connection)
    checkAbsence(from: found, change, connection, process)
    // A marker has six digits: in years the same may come up again, for another attempt.
    let known = Set(found?.attempts.map(\.marker) ?? [])
    for attempt in new.attempts where !known.contains(attempt.marker) {
      connection.ledger.makers[attempt.marker] = nil
      connection.ledger.doubtful.remove(attempt.marker)
    }
    remember(new, connection)
    checkSaved(new, connection, process)
  }

  private static func line(_ change: RecordChange) -> String {
    let record = change.record
    var parts = [record.rotation?.step.rawValue ?? "idle"]
    if let current = record.current { parts.append("cur \(current.shortName)") }
    if let previous = record.previous { parts.append("prev \(previous.shortName)") }
    if let pending = record.pending { parts.append("pend \(pending.shortName)") }
    parts += record.attempts.map { "attempt \($0.marker.suffix(6))" }
    parts += record.leftovers.map { "leftover \(($0.keyID ?? $0.marker ?? "").prefix(4))" }
    return "v\(record.version) \(change.event.action) [\(parts.joined(separator: ", "))]"
      + " \(change.event.detail.prefix(110))"
  }

  // MARK: I5

  private func checkTransition(
    from old: ConsumerRecord?, _ change: RecordChange, _ connection: ManagedConnection
  ) {
    let (before, after) = (old?.rotation, change.record.rotation)
    switch (before, after) {
    case (nil, nil):
      break
    case (nil, let after?):
      expect(after.step == .begun, "I5: a rotation began at \(after.step.rawValue)", connection)
    case (let before?, nil):
      let isSetAside =
        [.switched, .handedOver].contains(before.step)
        && connection.isLeftOver(by: change, from: old, in: world)
      let isEnd = isSetAside || [.retiring, .abandoning].contains(before.step)
      expect(isEnd, "I5: a rotation ended at \(before.step.rawValue)", connection)
      let isTold = change.ended?.rotation.id == before.id
      expect(isTold, "I5: the end of a rotation is not in the history", connection)
    case (let before?, let after?):
      expect(before.id == after.id, "I5: two rotations at a time", connection)
      let allowed = Self.followers[before.step, default: []]
      expect(
        allowed.contains(after.step) || before.step == after.step,
        "I5: \(before.step.rawValue) was followed by \(after.step.rawValue)", connection)
    }
  }

  private static let followers: [Rotation.Step: Set<Rotation.Step>] = [
    .begun: [.created, .abandoning],
    .created: [.validated, .abandoning],
    .validated: [.switched, .handedOver, .abandoning],
    .switched: [.handedOver],
    .handedOver: [.switched, .retiring],
    .retiring: [],
    .abandoning: [],
  ]

  // MARK: I1

  private func checkCurrent(
    from old: ConsumerRecord?, _ change: RecordChange, _ connection: ManagedConnection
  ) {
    let (before, after) = (old?.current?.value, change.record.current?.value)
    guard before != after else { return }
    guard let after else {
      fail("I1: the current value is gone", about: connection)
      return
    }
    let isAccepted = connection.ledger.accepted.contains(after.reveal())
    expect(isAccepted, "I1: the new current value was never accepted", connection)
    let isThere =
      connection.isValid(after.reveal(), in: world)
      || connection.ledger.excused[after.reveal()] != nil
      || (change.record.current?.expiresAt ?? .distantPast) <= world.date
    expect(isThere, "I1: the new current value is not there any more", connection)
    let app = change.record.connectedApp
    let isWhole =
      app?.consumerSecret == after && app?.refreshToken == connection.connection.clientID
      && app?.securityToken == connection.connection.clientID
    expect(isWhole, "I2: the four fields do not belong together", connection)
    connection.ledger.current = (after.reveal(), world.now)
  }

  // MARK: I4 and I7

  private func checkSlots(
    from old: ConsumerRecord?, _ change: RecordChange, _ connection: ManagedConnection
  ) {
    guard let old else { return }
    let new = change.record
    if new.rotation?.step == .retiring, old.rotation?.step != .retiring {
      checkDeclaration(old, change, connection)
    }
    if let previous = old.previous, new.previous?.value != previous.value {
      let isBack = new.current?.value == previous.value
      let isRetired = old.rotation?.step == .retiring && new.rotation == nil
      let isKept = connection.isLeftOver(by: change, from: old, in: world)
      expect(isBack || isRetired || isKept, "I4: the previous secret was forgotten", connection)
    }
    if let pending = old.pending, new.pending?.value != pending.value {
      let isUsed = new.current?.value == pending.value
      let isGivenUp = old.rotation?.step == .abandoning && new.rotation == nil
      let isReplaced = new.rotation?.mode == .guided && new.pending != nil
      expect(isUsed || isGivenUp || isReplaced, "I7: the pending secret was forgotten", connection)
    }
  }

  private func checkDeclaration(
    _ old: ConsumerRecord, _ change: RecordChange, _ connection: ManagedConnection
  ) {
    guard let previous = old.previous else { return }
    let isHasty = change.event.actor.contains("--now") || old.rotation?.isCompromised == true
    let open = old.rotation?.openHandOvers.map(\.target) ?? []
    expect(open.isEmpty, "I4: retiring, but \(open) has not confirmed", connection)
    let isOver = old.retireAfter.map { $0 <= world.date } ?? false
    expect(isOver || isHasty, "I4: retiring, but its grace is not over", connection)
    let confirmed = old.rotation?.handOver.map(\.at).max() ?? .distantPast
    let grace = confirmed.addingTimeInterval(
      connection.connection.policy.grace.approximateSeconds.seconds)
    // The policy may have changed since the hand-over.
    let isGraceKept = isOver && (old.retireAfter ?? .distantPast) >= min(grace, world.date)
    expect(
      isGraceKept || isHasty || connection.ledger.policyChanged,
      "I4: retiring before \(grace), when its grace ends", connection)
    guard let value = previous.value?.reveal() else { return }
    let holder = connection.consumers.first { $0.holds == value }
    // What has ended opens nothing, whoever holds it.
    expect(
      holder == nil || connection.ledger.excused[value] != nil
        || previous.expiresAt <= world.date,
      "I4: retiring what \(holder?.name ?? "") uses", connection)
  }

  /// Remembers what a record lets keyturn remove.
  func remember(_ record: ConsumerRecord, _ connection: ManagedConnection) {
    let ledger = connection.ledger
    ledger.markers.formUnion(record.attempts.map(\.marker))
    let declared: ClientSecret? =
      switch record.rotation?.step {
      case .retiring: record.previous
      case .abandoning: record.pending
      default: nil
      }
    for secret in connection.history(in: world)
    where declared?.isIt(secret) == true || record.leftovers.contains(where: { $0.isIt(secret) }) {
      ledger.declared.insert(secret.value)
    }
  }

  private func checkSaved(
    _ record: ConsumerRecord, _ connection: ManagedConnection, _ process: SimulatedProcess
  ) {
    // Of a value in doubt neither the write nor the look at it succeeded: its marker leads to it.
    for (keyID, unsaved) in process.unsaved
    where unsaved.connection == connection.name && !unsaved.isInDoubt {
      let isSaved = [record.pending, record.current].contains {
        $0?.value?.reveal() == unsaved.value
      }
      expect(isSaved, "I7: something else was written before the new value \(keyID)", connection)
      process.unsaved[keyID] = nil
    }
  }
}

extension ManagedConnection {
  /// Whether a rotation that was set aside leaves its previous secret to whoever can remove it: to the
  /// nights, by its key id or its marker, and where neither leads to it or without Graph to a person.
  ///
  /// What has to be renewed, or does not work any more, does not wait for a removal.
  fileprivate func isLeftOver(
    by change: RecordChange, from old: ConsumerRecord?, in world: World
  ) -> Bool {
    let previous = old?.previous
    let isLed = { (secret: IssuedSecret) in
      previous?.keyID == secret.keyID || (secret.marker != nil && previous?.marker == secret.marker)
    }
    if hasGraph,
      let secret = history(in: world).first(where: { previous?.isIt($0) == true }), isLed(secret)
    {
      let added = change.record.leftovers.filter { old?.leftovers.contains($0) == false }
      return added.contains { $0.isIt(secret) }
    }
    let isDue = old?.current.map { connection.policy.rotation(of: $0) <= world.date } ?? true
    return change.event.action == "rotation.set_aside"
      && (isDue || old?.hasUsableCurrent(at: world.date) == false)
  }
}

extension ClientSecret {
  /// The first characters of its key id or of its end date, for a line of the history.
  var shortName: String { String((keyID ?? "?" + Timestamp.day(expiresAt)).prefix(4)) }
}

extension Int {
  fileprivate var seconds: Double { Double(self) }
}
