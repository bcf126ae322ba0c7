import Foundation
import GRDB
import Keyturn

/// Writes applications as rows of a generation; its statements live for one transaction.
struct ApplicationRows {
  private struct Known {
    var id: Int64
    var digest: Int64
    var generation: Int
  }

  private let db: GRDB.Database
  private let tenant: Int64
  private let generation: Int
  private let find: Statement
  private let insert: Statement
  private let insertSecret: Statement

  init(_ db: GRDB.Database, tenant: Int64, generation: Int) throws {
    self.db = db
    self.tenant = tenant
    self.generation = generation
    find = try db.cachedStatement(sql: Self.finding)
    insert = try db.cachedStatement(
      sql: """
        INSERT INTO observedApplication
          (tenant, objectID, clientID, displayName, lastEnd, thirdEnd, hasLongSecret, digest,
          generation)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    insertSecret = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO observedSecret
          (application, keyID, displayName, hint, startsAt, expiresAt)
        VALUES (?, ?, ?, ?, ?, ?)
        """)
  }

  static let finding = """
    SELECT id, digest, generation FROM observedApplication
    WHERE tenant = ? AND objectID = ? ORDER BY generation DESC LIMIT 1
    """

  /// Adds an application to the generation, unless it is known as it is.
  ///
  /// Throws: ``UnknownApplication`` where only a part of it was told, and nothing else is known.
  func put(_ told: ObservedApplication, _ progress: inout SQLiteReading.Progress) throws {
    let known = try known(told.objectID)
    let application = try complete(told, known)
    let digest = application.digest
    // What was told to be gone, and comes again, is new.
    let isBack = known.map { progress.isSuperseded($0.id) } ?? false
    if let known, known.digest == digest, !isBack {
      if known.generation < generation { progress.kept.insert(known.id) }
      return
    }
    if let known, !isBack {
      progress.secrets -= try secretCount(of: known.id)
      if known.generation == generation {
        // Told twice in one reading: the newer word counts.
        try drop(known.id)
      } else {
        progress.supersede(known.id)
        progress.written += 1
      }
    } else {
      progress.applications += 1
      progress.written += 1
    }
    try write(application, digest, &progress)
  }

  /// Takes an application out of the picture.
  func remove(_ objectID: GUID, _ progress: inout SQLiteReading.Progress) throws {
    guard let known = try known(objectID) else { return }
    guard known.generation == generation else {
      guard !progress.isSuperseded(known.id) else { return }
      progress.secrets -= try secretCount(of: known.id)
      progress.applications -= 1
      progress.removed += 1
      progress.supersede(known.id)
      return
    }
    try delete(known.id, &progress)
  }

  /// The rows of the old picture that the reading has not met.
  func unmet(_ progress: SQLiteReading.Progress) throws -> [Int64] {
    var unmet: [Int64] = []
    let ids = try Int64.fetchCursor(
      db, sql: Self.olderRows, arguments: [tenant, generation])
    while let id = try ids.next() {
      if !progress.kept.contains(id), !progress.isSuperseded(id) { unmet.append(id) }
    }
    return unmet
  }

  static let olderRows = """
    SELECT id FROM observedApplication INDEXED BY observedApplication_objectID
    WHERE tenant = ? AND generation < ?
    """

  /// Deletes a row of an application that is gone.
  func delete(_ id: Int64, _ progress: inout SQLiteReading.Progress) throws {
    progress.secrets -= try secretCount(of: id)
    progress.applications -= 1
    progress.removed += 1
    try drop(id)
  }

  /// Deletes a row, with its client secrets.
  func drop(_ id: Int64) throws {
    try db.cachedStatement(sql: "DELETE FROM observedApplication WHERE id = ?")
      .execute(arguments: [id])
  }

  private func known(_ objectID: GUID) throws -> Known? {
    find.setUncheckedArguments([tenant, objectID.data])
    guard let row = try Row.fetchOne(find) else { return nil }
    return Known(id: row[0], digest: row[1], generation: row[2])
  }

  private func secretCount(of id: Int64) throws -> Int {
    let statement = try db.cachedStatement(
      sql: "SELECT count(*) FROM observedSecret WHERE application = ?")
    return try Int.fetchOne(statement, arguments: [id]) ?? 0
  }

  /// The application with what was not told this time.
  private func complete(
    _ told: ObservedApplication, _ known: Known?
  ) throws -> ObservedApplication {
    guard told.clientID == nil || told.secrets == nil || told.displayName == nil else {
      return told
    }
    guard let known, let old = try ObservedApplication.fetch(known.id, in: db) else {
      throw UnknownApplication(objectID: told.objectID)
    }
    return ObservedApplication(
      objectID: told.objectID, clientID: told.clientID ?? old.clientID,
      displayName: told.displayName ?? old.displayName, secrets: told.secrets ?? old.secrets)
  }

  private func write(
    _ application: ObservedApplication, _ digest: Int64, _ progress: inout SQLiteReading.Progress
  ) throws {
    let secrets = application.secrets ?? []
    let ends = secrets.map { $0.expiresAt?.seconds ?? Int64.max }.sorted(by: >)
    insert.setUncheckedArguments([
      tenant, application.objectID.data, application.clientID?.data,
      application.displayName, ends.first.flatMap { $0 == .max ? nil : $0 },
      ends.count > 2 ? min(ends[2], Self.endOfTime) : nil,
      secrets.contains(where: \.isLong), digest, generation,
    ])
    try insert.execute()
    let id = db.lastInsertedRowID
    for secret in secrets {
      insertSecret.setUncheckedArguments([
        id, secret.keyID.data, secret.displayName, secret.hint, secret.startsAt?.seconds,
        secret.expiresAt?.seconds,
      ])
      try insertSecret.execute()
    }
    let isDistinct = secrets.count < 2 || Set(secrets.map(\.keyID)).count == secrets.count
    progress.secrets += isDistinct ? secrets.count : try secretCount(of: id)
  }

  private static let endOfTime: Int64 = 253_402_300_799
}

extension GUID {
  /// Its 16 bytes as a database has them.
  var data: Data { Data(bytes) }
}

extension Date {
  /// Whole seconds since 1970.
  fileprivate var seconds: Int64 { Int64(timeIntervalSince1970.rounded(.down)) }
}

extension ObservedApplication {
  /// Stands for everything that is kept of it; the order of its client secrets does not matter.
  fileprivate var digest: Int64 {
    var digest = Digest()
    digest.add(clientID)
    digest.add(displayName)
    for secret in secrets ?? [] {
      var own = Digest()
      own.add(secret.keyID)
      own.add(secret.displayName)
      own.add(secret.hint)
      own.add(secret.startsAt?.seconds)
      own.add(secret.expiresAt?.seconds)
      digest.mix(own)
    }
    return Int64(bitPattern: digest.value)
  }
}

/// FNV-1a, and a sum over what has no order.
private struct Digest {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ text: String?) {
    guard var text else { return add(0xFF) }
    text.withUTF8 { for byte in $0 { add(byte) } }
    add(0xFE)
  }

  mutating func add(_ guid: GUID?) {
    add(word: guid?.high ?? 0)
    add(word: guid?.low ?? 0)
  }

  mutating func add(_ number: Int64?) {
    add(word: number.map { UInt64(bitPattern: $0) } ?? .max)
  }

  mutating func mix(_ other: Digest) {
    // A multiplication first, or two equal ones would cancel out in nothing but their number.
    value = value &+ (other.value ^ other.value >> 29) &* 0x9E37_79B9_7F4A_7C15
  }

  private mutating func add(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }

  private mutating func add(word: UInt64) {
    value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
    value ^= value >> 32
  }
}
