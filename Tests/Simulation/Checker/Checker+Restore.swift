import Foundation
import Keyturn

/// What an older database may be blamed for, and what not.
extension Checker {
  /// A record is again what it was.
  func wasRestored(_ connection: ManagedConnection, _ record: ConsumerRecord?) {
    let ledger = connection.ledger
    connection.record = record
    ledger.restoredAt = world.now
    ledger.markers = []
    ledger.declared = []
    for secret in [record?.current, record?.previous, record?.pending] {
      guard let value = secret?.value?.reveal(), !connection.isValid(value, in: world) else {
        continue
      }
      ledger.excused[value] = "removed before the restore"
    }
    ledger.current = (record?.current?.value?.reveal(), world.now)
    if let record { remember(record, connection) }
  }
}
