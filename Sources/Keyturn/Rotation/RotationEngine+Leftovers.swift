import Foundation

/// What rotations and attempts leave to the nights to come.
extension RotationEngine {
  /// The previous secret, where it opens nothing any more and Graph shows it all the same.
  ///
  /// An expired secret stays in the directory until somebody removes it.
  func leftover(of connection: Connection, _ record: ConsumerRecord) async -> Leftover? {
    guard connection.canRemove(record.previous), let previous = record.previous else { return nil }
    let leftover = Leftover(previous, removableFrom: context.now())
    // Where Graph can't be read now, a later night finds out.
    guard let leftover,
      let application = try? await stableRead.application(caller(connection, record))
    else { return leftover }
    return application.passwords.contains(where: leftover.isShown) ? leftover : nil
  }

  /// Whether a rotation can't be finished because what it switched to does not work any more.
  public func leadsNowhere(_ record: ConsumerRecord) -> Bool {
    guard let step = record.rotation?.step, [.switched, .handedOver, .retiring].contains(step)
    else { return false }
    return !record.isCurrentUsable(at: context.now())
  }

  /// Ends a rotation whose previous secret resists or has grace left, so that the next can begin.
  public func setAside(_ connection: Connection, _ record: ConsumerRecord) async throws
    -> ConsumerRecord
  {
    let now = context.now()
    let record = try await withKnownPrevious(connection, record)
    let next = try named(connection) {
      var next = try record.settingAside(grace: connection.policy.grace, at: now)
      // Without Graph nobody could look for it again.
      if connection.server.graph == nil { next.leftovers = record.leftovers }
      return next
    }
    let ended = record.rotation.map { EndedRotation($0, outcome: .completed, at: now) }
    let name = record.previous?.designation ?? "none"
    return try await commit(
      next, connection, "rotation.set_aside", "secret \(name) is still to be removed",
      ended: ended)
  }

  /// The record with the key id of its previous secret, by which a later night can remove it.
  ///
  /// A value that was pasted may have none yet, or another secret's. Where nothing else leads to it and Graph
  /// is merely busy, a later run asks again: the next secret needs it too.
  private func withKnownPrevious(
    _ connection: Connection, _ record: ConsumerRecord
  ) async throws -> ConsumerRecord {
    let isLed = record.previous.flatMap { Leftover($0, removableFrom: context.now()) } != nil
    // Nobody is asked to sign in for what is looked at once more before it is removed.
    guard let graph = connection.server.graph, graph.isUnattended || !isLed else { return record }
    do {
      return try await identifying(\.previous, record, caller(connection, record))
    } catch let failure as DirectoryFailure {
      guard isLed || !failure.isPassing else {
        throw try await remember(failure, connection, record)
      }
      return record
    }
  }

  /// Looks for what attempts of the past left, removes it, and forgets what is proven gone.
  ///
  /// Nothing is forgotten in the sweep that removes it, and nothing before a request can no longer be
  /// on its way. What somebody uses is left alone, and with its attempt forgotten no longer ours to
  /// remove. Throws: ``DirectoryFailure``, ``KeyturnError``.
  func sweep(_ connection: Connection, _ record: ConsumerRecord) async throws -> ConsumerRecord {
    let now = context.now()
    let caller = caller(connection, record)
    let application = try await stableRead.application(caller)
    let orphans = try await unusedOrphans(in: application, record, caller)
    let removable = record.removableLeftovers(at: now)
    // A value that was pasted again may be in a slot without its key id.
    let leftovers = application.passwords.filter { password in
      !record.holds(password) && removable.contains { $0.isShown(as: password) }
    }
    try await remove(orphans + leftovers, connection, record)
    let found = Set(orphans.compactMap(\.marker))
    var next = record
    next.attempts.removeAll { attempt in
      attempt.begunAt.adding(Attempt.longestRequest) <= now && !found.contains(attempt.marker)
        && attempt != record.openAttempt
    }
    next.leftovers.removeAll { leftover in
      removable.contains(leftover) && !application.passwords.contains(where: leftover.isShown)
    }
    guard next != record else { return record }
    let isUsed = record.orphans(in: application).filter { !orphans.contains($0) }.map(\.keyID)
    return try await commit(next, connection, "attempts.swept", sweepDetail(record, next, isUsed))
  }

  private func sweepDetail(
    _ old: ConsumerRecord, _ new: ConsumerRecord, _ used: [String]
  ) -> String {
    let markers = old.attempts.filter { !new.attempts.contains($0) }.map(\.marker)
    let gone = old.leftovers.filter { !new.leftovers.contains($0) }
      .compactMap { $0.keyID ?? $0.marker }
    let rest =
      used.isEmpty ? "nothing" : "nothing but \(used.joined(separator: ", ")), which is in use,"
    return "\(rest) is left of \((markers + gone).joined(separator: ", "))"
  }
}

extension Attempt {
  /// After how long no request of an attempt can still arrive.
  static let longestRequest = CalendarPeriod.days(1)
}

extension ConsumerRecord {
  /// The leftovers that may be removed: not while the current secret might not work, nor while a
  /// consumer may hold an older one.
  func removableLeftovers(at now: Date) -> [Leftover] {
    guard isCurrentUsable(at: now), rotation?.step != .switched, unserved.isEmpty else { return [] }
    let held = Set(slots.compactMap(\.keyID))
    return leftovers.filter { leftover in
      leftover.removableFrom <= now && leftover.keyID.map(held.contains) != true
    }
  }
}
