import Crypto
import Foundation
import GRDB
import Keyturn

/// The audit trail's chain: each hash is an HMAC-SHA256 over its event and the hash before it.
///
/// It is keyed, so that whoever can write the database but has no store key can't forge it.
struct AuditTrail {
  private let key: SymmetricKey

  init(_ seal: Seal) {
    key = seal.subkey(.audit)
  }

  /// Adds an event inside the caller's transaction, and returns its place and hash.
  func append(
    _ entry: AuditEntry, about subject: String?, recordVersion: Int? = nil, in db: GRDB.Database
  ) throws -> RecordDocument.EventReference {
    let last = try Row.fetchOne(db, sql: "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
    let seq = try (last?.decode(Int.self, forColumn: "seq") ?? 0) + 1
    let at = Timestamp.format(entry.at)
    let hash = hash(
      after: try last?.decode(forColumn: "hash") ?? Self.origin, seq: seq,
      fields: [
        at, entry.actor, entry.action, subject, recordVersion.map(String.init), entry.detail,
      ])
    try db.execute(
      sql: """
        INSERT INTO event (seq, at, actor, action, subject, recordVersion, detail, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        seq, at, entry.actor, entry.action, subject, recordVersion, entry.detail, hash,
      ])
    return .init(seq: seq, hash: hash.hexadecimal)
  }

  /// Walks the chain from its start to the first sequence number that does not fit.
  func firstBad(in db: GRDB.Database) throws -> Int? {
    var previous = Self.origin
    var expected = 1
    let rows = try Row.fetchCursor(db, sql: "SELECT * FROM event ORDER BY seq")
    while let row = try rows.next() {
      let seq: Int = try row.decode(forColumn: "seq")
      let found: Data = try row.decode(forColumn: "hash")
      let version: Int? = try row.decode(forColumn: "recordVersion")
      let fields: [String?] = [
        try row.decode(forColumn: "at"), try row.decode(forColumn: "actor"),
        try row.decode(forColumn: "action"), try row.decode(forColumn: "subject"),
        version.map(String.init), try row.decode(forColumn: "detail"),
      ]
      guard seq == expected, found == hash(after: previous, seq: seq, fields: fields) else {
        return expected
      }
      previous = found
      expected += 1
    }
    return nil
  }

  private static let origin = Data(repeating: 0, count: 32)

  /// The length in front of each field keeps one field from reaching into the next.
  private func hash(after previous: Data, seq: Int, fields: [String?]) -> Data {
    var hmac = HMAC<SHA256>(key: key)
    hmac.update(data: previous)
    hmac.update(data: Data("\(seq);".utf8))
    for field in fields {
      let bytes = field.map { Data($0.utf8) }
      hmac.update(data: Data("\(bytes?.count ?? -1):".utf8))
      hmac.update(data: bytes ?? Data())
    }
    return Data(hmac.finalize())
  }
}
