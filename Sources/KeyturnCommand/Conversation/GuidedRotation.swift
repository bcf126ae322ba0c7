import Foundation
import Keyturn

/// The guided rotation as a conversation: it can be left at any prompt, and goes on where it was.
struct GuidedRotation {
  let connection: Connection
  let engine: RotationEngine
  let input: SecretInput
  let terminal: Terminal
  let context: Context
  var isCompromised = false
  var settling: SettlingTimes?

  private static let steps = 5

  /// Takes the rotation as far as it goes now, and returns the record as it then is.
  ///
  /// Throws: ``KeyturnError``; every step that was made stays made.
  func run() async throws -> ConsumerRecord {
    var record = try await engine.record(of: connection)
    let leadsNowhere = engine.leadsNowhere(record)
    try checkBeforehand(leadsNowhere ? nil : record.rotation?.step)
    if let expires = input.expires?.date {
      _ = try end(expires, expires, at: context.now())
    }
    // Standard input is read once, and a mistake in it is refused before anything is written.
    let piped = input.secretStdin ? try input.valueFromInput(for: record, terminal) : nil
    if leadsNowhere {
      terminal.talk("The current secret does not work, so its rotation is ended for a new one.")
      if connection.server.graph == nil, let previous = record.previous {
        terminal.talk(
          "Its previous secret \(previous.designation) stays: delete it in the portal once nobody"
            + " uses it.")
      }
      record = try await engine.setAside(connection, record)
    }
    if record.rotation == nil {
      record = try await engine.begin(connection, record, isCompromised: isCompromised)
    } else {
      if isCompromised { record = try await engine.hurry(connection, record) }
      terminal.talk("Continuing the rotation of \(connection.name).")
    }
    terminal.onInterrupt(
      "left; nothing is lost. Continue with: keyturn rotate \(connection.name)")
    if record.rotation?.step == .created, piped == nil, terminal.isInteractive,
      try terminal.confirm("A value given earlier is not proven yet. Give another one instead?")
    {
      record = try await supply(record, given: nil)
    }
    while let step = record.rotation?.step {
      do {
        guard let next = try await take(step, record, piped) else { break }
        record = next
      } catch let error as KeyturnError where error == .recordChanged(connection.name) {
        record = try await reread(record, after: error)
      }
    }
    terminal.onInterrupt(nil)
    return record
  }

  /// The record as it is now, if only a nightly check wrote down a validation meanwhile.
  ///
  /// Somebody else's step in the same rotation is a reason to stop.
  private func reread(_ record: ConsumerRecord, after error: KeyturnError) async throws
    -> ConsumerRecord
  {
    let fresh = try await engine.record(of: connection)
    guard fresh.rotation == record.rotation, fresh.pending == record.pending else { throw error }
    return fresh
  }

  /// What would fail later is said before anything is written.
  private func checkBeforehand(_ step: Rotation.Step?) throws {
    switch step {
    case .retiring, .abandoning:
      throw KeyturnError(
        .usage,
        "\(connection.name): the last rotation is not finished (step \(step?.rawValue ?? ""))",
        hints: [
          "finish it: keyturn \(step == .retiring ? "retire" : "abandon") \(connection.name)"
        ])
    default: break
    }
    let needsValue = step == nil || step == .begun
    guard !needsValue || input.secretStdin || terminal.isInteractive else {
      throw KeyturnError(
        .usage,
        "\(connection.name): a guided rotation asks for the new value, but standard input"
          + " is not a terminal",
        hints: ["pipe the value: keyturn rotate \(connection.name) --secret-stdin"])
    }
    guard needsValue || step == .created || !input.secretStdin else {
      throw KeyturnError(
        .usage,
        "\(connection.name): the open rotation has its value already (step"
          + " \(step?.rawValue ?? ""))",
        hints: ["continue it without --secret-stdin: keyturn rotate \(connection.name)"])
    }
  }

  /// One step: the next record, or nil where the conversation ends for now.
  private func take(_ step: Rotation.Step, _ record: ConsumerRecord, _ piped: SecretValue?)
    async throws -> ConsumerRecord?
  {
    switch step {
    case .begun where record.rotation?.mode == .automatic:
      // What is about to be made is this person's: a night that was at work here may be about to remove
      // what carries its marker.
      let next = try await engine.takeOver(connection, record, as: .guided)
      terminal.talk(
        "From here on it is yours, and no night goes on with it. To leave it to keyturn again:"
          + " keyturn rotate \(connection.name) --automatic")
      return next
    case .begun:
      return try await supply(record, given: piped)
    case .created:
      // A value that is piped into an open rotation replaces the unproven one.
      if let piped, piped != record.pending?.value {
        return try await supply(record, given: piped)
      }
      return try await prove(record)
    case .validated:
      title(4, "Switch the Consumer Secret store")
      let next = try await engine.switchOver(connection, record)
      terminal.talk("Switched in one write: whoever reads the store gets the new secret.")
      return next
    case .switched:
      title(5, "Hand it over")
      let talk = HandOverTalk(connection: connection, terminal: terminal)
      return try talk.isMade(record) ? try await engine.confirm(connection, record) : nil
    case .handedOver, .retiring, .abandoning:
      return nil
    }
  }

  private func supply(_ record: ConsumerRecord, given: SecretValue?) async throws
    -> ConsumerRecord
  {
    let marker = record.attempts.last?.marker ?? ""
    let now = context.now()
    let assumedEnd = connection.policy.assumedEnd(start: record.rotation?.startedAt ?? now)
    title(1, "Make the new secret in the portal")
    for line in PortalSheet(connection: connection).creation(marker: marker, from: now) {
      terminal.talk(line)
    }
    title(2, "Give the new secret")
    var keyID = input.normalizedKeyID
    var expires = input.expires?.date
    let value: SecretValue
    if let given {
      value = given
    } else {
      value = try terminal.askForValue("Value", keyID: keyID, for: record)
      if keyID == nil { keyID = try terminal.askForKeyID(of: value, for: record, isNew: true) }
      if expires == nil {
        let day = try terminal.askForDate(
          "Expires, as the list shows it", suggestion: assumedEnd, after: now)
        // Enter on the suggestion is no statement about the portal.
        expires = Timestamp.day(day) == Timestamp.day(assumedEnd) ? nil : day
      }
    }
    if expires == nil {
      terminal.talk(
        "The end is recorded as \(Timestamp.day(assumedEnd)), \(connection.policy.lifetime) as the"
          + " portal counts them.")
    }
    let secret = ClientSecret(
      keyID: keyID, startsAt: now, expiresAt: try end(expires, assumedEnd, at: now),
      source: expires == nil ? .assumed : .recorded, value: value)
    let next = try await engine.supply(secret, connection, record)
    terminal.talk("Sealed in the store. It is not used before it is proven.")
    return next
  }

  private func end(_ given: Date?, _ assumed: Date, at now: Date) throws -> Date {
    let end = given ?? assumed
    guard end > now else {
      throw KeyturnError(
        .badInput,
        "\(connection.name): the new secret would end on \(Timestamp.day(end)), which is"
          + " over", hints: ["give the date of the portal's column Expires"])
    }
    return end
  }

  private func prove(_ record: ConsumerRecord) async throws -> ConsumerRecord {
    var record = record
    while true {
      title(3, "Prove it with real calls")
      if let settling { terminal.talk("A new secret of this tenant \(settling).") }
      let line = LiveLine(terminal)
      do {
        let next = try await engine.validate(connection, record) { line.show($0) }
        line.finish()
        terminal.talk(
          connection.environment == nil
            ? "The new secret is accepted."
            : "The new secret is accepted, and Dynamics 365 knows its application user.")
        return next
      } catch let error as KeyturnError where error.code == .badInput && terminal.isInteractive {
        line.finish()
        terminal.complain(error)
        terminal.talk("Paste the Value again, or leave with Ctrl-C and come back later.")
        record = try await supply(try await engine.record(of: connection), given: nil)
      } catch {
        line.finish()
        throw error
      }
    }
  }

  private func title(_ number: Int, _ text: String) {
    terminal.talk()
    terminal.talk("Step \(number) of \(Self.steps): \(text)")
  }
}
