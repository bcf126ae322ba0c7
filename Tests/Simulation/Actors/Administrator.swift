import Foundation
import Keyturn
import SimulatedTenant

/// Who looks after a connection: mostly does the next sensible thing, late, and sometimes a hasty one.
final class Administrator: @unchecked Sendable {
  private unowned let world: World
  private let managed: ManagedConnection
  /// What was copied in the portal, for the attempt with a marker, and is not yet in the store.
  private var clipboard: (marker: String, secret: ClientSecret)?
  private var process: SimulatedProcess?

  private var name: String { managed.name }
  private var connection: Connection { managed.connection }

  init(_ world: World, _ managed: ManagedConnection) {
    self.world = world
    self.managed = managed
  }

  /// Comes by, again and again.
  func begin() {
    let isNeeded = managed.record?.rotation != nil || isInTrouble
    let mean =
      world.isClosing ? 3 * 3_600 : isNeeded ? managed.diligence : 3 * managed.diligence
    world.after(600 + world.chance.waiting(mean: mean)) {
      self.visit()
      self.begin()
    }
  }

  /// Whether a night has said that something is wrong.
  private var isInTrouble: Bool {
    managed.nights.last?.findings.contains {
      $0.connection == name && $0.severity == .critical
    } ?? false
  }

  /// Whether the application takes no more secrets, as far as that is seen.
  private var isOutOfRoom: Bool {
    let application = world.tenant.application(appID: connection.clientID)
    return application?.signInAudience == .organizationsAndPersonalAccounts
      && (application?.secrets.count ?? 0) >= 2
  }

  /// Enters what the store holds wherever something is in use that the record does not know.
  ///
  /// After an older database was put back, that secret is an orphan which its consumer keeps alive:
  /// where an application takes two secrets, no rotation goes on until a person moves the consumer.
  /// In the years before, that goes unnoticed: what the nights do meanwhile is looked at too.
  private func moveConsumers() {
    guard let record = managed.record, let current = record.current?.value?.reveal(),
      managed.isValid(current, in: world)
    else { return }
    let known = [record.current, record.previous, record.pending].map { $0?.value?.reveal() }
    for consumer in managed.consumers where !known.contains(consumer.holds) {
      consumer.take(current, at: world.now)
      world.trace.add(world.now, "\(consumer.name) is moved to \(record.current?.shortName ?? "")")
    }
  }

  /// Deletes in the portal what nobody needs: what others made, and what the nights call orphans.
  private func makeRoom() {
    if world.isClosing { moveConsumers() }
    let record = managed.record
    let slots = [record?.current, record?.previous, record?.pending].compactMap { $0 }
    let needed = Set(
      slots.compactMap { $0.value?.reveal() } + managed.consumers.compactMap(\.holds))
    let isNeeded = { (secret: IssuedSecret) in
      needed.contains(secret.value) && secret.expiresAt > self.world.date
    }
    // What attempts left is for the nights to remove, as long as they can sign in.
    let isLeftToNights = record?.hasUsableCurrent(at: world.date) != false
    let markers = Set(isLeftToNights ? record?.attempts.map(\.marker) ?? [] : [])
    let secrets = world.tenant.application(appID: connection.clientID)?.secrets ?? []
    for secret in secrets
    where !isNeeded(secret) && secret.marker.map(markers.contains) != true
      && secret.value != clipboard?.secret.value?.reveal()
    {
      delete(secret)
    }
    // Where two consumers use what the store does not know, and the store's own works no more, one of them
    // has to wait for the next secret.
    if world.isClosing, isOutOfRoom, !isLeftToNights { secrets.first.map(delete) }
  }

  private func delete(_ secret: IssuedSecret) {
    world.tenant.now = world.date
    try? world.tenant.deleteSecretInPortal(appID: connection.clientID, keyID: secret.keyID)
    world.checker.update(managed, .administrator)
  }

  private func visit() {
    // One at a time, but for the rare colleague.
    guard process?.isAlive != true || world.chance.happens(0.1) else { return }
    guard world.isClosing || !world.chance.happens(0.07) else { return beHasty() }
    if isOutOfRoom, world.isClosing || world.chance.happens(0.3) { makeRoom() }
    beSensible()
  }

  private func run(
    _ title: String, _ work: @escaping @Sendable (SimulatedProcess) async -> Void
  ) {
    world.countRival()
    process = world.start("\(title) \(name)", work)
  }

  private func command(
    _ title: String,
    _ work: @escaping @Sendable (RotationEngine, Connection, ConsumerRecord) async throws -> Void
  ) {
    let name = name
    run(title) { await $0.command(name, work) }
  }

  // MARK: Sensible

  private func beSensible() {
    guard let record = managed.record, record.current != nil else { return adopt() }
    // Where keyturn can't sign in, as with an application's own expired secret, a person has to help.
    let isStuck = record.rotation?.step == .begun && record.rotation?.lastError != nil
    let isGuided = record.rotation?.mode == .guided || isStuck
    switch record.rotation?.step {
    case nil:
      if isDue(record) { managed.isAutomatic ? rotate() : rotateGuided() }
    case .begun, .created, .validated:
      if isGuided { continueGuided(record) } else if isInTrouble { rotate() }
    case .switched, .handedOver, .retiring:
      afterSwitch(record)
    case .abandoning:
      if isGuided || !managed.hasGraph || isInTrouble { finish(record) }
    }
  }

  private func afterSwitch(_ record: ConsumerRecord) {
    let isOver = record.retireAfter.map { $0 <= world.date } ?? false
    switch record.rotation?.step {
    case _ where isInTrouble && !record.hasUsableCurrent(at: world.date):
      managed.isAutomatic ? rotate() : beginAnew()
    case .switched: handOver()
    case .handedOver where isOver && isRetiredByHand(record): retire(now: false)
    case .handedOver where isOver && world.isClosing && record.rotation?.obstacle == .leftover:
      // Nobody is left who could be the user that the nights speak of.
      retire(now: true)
    case .retiring where isRetiredByHand(record): finish(record)
    default: break
    }
  }

  /// Whether the nights leave the previous secret to a person.
  private func isRetiredByHand(_ record: ConsumerRecord) -> Bool {
    let isAllowed = record.rotation?.mode == .automatic || connection.policy.rotate == .automatic
    return !managed.hasGraph || !isAllowed || record.previous?.keyID == nil
  }

  private func isDue(_ record: ConsumerRecord) -> Bool {
    guard let current = record.current else { return false }
    if isInTrouble { return true }
    return !managed.isAutomatic && connection.policy.rotation(of: current) <= world.date
  }

  private func adopt() {
    guard let secret = makeInPortal(marker: nil) else { return }
    command("record") { engine, connection, record in
      _ = try await engine.adopt(secret, connection, record)
    }
  }

  /// Enters what the store holds at each consumer that waits, tries it, and says so.
  func handOver() {
    let (world, managed, name) = (world, managed, name)
    run("confirm") { process in
      await process.command(name) { engine, connection, record in
        for handOver in record.rotation?.openHandOvers ?? [] {
          // Days may lie between two targets: what is entered is what the store shows then.
          let fresh = try await engine.record(of: connection)
          guard let value = fresh.current?.value,
            let seen = fresh.rotation?.openHandOvers.first(where: { $0.target == handOver.target }),
            let consumer = managed.consumers.first(where: { $0.name == handOver.target })
          else { continue }
          consumer.take(value.reveal(), at: world.now)
          consumer.isConfirmed = false
          world.trace.add(world.now, "\(consumer.name) has \(fresh.current?.shortName ?? "")")
          let minutes = world.chance.magnitude(1...3_000)
          guard await process.pause(minutes * 60) else { return }
          guard managed.isValid(value.reveal(), in: world) else { continue }
          try await engine.confirm(seen, connection, try await engine.record(of: connection))
          consumer.isConfirmed = true
        }
      }
    }
  }

  // MARK: By hand

  private func rotateGuided() {
    command("rotate") { engine, connection, record in
      _ = try await engine.begin(connection, record)
    }
  }

  /// As `keyturn rotate` does where the current secret does not work: the open rotation leads nowhere.
  private func beginAnew() {
    command("rotate") { engine, connection, record in
      guard engine.leadsNowhere(record) else { return }
      _ = try await engine.begin(connection, try await engine.setAside(connection, record))
    }
  }

  private func continueGuided(_ record: ConsumerRecord) {
    switch record.rotation?.step {
    case .begun:
      makeAndSupply()
    case .created where record.pending?.failure != nil && world.chance.happens(0.5):
      abandon()
    case .created:
      clipboard = nil
      command("rotate") { engine, connection, record in
        _ = try await engine.validate(connection, record)
      }
    default:
      clipboard = nil
      command("rotate") { engine, connection, record in
        _ = try await engine.switchOver(connection, record)
      }
    }
  }

  /// `keyturn rotate` at `begun`: what its sheet asks for is made, and some minutes later pasted.
  private func makeAndSupply() {
    let (world, name) = (world, name)
    run("rotate") { process in
      await process.command(name) { engine, connection, record in
        var record = record
        guard record.rotation?.step == .begun else { return }
        if record.rotation?.mode == .automatic {
          record = try await engine.takeOver(connection, record, as: .guided)
        }
        guard let marker = record.attempts.last?.marker else { return }
        // Nobody takes what was copied for another attempt, weeks ago.
        let copied = self.clipboard?.marker == marker ? self.clipboard?.secret : nil
        guard let secret = copied ?? self.makeInPortal(marker: marker), let value = secret.value
        else {
          // An application that takes no more has to lose what the attempt left there.
          return self.abandon()
        }
        // Mostly it is still there when the first try has failed.
        self.clipboard = world.chance.happens(0.7) ? (marker, secret) : nil
        guard await process.pause(world.chance.magnitude(1...100) * 60) else { return }
        _ = try PastedValue.check(value.reveal(), keyID: secret.keyID, for: record)
        let next = try await engine.supply(secret, connection, record)
        let proven = try await engine.validate(connection, next)
        _ = try await engine.switchOver(connection, proven)
      }
    }
  }

  /// Makes a secret in the portal, and returns it with its value, as it is copied there.
  private func makeInPortal(marker: String?) -> ClientSecret? {
    world.tenant.now = world.date
    let days = connection.policy.lifetime.approximateSeconds / 86_400
    let title = marker.map { "\(connection.secretName) · \($0)" } ?? "by hand"
    let made = try? world.tenant.createSecretInPortal(
      appID: connection.clientID, displayName: title, days: max(1, min(days, 730)))
    world.checker.update(managed, .administrator)
    guard let made else { return nil }
    world.trace.add(world.now, "portal: \(made.keyID.prefix(4)) of \(name) is made (\(title))")
    return ClientSecret(
      keyID: copiedKeyID(of: made), startsAt: made.startsAt, expiresAt: made.expiresAt,
      source: .recorded, value: SecretValue(made.value))
  }

  /// The Secret ID that is copied with a value: mostly its own, often none, and once in a while another's.
  private func copiedKeyID(of made: IssuedSecret) -> String? {
    let rows = world.tenant.application(appID: connection.clientID)?.secrets ?? []
    if world.chance.happens(0.03) { return world.chance.pick(rows).keyID }
    return world.chance.happens(0.8) ? made.keyID : nil
  }

  /// Deletes in the portal what the record says is to be deleted, then has it proven.
  private func finish(_ record: ConsumerRecord) {
    clipboard = nil
    let isRetiring = record.rotation?.step == .retiring
    let doomed = isRetiring ? record.previous : record.pending
    let marker = record.attempts.last?.marker
    let found = world.tenant.application(appID: connection.clientID)?.secrets.first {
      // The sheet names the first characters too, which a Secret ID from the wrong row does not have.
      doomed?.isIt($0) == true
        || (doomed == nil && !isRetiring && marker != nil && $0.marker == marker)
    }
    if let found { delete(found) }
    command(isRetiring ? "retire" : "abandon") { engine, connection, record in
      if isRetiring {
        _ = try await engine.completeRetirement(connection, record)
      } else {
        _ = try await engine.completeAbandonment(connection, record)
      }
    }
  }

  /// `keyturn retire`, as far as nobody has to delete anything.
  ///
  /// The command says who still uses the previous secret before it asks, and a consumer that does gets
  /// the current one first.
  private func retire(now: Bool) {
    let (world, managed) = (world, managed)
    command(now ? "retire --now" : "retire") { engine, connection, record in
      try engine.checkRetirement(connection, record, ignoringGrace: now)
      if managed.hasEvidence, try await engine.useOfPrevious(connection, record) != nil,
        let current = record.current?.value?.reveal()
      {
        for consumer in managed.consumers where consumer.holds == record.previous?.value?.reveal() {
          consumer.take(current, at: world.now)
          world.trace.add(
            world.now, "\(consumer.name) is moved to \(record.current?.shortName ?? "")")
        }
      }
      let declared = try await engine.declareRetirement(connection, record, ignoringGrace: now)
      guard connection.canRemove(declared.previous) else { return }
      _ = try await engine.removePrevious(connection, declared)
    }
  }

  /// `keyturn abandon`, as far as nobody has to delete anything.
  private func abandon() {
    command("abandon") { engine, connection, record in
      let declared = try await engine.declareAbandonment(connection, record)
      guard connection.server.graph != nil else { return }
      _ = try await engine.completeAbandonment(connection, declared)
    }
  }

  // MARK: Hasty

  private func beHasty() {
    let step = managed.record?.rotation?.step
    switch step {
    case .begun, .created, .validated:
      world.count(.abandoned, step)
      abandon()
    case .switched:
      rollBack(step)
    case .handedOver:
      world.chance.happens(0.5) ? rollBack(step) : retireNow(step)
    case nil, .retiring, .abandoning:
      let isCompromised = managed.hasGraph && world.chance.happens(0.4)
      world.count(isCompromised ? .compromised : .startedByHand, step)
      if managed.hasGraph { rotate(isCompromised: isCompromised) } else { rotateGuided() }
    }
  }

  private func rollBack(_ step: Rotation.Step?) {
    world.count(.rolledBack, step)
    command("rollback") { engine, connection, record in
      _ = try await engine.rollBack(connection, record)
    }
  }

  private func retireNow(_ step: Rotation.Step?) {
    world.count(.retiredNow, step)
    retire(now: true)
  }

  /// `keyturn rotate --automatic`: as far as it goes without anything to enter.
  private func rotate(isCompromised: Bool = false) {
    command("rotate --automatic") { engine, connection, record in
      var record = record
      let wish = RotationEngine.Wish(isCompromised: isCompromised, isAttended: true)
      if isCompromised, record.rotation != nil {
        record = try await engine.hurry(connection, record)
      }
      var hasBegun = record.rotation != nil
      while !hasBegun || record.rotation != nil,
        let step = engine.nextStep(connection, record, isUrged: true),
        let next = try await engine.perform(step, connection, record, wish)
      {
        record = next
        hasBegun = true
      }
    }
  }
}
