import Foundation
import Keyturn

/// What an administrator's commands do, as KeyturnCommand puts them together.
extension SimulatedProcess {
  /// `keyturn check`, from cron.
  func check() async {
    let check = Check(
      context: context, engine: engine, registry: registry,
      connections: world.connections.map(\.connection), fingerprint: "\(world.configuration)",
      logger: logger)
    do {
      let report = try await check.run()
      if isAlive { world.checker.nightEnded(report, of: self) }
    } catch {
      if isAlive { world.checker.nightFailed(error, of: self) }
    }
  }

  /// Does something to a connection's record as it is now; returns whether it worked.
  @discardableResult
  func command(
    _ name: String,
    _ work: (RotationEngine, Connection, ConsumerRecord) async throws -> Void
  ) async -> Bool {
    guard let connection = world[name]?.connection else { return false }
    do {
      let engine = engine
      try await work(engine, connection, try await engine.record(of: connection))
      return isAlive
    } catch {
      if isAlive { world.checker.hear(error, of: self) }
      return false
    }
  }
}

extension RotationEngine {
  /// Says what each consumer got, while the record still holds that.
  func confirm(
    _ handOver: HandOver, _ connection: Connection, _ record: ConsumerRecord
  ) async throws {
    var record = record
    for _ in 0..<3 {
      guard record.rotation?.openHandOvers.contains(handOver) == true else { return }
      do {
        _ = try await confirm(connection, record, target: handOver.target)
        return
      } catch let error as KeyturnError where error == .recordChanged(connection.name) {
        record = try await self.record(of: connection)
      }
    }
  }
}
