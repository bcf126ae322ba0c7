import Foundation
import Keyturn

/// A rotation by hand in which keyturn makes the secret: the person watches, and hands over.
struct AutomaticRotation {
  let connection: Connection
  let installation: Installation
  let wish: RotationEngine.Wish
  let settling: SettlingTimes?
  let terminal: Terminal

  private var engine: RotationEngine { installation.engine }

  /// Takes the rotation as far as it goes now, and returns the record as it then is.
  ///
  /// Throws: ``KeyturnError``; every step that was made stays made.
  func run() async throws -> ConsumerRecord {
    terminal.onInterrupt(
      "left; nothing is lost. Continue with: keyturn rotate \(connection.name)")
    var record = try await installation.alone { try await advance() }
    if record.rotation?.step == .switched {
      // A person takes hours to hand over, and the nightly check must not wait for that.
      title(4, "Hand it over")
      if try HandOverTalk(connection: connection, terminal: terminal).isMade(record) {
        _ = try await engine.confirm(connection, try await engine.record(of: connection))
        record = try await installation.alone { try await advance(isOpenOnly: true) }
      }
    }
    terminal.onInterrupt(nil)
    return record
  }

  /// Takes every step that needs no person, while no other process takes one.
  ///
  /// A living process that finds another's work begun would take it over, and both would make secrets.
  private func advance(isOpenOnly: Bool = false) async throws -> ConsumerRecord {
    var record = try await engine.record(of: connection)
    if isOpenOnly, record.rotation == nil { return record }
    if record.rotation != nil, !isOpenOnly {
      terminal.talk("Continuing the rotation of \(connection.name).")
      if wish.isCompromised { record = try await engine.hurry(connection, record) }
    }
    while let step = engine.nextStep(connection, record, isUrged: true),
      let next = try await take(step, record)
    {
      record = next
      // One rotation was asked for; what is set aside makes room for it.
      if next.rotation == nil, step != .setAside { break }
    }
    return record
  }

  /// The next record, or nil where it ends for now.
  private func take(_ step: AutomaticStep, _ record: ConsumerRecord) async throws
    -> ConsumerRecord?
  {
    announce(step)
    let next = try await LiveLine.following(terminal) { progress in
      try await engine.perform(step, connection, record, wish, progress: progress)
    }
    if let next { report(step, next) }
    return next
  }

  private func announce(_ step: AutomaticStep) {
    switch step {
    case .mint: title(1, "Make the new secret through Microsoft Graph")
    case .validate, .prove:
      title(2, "Prove it with real calls")
      if let settling { terminal.talk("A new secret of this tenant \(settling).") }
    case .switchOver: title(3, "Switch the Consumer Secret store")
    case .retire, .finishRetiring: title(5, "Remove the previous secret")
    case .giveUp, .finishAbandoning: terminal.talk("Giving up the secret that does not work.")
    case .setAside: terminal.talk("Ending the last rotation; its old secret is removed later.")
    }
  }

  private func report(_ step: AutomaticStep, _ record: ConsumerRecord) {
    switch step {
    case .mint:
      guard let pending = record.pending else { return }
      terminal.talk(
        "Made \(pending.designation), which expires on \(Timestamp.day(pending.expiresAt)), and"
          + " sealed it in the store.")
      let wanted = wish.end ?? record.rotation?.startedAt.adding(connection.policy.lifetime)
      if let wanted, pending.expiresAt < wanted.addingTimeInterval(-86_400) {
        terminal.talk("That is as late as the tenant's policy allows.")
      }
    case .validate, .prove:
      terminal.talk(
        connection.environment == nil
          ? "The new secret is accepted."
          : "The new secret is accepted, and Dynamics 365 knows its application user.")
    case .switchOver:
      terminal.talk("Switched in one write: whoever reads the store gets the new secret.")
    case .retire, .finishRetiring:
      terminal.talk("The previous secret is removed, and the current one works.")
    case .giveUp, .finishAbandoning, .setAside: break
    }
  }

  private func title(_ number: Int, _ text: String) {
    terminal.talk()
    terminal.talk("Step \(number) of 5: \(text)")
  }
}
