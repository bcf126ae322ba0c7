import Foundation
import Keyturn
import SimulatedTenant

/// Whoever else is at work: in the portal, on the configuration, and with backups.
extension World {
  // MARK: The portal

  /// Somebody makes and deletes secrets of their own, and rarely the wrong one.
  func beginStrangers() {
    after(chance.waiting(mean: 20 * Self.day)) { [self] in
      guard !isClosing else { return }
      actAsStranger(on: chance.pick(connections))
      beginStrangers()
    }
  }

  private func actAsStranger(on managed: ManagedConnection) {
    guard let application = tenant.application(appID: managed.connection.clientID) else { return }
    tenant.now = date
    let step = managed.record?.rotation?.step
    let own = application.secrets.filter { $0.displayName == Self.strangersName }
    if chance.happens(managed.dangers), let current = managed.record?.current?.value?.reveal(),
      let secret = application.secrets.first(where: { $0.value == current })
    {
      count(.portalDeletesCurrent, step)
      delete(secret, of: managed)
    } else if let secret = own.randomElement(using: &chance), chance.happens(0.6) {
      count(.portalDeletes, step)
      delete(secret, of: managed)
    } else if own.count < 2 {
      count(.portalAdds, step)
      _ = try? tenant.createSecretInPortal(
        appID: managed.connection.clientID, displayName: Self.strangersName, days: 180)
      checker.update(managed, .stranger)
    }
  }

  private func delete(_ secret: IssuedSecret, of managed: ManagedConnection) {
    trace.add(now, "portal: somebody deletes \(secret.keyID.prefix(4)) of \(managed.name)")
    try? tenant.deleteSecretInPortal(appID: managed.connection.clientID, keyID: secret.keyID)
    checker.update(managed, .stranger)
  }

  private static let strangersName = "reporting tool"

  // MARK: The configuration

  /// An administrator changes what the policy says.
  func beginPolicyChanges() {
    after(chance.waiting(mean: 120 * Self.day)) { [self] in
      guard !isClosing else { return }
      let managed = chance.pick(connections)
      count(.policyChanged, managed.record?.rotation?.step)
      managed.connection.policy = Scenario.policy(
        &chance, isAutomatic: managed.connection.policy.rotate == .automatic)
      managed.ledger.policyChanged = true
      configuration += 1
      beginPolicyChanges()
    }
  }

  // MARK: Backups

  /// Copies are made now and then; rarely one is put back.
  func beginBackups() {
    after(chance.waiting(mean: 25 * Self.day)) { [self] in
      guard !isClosing else { return }
      backUp()
      beginBackups()
    }
  }

  private func backUp() {
    guard let number = try? vault.backUp() else { return }
    let records = connections.map(\.record)
    let delay = chance.magnitude(0.05 * Self.day...60 * Self.day)
    guard chance.happens(0.08) else { return vault.forget(number) }
    after(delay) { [self] in
      defer { vault.forget(number) }
      guard !isClosing else { return }
      restore(number, records)
    }
  }

  private func restore(_ number: Int, _ records: [ConsumerRecord?]) {
    let isHole = zip(connections, records).contains { $0.couldRemoveWhatIsUsed($1, in: self) }
    guard !isHole else {
      statistics.restoresLeftOut += 1
      return
    }
    // Whoever restores a database ends the programs that use it.
    for process in processes {
      process.kill()
      remove(process)
    }
    thread.runUntilQuiet()
    do {
      try vault.restore(number)
    } catch {
      return checker.fail("harness: the backup can't be restored: \(error)", about: nil)
    }
    trace.add(now, "a backup is put back")
    for (managed, record) in zip(connections, records) {
      count(.restored, record?.rotation?.step)
      checker.wasRestored(managed, record)
    }
  }
}

extension ManagedConnection {
  /// Whether an old record would have keyturn remove what a consumer uses, and nobody could tell.
  ///
  /// For such a record a secret that went into use afterwards looks like what a crash left behind, or
  /// like a spare: the protocol's known and accepted hole. Sign-ins close it, but for the newest ones.
  func couldRemoveWhatIsUsed(_ old: ConsumerRecord?, in world: World) -> Bool {
    guard let old else { return false }
    let application = world.tenant.application(appID: connection.clientID)
    return consumers.contains { consumer in
      guard let value = consumer.holds,
        !hasEvidence || world.now - consumer.since < 2 * Self.unseen
      else { return false }
      let slots = [old.previous, old.pending].compactMap { $0?.value?.reveal() }
      let marker = application?.history.first { $0.value == value }?.marker
      return slots.contains(value) || old.attempts.contains { $0.marker == marker }
    }
  }

  /// For how many seconds at most a consumer does not sign in.
  static let unseen = 12 * 3_600.0

  /// The tenant's report of sign-ins is about to be read: what its consumers did is in it.
  func reportSignIns(in world: World) {
    for consumer in consumers {
      guard let value = consumer.holds else { continue }
      let last = world.now - world.chance.number(0...Self.unseen)
      let moment = Date(timeIntervalSince1970: max(last, consumer.since))
      world.tenant.noteUse(
        of: value, appID: connection.clientID,
        resource: String(connection.scope.dropLast("/.default".count)), at: moment)
    }
  }
}
