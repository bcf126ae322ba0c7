import Foundation
import Testing

@testable import Keyturn

/// Every operation from every step: what starts somewhere else is refused and changes nothing.
@Suite struct StepTableTests {
  enum Operation: String, CaseIterable, Sendable {
    case begin, supply, validate, switchOver, confirm, declareRetirement, completeRetirement
    case declareAbandonment, completeAbandonment, rollBack, adopt, recordLifetime

    /// Where it may be done; nil for no open rotation.
    var starts: Set<Rotation.Step?> {
      switch self {
      case .begin, .adopt, .recordLifetime: [nil]
      case .supply: [.begun, .created]
      case .validate: [.created, .validated]
      case .switchOver: [.validated]
      case .confirm: [.switched]
      case .declareRetirement: [.handedOver]
      case .completeRetirement: [.retiring]
      case .declareAbandonment: [.begun, .created, .validated]
      case .completeAbandonment: [.abandoning]
      case .rollBack: [.switched, .handedOver]
      }
    }

    /// Where it leads.
    var end: Rotation.Step? {
      switch self {
      case .begin: .begun
      case .supply: .created
      case .validate: .validated
      case .switchOver, .rollBack: .switched
      case .confirm: .handedOver
      case .declareRetirement: .retiring
      case .declareAbandonment: .abandoning
      case .completeRetirement, .completeAbandonment, .adopt, .recordLifetime: nil
      }
    }

    /// Does it, with everything outside of the record as it should be for it.
    func run(in scene: Scene, _ record: ConsumerRecord) async throws -> ConsumerRecord {
      let engine = scene.engine()
      let connection = scene.connection
      switch self {
      case .begin: return try await engine.begin(connection, record)
      case .supply: return try await engine.supply(scene.made(.new), connection, record)
      case .validate: return try await engine.validate(connection, record)
      case .switchOver: return try await engine.switchOver(connection, record)
      case .confirm: return try await engine.confirm(connection, record)
      case .declareRetirement:
        return try await engine.declareRetirement(connection, record, ignoringGrace: true)
      case .completeRetirement:
        scene.server.delete(record.previous?.value)
        return try await engine.completeRetirement(connection, record)
      case .declareAbandonment: return try await engine.declareAbandonment(connection, record)
      case .completeAbandonment:
        scene.server.delete(record.pending?.value)
        return try await engine.completeAbandonment(connection, record)
      case .rollBack: return try await engine.rollBack(connection, record)
      case .adopt: return try await engine.adopt(scene.made(.new), connection, record)
      case .recordLifetime:
        return try await engine.recordLifetime(.sample(nil), connection, record)
      }
    }
  }

  @Test(arguments: Operation.allCases, [nil] + Rotation.Step.allCases.map(Optional.some))
  func `a step is taken where it starts, and nowhere else`(
    operation: Operation, step: Rotation.Step?
  ) async throws {
    let scene = try Scene()
    let record = try await scene.reach(step)
    let changes = scene.store.changes.count
    guard operation.starts.contains(step) else {
      _ = try await error { try await operation.run(in: scene, record) }
      #expect(scene.store[scene.connection.name] == record)
      #expect(scene.store.changes.count == changes)
      return
    }
    let next = try await operation.run(in: scene, record)
    #expect(next.rotation?.step == operation.end)
    #expect(next.version == record.version + 1)
    #expect(scene.store[scene.connection.name] == next)
    #expect(scene.store.changes.count == changes + 1)
  }

  @Test(arguments: Operation.allCases)
  func `whoever loses the compare-and-swap is told, and nothing is lost`(operation: Operation)
    async throws
  {
    // A value that is supplied is kept through a lost race; see SupplyTests.
    guard operation != .supply, let step = operation.starts.first(where: { $0 != .begun }) else {
      return
    }
    let scene = try Scene()
    let record = try await scene.reach(step)
    let rival = try await scene.engine("rival").commit(record, scene.connection, "rival", "")
    let failure = try await error { try await operation.run(in: scene, record) }
    #expect(failure == .recordChanged(scene.connection.name))
    #expect(failure.code == .tryAgain)
    #expect(scene.store[scene.connection.name] == rival)
  }

  @Test(arguments: Operation.allCases, MemoryStore.Moment.allCases)
  func `a write that fails is told, wherever it fails`(
    operation: Operation, moment: MemoryStore.Moment
  ) async throws {
    let step = try #require(operation.starts.first)
    let scene = try Scene()
    let record = try await scene.reach(step)
    scene.store.onWrite { _, reached in
      if reached == moment { throw KeyturnError.diskFull }
    }
    let failure = try await error { try await operation.run(in: scene, record) }
    #expect(failure == .diskFull)
    let stored = try #require(scene.store[scene.connection.name])
    // Whole and old, or whole and new: never a mixture.
    #expect(stored.version == record.version + (moment == .before ? 0 : 1))
    #expect(moment == .after || stored == record)
    #expect(moment == .before || stored.rotation?.step == operation.end)
  }

  @Test(arguments: Rotation.Step.allCases)
  func `the checks before a question agree with the step itself`(step: Rotation.Step) async throws {
    let scene = try Scene()
    let record = try await scene.reach(step)
    let (engine, connection) = (scene.engine(), scene.connection)
    let checks: [(Operation, () throws -> Void)] = [
      (.declareRetirement, { try engine.checkRetirement(connection, record, ignoringGrace: true) }),
      (.declareAbandonment, { try engine.checkAbandonment(connection, record) }),
      (.rollBack, { try engine.checkRollback(connection, record) }),
    ]
    for (operation, check) in checks {
      let isAllowed = (try? check()) != nil
      #expect(isAllowed == operation.starts.contains(step), "\(operation)")
    }
  }
}
