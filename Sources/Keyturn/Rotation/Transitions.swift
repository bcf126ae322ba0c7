import Foundation

/// The steps of a rotation as pure functions: from one version of a record to the next.
///
/// None of them writes; each throws ``KeyturnError`` where the record is not where the step starts.
extension ConsumerRecord {
  /// `begun`: a marker is in the record before any secret can exist.
  func beginning(_ rotation: Rotation, marker: String, at now: Date) throws -> ConsumerRecord {
    if let open = self.rotation { throw Self.isOpen(open) }
    var next = self
    next.rotation = rotation
    next.attempts.append(Attempt(marker: marker, begunAt: now))
    return next
  }

  /// `begun` again, with a marker of its own: the first write of whoever continues another's work.
  func takingOver(as mode: Rotation.Mode, marker: String, at now: Date) throws -> ConsumerRecord {
    var next = self
    try next.step(from: [.begun], to: .begun, at: now)
    next.rotation?.mode = mode
    next.attempts.append(Attempt(marker: marker, begunAt: now))
    return next
  }

  /// The rotation is over; the removal of the previous secret is left to the nights to come.
  ///
  /// From `switched` only where the current secret is lost: then nobody can be given it, and that is
  /// remembered, for it may turn out to work after all. So are the consumers where somebody still uses the
  /// previous secret, though they have confirmed another one, or where the tenant does not say.
  func settingAside(grace: CalendarPeriod, at now: Date) throws -> ConsumerRecord {
    var next = self
    let isLost = !isCurrentUsable(at: now)
    try next.step(
      from: isLost ? [.switched, .handedOver, .retiring] : [.handedOver, .retiring],
      to: .retiring, at: now)
    let isPreviousOver = previous.map { $0.expiresAt <= now } ?? true
    let doubtful: [HandOver] =
      switch rotation?.step {
      case .switched: rotation?.openHandOvers ?? []
      case .handedOver where rotation?.lastError != nil && !isPreviousOver: rotation?.handOver ?? []
      default: []
      }
    next.unserved += doubtful.map(\.target).filter { !unserved.contains($0) }
    let removableFrom = max(now, retireAfter ?? now.adding(grace))
    if let leftover = previous.flatMap({ Leftover($0, removableFrom: removableFrom) }) {
      next.leftovers.append(leftover)
    }
    next.previous = nil
    next.retireAfter = nil
    next.rotation = nil
    return next
  }

  /// `created`: the value is in the record, before anything is done with it.
  ///
  /// A guided rotation may give another value while the first is unproven: then the first was a
  /// mistake in pasting, and is replaced.
  func creating(_ pending: ClientSecret, at now: Date) throws -> ConsumerRecord {
    var next = self
    try next.step(from: [.begun, .created], to: .created, at: now)
    // A key id from the wrong row would have the secret in use removed for the one that replaces it.
    if let keyID = pending.keyID, [current, previous].contains(where: { $0?.keyID == keyID }) {
      throw KeyturnError(
        .badInput, "the Secret ID \(keyID) is that of a secret which is in use",
        hints: ["copy Value and Secret ID from the same row, that of the secret just made"])
    }
    next.rememberTrial(at: now)
    next.pending = pending
    next.pending?.marker = attempts.last?.marker
    // Another value is as new as the first one was.
    next.rotation?.steppedAt = now
    next.clearObstacle()
    return next
  }

  /// `validated`: the pending value was accepted; or, later, it still is.
  func validating(_ proof: Validator.Proof) throws -> ConsumerRecord {
    var next = self
    try next.step(from: [.created, .validated], to: .validated, at: proof.at)
    next.pending?.validatedAt = proof.at
    next.pending?.failure = nil
    next.clearObstacle()
    if rotation?.step == .created { next.rotation?.settledAfter = proof.took }
    // Another identity than the known one is told by the next check, which then takes it over.
    next.identity = identity ?? proof.identity
    return next
  }

  /// `switched`: the one write in which readers go from the old value to the new one.
  ///
  /// With nobody to tell, the hand-over is done in the same write. Where Graph can be asked, the
  /// attempt stays: a request that the network delivered twice has made another secret under its marker.
  func switching(
    for consumers: [Consumer], grace: CalendarPeriod, keepingAttempts: Bool, at now: Date
  ) throws -> ConsumerRecord {
    var next = self
    try next.step(from: [.validated], to: .switched, at: now)
    guard let pending, pending.value != nil, pending.validatedAt != nil else {
      throw KeyturnError(.internal, "the pending secret is not validated, so it is not switched to")
    }
    next.previous = current
    next.current = pending
    next.pending = nil
    if !keepingAttempts { next.attempts = attempts.filter { $0.marker != pending.marker } }
    next.openHandOver(to: consumers, grace: grace, at: now)
    return next
  }

  /// `handedOver`, once the last consumer has the value; until then another confirmation in `switched`.
  ///
  /// Without a target every open hand-over is confirmed.
  func confirming(_ target: String?, by actor: String, grace: CalendarPeriod, at now: Date) throws
    -> ConsumerRecord
  {
    var next = self
    try next.step(from: [.switched], to: .switched, at: now)
    guard var handOver = rotation?.handOver else { return next }
    if let target, !handOver.contains(where: { $0.target == target && $0.state == .open }) {
      let open = handOver.filter { $0.state == .open }.map(\.target).joined(separator: ", ")
      throw KeyturnError(
        .usage, "no hand-over to \(target.shown(upTo: 64)) is open", hints: ["open: \(open)"])
    }
    for index in handOver.indices
    where handOver[index].state == .open && (target == nil || handOver[index].target == target) {
      handOver[index].state = .confirmed
      handOver[index].by = actor
      handOver[index].at = now
    }
    next.rotation?.handOver = handOver
    next.finishHandOver(grace: grace, at: now)
    return next
  }

  /// `retiring`: the removal is declared; from here there is no rollback.
  func retiring(at now: Date, ignoringGrace: Bool) throws -> ConsumerRecord {
    var next = self
    try next.step(from: [.handedOver], to: .retiring, at: now)
    if let retireAfter, retireAfter > now, !ignoringGrace {
      throw KeyturnError(
        .tryAgain, "the previous secret is kept until \(Timestamp.format(retireAfter))",
        hints: ["to retire it before its grace is over, add --now"])
    }
    guard previous.map({ $0.expiresAt <= now }) ?? true || isCurrentUsable(at: now) else {
      throw KeyturnError(
        .usage, "the current secret is expired or refused, so the previous one is kept",
        hints: [
          "to use the previous one again: keyturn rollback",
          "to try the current one again: keyturn validate",
        ])
    }
    return next
  }

  /// Whether nothing is known that speaks against the current secret.
  func isCurrentUsable(at now: Date) -> Bool {
    guard let current, current.expiresAt > now else { return false }
    return ![.expired, .refused, .missing].contains(current.failure?.kind)
  }

  /// `completed`: the previous secret is gone, and so is its value.
  func completing() throws -> ConsumerRecord {
    var next = self
    try next.step(from: [.retiring], to: .retiring, at: .distantPast)
    next.previous = nil
    next.retireAfter = nil
    next.rotation = nil
    return next
  }

  /// `abandoning`: the removal of the pending secret is declared; current is not touched.
  func abandoning(at now: Date) throws -> ConsumerRecord {
    var next = self
    try next.step(from: [.begun, .created, .validated], to: .abandoning, at: now)
    return next
  }

  /// `abandoned`: the pending secret is gone, and so is its value.
  ///
  /// Where Graph can be asked, the attempts stay until it was: a request may still be on its way.
  func abandoned(keepingAttempts: Bool, at now: Date) throws -> ConsumerRecord {
    var next = self
    try next.step(from: [.abandoning], to: .abandoning, at: .distantPast)
    next.rememberTrial(at: now)
    if !keepingAttempts { next.attempts = [] }
    next.pending = nil
    next.rotation = nil
    return next
  }

  /// Current and previous change places; the hand-over is open again.
  ///
  /// `proof` says that the previous value is accepted now.
  func rollingBack(
    _ proof: Validator.Proof, to consumers: [Consumer], grace: CalendarPeriod
  ) throws -> ConsumerRecord {
    var next = self
    try next.step(from: [.switched, .handedOver], to: .switched, at: proof.at)
    guard previous?.value != nil else { throw Self.nothingToRollBackTo }
    next.current = previous
    next.current?.validatedAt = proof.at
    next.current?.failure = nil
    next.previous = current
    next.identity = identity ?? proof.identity
    next.openHandOver(to: consumers, grace: grace, at: proof.at)
    return next
  }

  static let nothingToRollBackTo = KeyturnError(
    .usage, "there is no previous value to go back to",
    hints: ["rollback is possible after a switch, until the previous secret is being retired"])

  static func isOpen(_ rotation: Rotation) -> KeyturnError {
    let remedy =
      switch rotation.step {
      case .begun, .created, .validated:
        "continue it with keyturn rotate, or give it up with keyturn abandon"
      case .switched: "make the hand-over and keyturn confirm it, or go back with keyturn rollback"
      case .handedOver: "end it with keyturn retire --now"
      case .retiring: "finish it with keyturn retire"
      case .abandoning: "finish it with keyturn abandon"
      }
    return KeyturnError(
      .usage,
      "a rotation is open since \(Timestamp.day(rotation.startedAt))"
        + " (step \(rotation.step.rawValue))",
      hints: [remedy])
  }

  private mutating func openHandOver(to consumers: [Consumer], grace: CalendarPeriod, at now: Date)
  {
    let secret = current?.designation ?? ""
    rotation?.handOver =
      consumers
      .filter { $0.kind != .none }
      .map { HandOver(target: $0.name, secret: secret, at: now) }
    retireAfter = nil
    finishHandOver(grace: grace, at: now)
  }

  private mutating func finishHandOver(grace: CalendarPeriod, at now: Date) {
    guard rotation?.openHandOvers.isEmpty == true else { return }
    rotation?.step = .handedOver
    rotation?.steppedAt = now
    // Where there is nothing to retire, or somebody else knows it, nothing has to wait.
    let isUrgent = previous == nil || rotation?.isCompromised == true
    let retireAfter = isUrgent ? now : now.adding(grace)
    self.retireAfter = retireAfter
    guard !unserved.isEmpty else { return }
    // What they may have held until now has its grace from now on.
    unserved = []
    for index in leftovers.indices {
      leftovers[index].removableFrom = max(leftovers[index].removableFrom, retireAfter)
    }
  }

  private mutating func step(
    from expected: Set<Rotation.Step>, to step: Rotation.Step, at now: Date
  ) throws {
    guard let found = rotation?.step else {
      throw KeyturnError(
        .usage, "no rotation is open", hints: ["start one with keyturn rotate"])
    }
    guard expected.contains(found) else {
      throw KeyturnError(
        .usage, "the rotation is at step \(found.rawValue), where this is not possible",
        hints: ["keyturn status shows what comes next"])
    }
    rotation?.step = step
    if found != step {
      rotation?.steppedAt = now
      clearObstacle()
    }
  }

  /// What becomes of a pending secret's attempt: the sign-ins with it so far were our own.
  private mutating func rememberTrial(at now: Date) {
    guard let marker = pending?.marker else { return }
    for index in attempts.indices where attempts[index].marker == marker {
      attempts[index].triedUntil = now
    }
  }

  private mutating func clearObstacle() {
    rotation?.lastError = nil
    rotation?.obstacle = nil
  }
}
