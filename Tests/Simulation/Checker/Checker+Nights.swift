import Foundation
import Keyturn
import SimulatedTenant

/// What is true of the nights: nothing is left behind, and nothing is kept silent.
extension Checker {
  /// How long something may last before a night has to tell of it.
  private static let night = 26 * 3_600.0

  /// A check has ended with a report.
  func nightEnded(_ report: CheckReport, of process: SimulatedProcess) {
    world.statistics.nights += 1
    hear(report.summary, from: "a summary")
    for finding in report.findings {
      hear(finding.message, from: "a finding")
      hear(finding.remedy, from: "a finding")
    }
    for action in report.actions { hear(action.message, from: "an action") }
    world.trace.add(world.now, "\(process) reports \(report.summary.prefix(140))")
    for failed in report.actions where failed.result == .failed && !isMadeUpFor(failed, process) {
      expect(
        report.severity != .ok,
        "I8: a night ended well in which this failed: \(failed.what), \(failed.message)",
        world[failed.connection])
    }
    for connection in world.connections {
      connection.nights.append(report)
      checkSilence(report, connection, process)
      if isSuccessful(report, connection, process) {
        lookForOrphans(connection, since: process.startedAt)
      }
    }
  }

  /// Whether the same night proved after all what it could not prove at first.
  private func isMadeUpFor(_ failed: CheckReport.Action, _ process: SimulatedProcess) -> Bool {
    guard failed.what == "validate", let current = world[failed.connection]?.record?.current,
      let provenAt = current.validatedAt?.timeIntervalSince1970
    else { return false }
    return current.failure == nil && provenAt > process.startedAt
  }

  /// A check has ended with an error, which cron mails and the exit status tells.
  func nightFailed(_ error: any Error, of process: SimulatedProcess) {
    world.statistics.failedNights += 1
    hear(error, of: process)
  }

  // MARK: I8

  private func checkSilence(
    _ report: CheckReport, _ connection: ManagedConnection, _ process: SimulatedProcess
  ) {
    guard let record = connection.record, let current = record.current,
      process.startedAt - connection.ledger.current.since > Self.night
    else { return }
    let isOver = current.expiresAt < world.date - Self.night
    guard isOver || connection.isGone(current.value, since: Self.night, in: world) else { return }
    let worst = Severity.worst(
      report.findings.filter { $0.connection == connection.name || $0.connection == nil }
        .map(\.severity))
    let what = isOver ? "has expired" : "does not exist"
    expect(worst != .ok, "I8: the current secret \(what), and the night is quiet", connection)
    // What could not be looked at is worth "unknown".
    let isUnread = report.findings.contains {
      $0.connection == connection.name && $0.code == .unreadable
    }
    guard process.beganInCalm, world.weather.isQuiet(world.tenant.faults), !isUnread else { return }
    expect(
      worst == .critical, "I8: the current secret \(what), and that is no more than \(worst)",
      connection)
  }

  // MARK: I3

  /// Whether this night could do all of its work on a connection.
  private func isSuccessful(
    _ report: CheckReport, _ connection: ManagedConnection, _ process: SimulatedProcess
  ) -> Bool {
    let ledger = connection.ledger
    let complaints = report.findings.contains {
      ($0.connection == connection.name || $0.connection == nil) && $0.severity == .unknown
    }
    let failures = report.actions.contains {
      $0.connection == connection.name && $0.result == .failed
    }
    let isDisturbed = ledger.arrivals.contains {
      $0.at >= process.startedAt && ($0.isStray || $0.sender != process.number)
    }
    return !complaints && !failures && !isDisturbed && ledger.onTheWay == 0
      && ledger.refusedAt < process.startedAt
  }

  private func lookForOrphans(_ connection: ManagedConnection, since start: Double) {
    guard connection.hasGraph, let record = connection.record,
      let application = world.tenant.application(appID: connection.connection.clientID)
    else { return }
    let ledger = connection.ledger
    let slots = [record.current, record.previous, record.pending].compactMap { $0 }
    let tag = "kt-\(record.storeID.prefix(4))-"
    for (index, secret) in application.history.enumerated() where secret.removedAt == nil {
      guard let marker = secret.marker, marker.hasPrefix(tag), ledger.excused[secret.value] == nil,
        secret.issuedAt.timeIntervalSince1970 > ledger.restoredAt,
        secret.issuedAt.timeIntervalSince1970 < start,
        !slots.contains(where: { $0.isIt(secret) }),
        !record.isWaitingForPaste(marker), !record.isKept(secret, at: world.date)
      else { continue }
      ledger.seen[index].nights += 1
      let isKnown =
        record.attempts.contains { $0.marker == marker }
        || record.leftovers.contains { $0.isIt(secret) }
      let limit = isKnown ? 3 : 2
      expect(
        ledger.seen[index].nights < limit,
        "I3: \(secret.keyID) (\(marker)) is in no slot after \(ledger.seen[index].nights)"
          + " successful nights" + (isKnown ? "" : ", and nobody knows of it"), connection)
    }
  }

  // MARK: The end

  /// After days in which nothing went wrong and somebody looked after everything.
  func checkHealed() {
    for connection in world.connections {
      guard let record = connection.record, let current = record.current else {
        fail("progress: there is no current secret", about: connection)
        return
      }
      let isValid = current.value.map { connection.isValid($0.reveal(), in: world) } ?? true
      let last = connection.nights.last
      expect(isValid, "progress: the current secret does not work at the end", connection)
      expect(current.expiresAt > world.date, "progress: the current secret is expired", connection)
      if let rotation = record.rotation, world.date > rotation.steppedAt + 10 * World.day {
        expect(
          connection.connection.policy.standby && rotation.step == .validated,
          "progress: a rotation stands at \(rotation.step.rawValue)", connection)
      }
      expect(last?.severity != .unknown, "progress: \(last?.summary ?? "no night")", connection)
      lookForOrphans(connection, since: world.now - World.day)
      for consumer in connection.consumers {
        let works = consumer.holds.map { connection.isValid($0, in: world) } ?? false
        expect(works, "progress: what \(consumer.name) uses does not work", connection)
      }
    }
    searchFiles()
  }
}

extension Weather {
  /// Whether nothing keeps a night from learning the truth.
  func isQuiet(_ faults: SimulatedTenant.Faults) -> Bool {
    disk == 0 && network == 0 && faults.tokenThrottle == nil
  }
}

extension ConsumerRecord {
  /// Whether an administrator may be about to paste the value of a secret with this marker.
  fileprivate func isWaitingForPaste(_ marker: String) -> Bool {
    rotation?.mode == .guided && [.begun, .created].contains(rotation?.step)
      && attempts.last?.marker == marker
  }
}

extension ConsumerRecord {
  /// Whether a superseded secret has reasons to be there still.
  fileprivate func isKept(_ secret: IssuedSecret, at now: Date) -> Bool {
    leftovers.contains {
      $0.isIt(secret)
        && ($0.removableFrom > now || rotation?.step == .switched || !unserved.isEmpty
          || !hasUsableCurrent(at: now))
    }
  }

  /// Whether nothing is known to keyturn that speaks against the current secret.
  func hasUsableCurrent(at now: Date) -> Bool {
    (current?.expiresAt ?? .distantPast) > now
      && ![.expired, .refused, .missing].contains(current?.failure?.kind)
  }
}

extension ManagedConnection {
  /// Whether a value is gone for so many seconds, in the tenant's own truth.
  func isGone(_ value: SecretValue?, since seconds: Double, in world: World) -> Bool {
    guard let value = value?.reveal(),
      let secret = history(in: world).first(where: { $0.value == value })
    else { return false }
    return secret.removedAt.map { $0 < world.date - seconds } ?? false
  }
}

extension Date {
  fileprivate static func - (date: Date, seconds: Double) -> Date {
    date.addingTimeInterval(-seconds)
  }

  fileprivate static func + (date: Date, seconds: Double) -> Date {
    date.addingTimeInterval(seconds)
  }
}
