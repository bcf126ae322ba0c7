import Foundation
import Keyturn

/// What an older database may be blamed for, and what not.
extension Checker {
  /// A record is again what it was.
  func wasRestored(_ connection: ManagedConnection, _ record: ConsumerRecord?) {
    let ledger = connection.ledger
    connection.record = record
    ledger.restoredAt = world.now
    ledger.markers = Set(record?.attempts.map(\.marker) ?? [])
    ledger.markers.formUnion(record?.leftovers.compactMap(\.marker) ?? [])
    ledger.declared = Set(record?.leftovers.compactMap(\.keyID) ?? [])
    for secret in [record?.current, record?.previous, record?.pending] {
      guard let value = secret?.value?.reveal(), !connection.isValid(value, in: world) else {
        continue
      }
      ledger.excused[value] = "removed before the restore"
    }
    ledger.current = (record?.current?.value?.reveal(), world.now)
    let declared =
      record?.rotation?.step == .retiring
      ? record?.previous : record?.rotation?.step == .abandoning ? record?.pending : nil
    if let declared {
      ledger.declared.formUnion([declared.keyID, declared.value?.reveal()].compactMap { $0 })
    }
  }
}
