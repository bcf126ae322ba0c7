import Foundation
import GRDB
import GRDBSQLite
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
  /// Whether certificates are read: else nobody has any.
  private let hasCertificates: Bool
  private let find: Statement
  private let insert: Statement
  private let insertSecret: Statement
  private let insertCertificate: Statement

  init(
    _ db: GRDB.Database, tenant: Int64, generation: Int, hasCertificates: Bool = false
  ) throws {
    self.hasCertificates = hasCertificates
    self.db = db
    self.tenant = tenant
    self.generation = generation
    find = try db.cachedStatement(sql: Self.finding)
    insert = try db.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO observedApplication
          (tenant, objectID, clientID, displayName, lastEnd, thirdEnd, hasLongSecret, digest,
          generation, certificateEnd)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    insertSecret = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO observedSecret
          (application, keyID, displayName, hint, startsAt, expiresAt)
        VALUES (?, ?, ?, ?, ?, ?)
        """)
    insertCertificate = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO observedCertificate
          (application, keyID, displayName, startsAt, expiresAt)
        VALUES (?, ?, ?, ?, ?)
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

  /// Adds an application that is new to the tenant; returns false where it is not, or not all was told.
  func add(
    _ application: ObservedApplication, _ progress: inout SQLiteReading.Progress
  ) throws -> Bool {
    guard application.clientID != nil, application.secrets != nil, application.displayName != nil,
      !hasCertificates || application.certificates != nil,
      try write(application, application.digest, &progress)
    else { return false }
    progress.applications += 1
    progress.written += 1
    return true
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
      db.cachedStatement(sql: Self.olderRows), arguments: [tenant, generation])
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
    let find = BoundStatement(find)
    find.bind(tenant, at: 1)
    find.bind(objectID, at: 2)
    defer { find.reset() }
    guard try find.step() else { return nil }
    return Known(
      id: find.integer(at: 0), digest: find.integer(at: 1), generation: Int(find.integer(at: 2)))
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
    guard
      told.clientID == nil || told.secrets == nil || told.displayName == nil
        || (hasCertificates && told.certificates == nil)
    else { return told }
    guard let known, let old = try ObservedApplication.fetch(known.id, in: db) else {
      throw UnknownApplication(objectID: told.objectID)
    }
    return ObservedApplication(
      told.kind, objectID: told.objectID, clientID: told.clientID ?? old.clientID,
      displayName: told.displayName ?? old.displayName, secrets: told.secrets ?? old.secrets,
      certificates: told.certificates ?? old.certificates)
  }

  /// Writes a row; returns false where the generation has the application already.
  @discardableResult
  private func write(
    _ application: ObservedApplication, _ digest: Int64, _ progress: inout SQLiteReading.Progress
  ) throws -> Bool {
    let secrets = application.secrets ?? []
    var ends = secrets.map { $0.expiresAt?.seconds ?? Int64.max }
    ends.sort(by: >)
    let row = BoundStatement(insert)
    row.bind(tenant, at: 1)
    row.bind(application.objectID, at: 2)
    row.bind(application.clientID, at: 3)
    row.bind(application.displayName, at: 4)
    row.bind(ends.first.flatMap { $0 == .max ? nil : $0 }, at: 5)
    row.bind(ends.count > 2 ? min(ends[2], Self.endOfTime) : nil, at: 6)
    row.bind(secrets.contains(where: \.isLong) ? 1 : 0, at: 7)
    row.bind(digest, at: 8)
    row.bind(Int64(generation), at: 9)
    row.bind(application.lastEnd(of: .certificate)?.seconds, at: 10)
    let before = db.totalChangesCount
    try row.run()
    guard db.totalChangesCount > before else { return false }
    let id = db.lastInsertedRowID
    for secret in secrets { try write(secret, of: id) }
    for certificate in application.certificates ?? [] { try write(certificate, of: id) }
    let isDistinct = secrets.count < 2 || Set(secrets.map(\.keyID)).count == secrets.count
    progress.secrets += isDistinct ? secrets.count : try secretCount(of: id)
    return true
  }

  private func write(_ secret: ObservedSecret, of application: Int64) throws {
    let row = BoundStatement(insertSecret)
    row.bind(application, at: 1)
    row.bind(secret.keyID, at: 2)
    row.bind(secret.displayName, at: 3)
    row.bind(secret.hint, at: 4)
    row.bind(secret.startsAt?.seconds, at: 5)
    row.bind(secret.expiresAt?.seconds, at: 6)
    try row.run()
  }

  private func write(_ certificate: ObservedCertificate, of application: Int64) throws {
    let row = BoundStatement(insertCertificate)
    row.bind(application, at: 1)
    row.bind(certificate.keyID, at: 2)
    row.bind(certificate.displayName, at: 3)
    row.bind(certificate.startsAt?.seconds, at: 4)
    row.bind(certificate.expiresAt?.seconds, at: 5)
    try row.run()
  }

  private static let endOfTime: Int64 = 253_402_300_799
}

extension GUID {
  /// Its 16 bytes as a database has them.
  var data: Data { Data(bytes) }
}

extension Date {
  /// Whole seconds since 1970.
  var seconds: Int64 { Int64(timeIntervalSince1970.rounded(.down)) }
}
