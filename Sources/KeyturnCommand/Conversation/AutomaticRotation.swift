import Foundation
import Keyturn

/// A rotation by hand in which keyturn makes the secret: the person watches, and hands over.
struct AutomaticRotation {
  let connection: Connection
  let engine: RotationEngine
  let wish: RotationEngine.Wish
  let settling: SettlingTimes?
  let terminal: Terminal

  /// Takes the rotation as far as it goes now, and returns the record as it then is.
  ///
  /// Throws: ``KeyturnError``; every step that was made stays made.
  func run() async throws -> ConsumerRecord {
    var record = try await engine.record(of: connection)
    if record.rotation != nil { terminal.talk("Continuing the rotation of \(connection.name).") }
    terminal.onInterrupt(
      "left; nothing is lost. Continue with: keyturn rotate \(connection.name)")
    if wish.isCompromised, record.rotation != nil {
      record = try await engine.hurry(connection, record)
    }
    var hasBegun = record.rotation != nil
    while !hasBegun || record.rotation != nil, let next = try await step(record) {
      record = next
      hasBegun = true
    }
    terminal.onInterrupt(nil)
    return record
  }

  /// The next record, or nil where it ends for now.
  private func step(_ record: ConsumerRecord) async throws -> ConsumerRecord? {
    if record.rotation?.step == .switched {
      title(4, "Hand it over")
      guard try HandOverTalk(connection: connection, terminal: terminal).isMade(record) else {
        return nil
      }
      return try await engine.confirm(connection, record)
    }
    guard let step = engine.nextStep(connection, record, isUrged: true) else { return nil }
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
