import Foundation
import Keyturn

/// What administrators do: mostly the next thing, sometimes a wrong or hasty one.
extension History {
  enum Act: String, Sendable, CaseIterable {
    case next, adopt, recordLifetime, begin, give, giveWrong, giveAgain, validate, switchOver
    case confirm, rollBack, abandon, retire, retireNow, finish, validateCurrent

    /// Each act, and the next sensible one as often as all the others together.
    static let likely = allCases + [Act](repeating: .next, count: allCases.count)
  }

  /// Does it to the record as it is now; what is refused is heard.
  func act(_ act: Act) async {
    do {
      try await perform(act)
    } catch {
      checker.hear("\(error)", String(reflecting: error))
    }
  }

  private func perform(_ act: Act) async throws {
    let (engine, connection) = (engine("admin"), connection)
    let record = try await engine.record(of: connection)
    switch act {
    case .next: try await perform(next(after: record))
    case .adopt: try await adopt(connection, record)
    case .recordLifetime: _ = try await engine.recordLifetime(secret(nil), connection, record)
    case .begin: _ = try await engine.begin(connection, record)
    case .give: try await give(made(connection), connection, record)
    case .giveWrong: try await give(freshValue(), connection, record)
    case .giveAgain: if let value = staleValue() { try await give(value, connection, record) }
    case .validate: _ = try await engine.validate(connection, record) { self.hear($0) }
    case .switchOver: _ = try await engine.switchOver(connection, record)
    case .confirm:
      let target = happens(0.5) ? record.rotation?.openHandOvers.first?.target : nil
      _ = try await engine.confirm(connection, record, target: target)
    case .rollBack: _ = try await engine.rollBack(connection, record)
    case .abandon: _ = try await engine.declareAbandonment(connection, record)
    case .retire: _ = try await engine.declareRetirement(connection, record)
    case .retireNow:
      _ = try await self.engine(InvariantChecker.hasty).declareRetirement(
        connection, record, ignoringGrace: true)
    case .finish: try await finish(connection, record)
    case .validateCurrent: _ = try await engine.validateCurrent(connection, record)
    }
  }

  private func next(after record: ConsumerRecord) -> Act {
    switch record.rotation?.step {
    case nil: record.current?.value == nil ? .adopt : happens(0.5) ? .begin : .validateCurrent
    case .begun: .give
    case .created: record.pending?.failure == nil ? .validate : .give
    case .validated: .switchOver
    case .switched: .confirm
    case .handedOver: happens(0.5) ? .retire : .retireNow
    case .retiring, .abandoning: .finish
    }
  }

  private func adopt(_ connection: Connection, _ record: ConsumerRecord) async throws {
    let value = happens(0.7) ? made(connection) : freshValue()
    _ = try await engine("admin").adopt(secret(value), connection, record) { self.hear($0) }
  }

  /// Gives a value as the commands do: past the guards, then into the record.
  private func give(_ value: SecretValue, _ connection: Connection, _ record: ConsumerRecord)
    async throws
  {
    let checked = try PastedValue.check(value.reveal(), keyID: nil, for: record)
    checker.isGiving(checked, over: record)
    _ = try await engine("admin").supply(secret(checked), connection, record)
    checker.wasGiven(checked)
  }

  /// Deletes in the portal what the record says is to be deleted, then has it proven.
  private func finish(_ connection: Connection, _ record: ConsumerRecord) async throws {
    let isRetiring = record.rotation?.step == .retiring
    let isAbandoning = record.rotation?.step == .abandoning
    guard isRetiring || isAbandoning else { return }
    let value = isRetiring ? record.previous?.value : record.pending?.value
    checker.isDeleting(value, of: record)
    for application in Self.applications {
      scene.server.delete(value, of: application, spread: happens(0.5) ? 30 : 0)
    }
    if isRetiring {
      _ = try await engine("admin").completeRetirement(connection, record) { self.hear($0) }
    } else {
      _ = try await engine("admin").completeAbandonment(connection, record) { self.hear($0) }
    }
  }

  /// A value made in the portal just now.
  private func made(_ connection: Connection) -> SecretValue {
    let value = freshValue()
    scene.server.make(value, for: connection.clientID, spread: happens(0.5) ? 60 : 0)
    return value
  }

  private func secret(_ value: SecretValue?) -> ClientSecret {
    let end = scene.world.now.addingTimeInterval(730 * 86_400)
    return ClientSecret(
      startsAt: scene.world.now, expiresAt: end, source: .assumed, value: value)
  }

  private func hear(_ progress: Validator.Progress) {
    checker.hear("\(progress)", progress.obstacle ?? "")
  }
}
