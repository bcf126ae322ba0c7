import Foundation
import GRDB
import Testing

@testable import Adapters

/// The schema as it has landed: a migration that was edited afterwards is seen here.
@Suite struct GoldenSchemaTests {
  @Test func `a new database has the schema that has landed`() throws {
    let store = try StoreFolder()
    let schema = try store.create().queue.read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT sql FROM sqlite_master
          WHERE sql IS NOT NULL AND name NOT LIKE 'grdb_%' ORDER BY rowid
          """)
    }
    let lines = schema.joined(separator: "\n").split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    #expect(lines == Self.landed.split(separator: "\n").map(String.init))
  }

  @Test func `a new database has every migration, and opening it has nothing left to do`() throws {
    let store = try StoreFolder()
    let database = try store.create()
    let applied = try database.queue.read { try Migrations.migrator.appliedIdentifiers($0) }
    #expect(
      applied == [
        "1 records, audit trail, runs", "2 findings, messages, snoozes",
        "3 observed applications", "4 client ids by tenant",
        "5 certificates, service principals", "6 owners and sign-ins of applications",
        "7 counts of tenants",
      ])
    try database.queue.close()
    let before = try store.files()
    try store.open().queue.close()
    #expect(try store.files() == before)
  }

  /// Never to be edited: what changes the schema is another migration, and more lines here.
  private static let landed = """
    CREATE TABLE installation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    storeID TEXT NOT NULL CHECK (length(storeID) = 32),
    keyCheck BLOB NOT NULL,
    createdAt TEXT NOT NULL
    ) STRICT
    CREATE TABLE record (
    connection TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version >= 1),
    sealed BLOB NOT NULL CHECK (length(sealed) > 28),
    attentionAt INTEGER NOT NULL CHECK (attentionAt >= 0),
    writtenAt TEXT NOT NULL
    ) STRICT
    CREATE INDEX record_attentionAt ON record (attentionAt)
    CREATE TABLE clientSecret (
    connection TEXT NOT NULL REFERENCES record (connection) ON DELETE CASCADE,
    slot TEXT NOT NULL CHECK (slot IN ('current', 'previous', 'pending')),
    keyID TEXT,
    startsAt TEXT,
    expiresAt TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('recorded', 'assumed', 'graph')),
    validatedAt TEXT,
    PRIMARY KEY (connection, slot)
    ) STRICT, WITHOUT ROWID
    CREATE TABLE rotation (
    id TEXT NOT NULL PRIMARY KEY,
    connection TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('guided', 'automatic')),
    outcome TEXT NOT NULL CHECK (outcome IN ('completed', 'abandoned')),
    startedAt TEXT NOT NULL,
    endedAt TEXT NOT NULL,
    settledAfter REAL CHECK (settledAfter >= 0)
    ) STRICT, WITHOUT ROWID
    CREATE TABLE event (
    seq INTEGER PRIMARY KEY CHECK (seq >= 1),
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT,
    recordVersion INTEGER CHECK (recordVersion >= 1),
    detail TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT
    CREATE UNIQUE INDEX event_recordVersion ON event (subject, recordVersion)
    WHERE recordVersion IS NOT NULL
    CREATE INDEX event_subject ON event (subject, seq)
    CREATE TRIGGER event_isNeverChanged BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    CREATE TRIGGER event_isNeverRemoved BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    startedAt TEXT NOT NULL,
    finishedAt TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('ok', 'warning', 'critical', 'unknown')),
    fingerprint TEXT NOT NULL,
    summary TEXT NOT NULL
    ) STRICT
    CREATE INDEX run_severity ON run (severity, id)
    CREATE TABLE finding (
    connection TEXT NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    code TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('ok', 'warning', 'critical', 'unknown')),
    application TEXT,
    keyID TEXT,
    route TEXT,
    message TEXT NOT NULL,
    remedy TEXT NOT NULL,
    expiresAt TEXT,
    since TEXT NOT NULL,
    missingSince TEXT, tenant TEXT, owners TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (connection, topic, subject)
    ) STRICT, WITHOUT ROWID
    CREATE TABLE message (
    id TEXT NOT NULL PRIMARY KEY,
    route TEXT NOT NULL,
    owner TEXT NOT NULL,
    at TEXT NOT NULL,
    document TEXT NOT NULL CHECK (length(document) > 1),
    state TEXT NOT NULL CHECK (state IN ('owed', 'delivered', 'superseded')),
    isUncertain INTEGER NOT NULL CHECK (isUncertain IN (0, 1)),
    failures INTEGER NOT NULL CHECK (failures >= 0),
    failingSince TEXT,
    nextTryAt TEXT NOT NULL,
    triedAt TEXT,
    receipt TEXT,
    lastError TEXT
    ) STRICT
    CREATE INDEX message_state ON message (state, at)
    CREATE INDEX message_delivery ON message (route, triedAt) WHERE state = 'delivered'
    CREATE TABLE notice (
    connection TEXT NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    route TEXT NOT NULL,
    owner TEXT NOT NULL,
    stage TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('warning', 'critical', 'unknown')),
    at TEXT NOT NULL,
    message TEXT NOT NULL REFERENCES message (id),
    isDelivered INTEGER NOT NULL CHECK (isDelivered IN (0, 1)),
    PRIMARY KEY (connection, topic, subject, route, owner, stage)
    ) STRICT, WITHOUT ROWID
    CREATE INDEX notice_message ON notice (message)
    CREATE TABLE snooze (
    connection TEXT NOT NULL PRIMARY KEY,
    until TEXT NOT NULL,
    reason TEXT,
    actor TEXT NOT NULL,
    at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    CREATE TABLE observedApplication (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES observedTenant (id) ON DELETE CASCADE,
    objectID BLOB NOT NULL CHECK (length(objectID) = 16),
    clientID BLOB NOT NULL CHECK (length(clientID) = 16),
    displayName TEXT NOT NULL,
    lastEnd INTEGER,
    thirdEnd INTEGER,
    hasLongSecret INTEGER NOT NULL CHECK (hasLongSecret IN (0, 1)),
    digest INTEGER NOT NULL,
    generation INTEGER NOT NULL CHECK (generation >= 1)
    , certificateEnd INTEGER) STRICT
    CREATE UNIQUE INDEX observedApplication_objectID
    ON observedApplication (tenant, objectID, generation)
    CREATE INDEX observedApplication_lastEnd
    ON observedApplication (tenant, lastEnd, generation) WHERE lastEnd IS NOT NULL
    CREATE INDEX observedApplication_thirdEnd
    ON observedApplication (tenant, thirdEnd, generation) WHERE thirdEnd IS NOT NULL
    CREATE INDEX observedApplication_long
    ON observedApplication (tenant, lastEnd, generation) WHERE hasLongSecret
    CREATE TABLE observedSecret (
    application INTEGER NOT NULL REFERENCES observedApplication (id) ON DELETE CASCADE,
    keyID BLOB NOT NULL CHECK (length(keyID) = 16),
    displayName TEXT,
    hint TEXT,
    startsAt INTEGER,
    expiresAt INTEGER,
    PRIMARY KEY (application, keyID)
    ) STRICT, WITHOUT ROWID
    CREATE INDEX observedApplication_clientID ON observedApplication (tenant, clientID)
    CREATE TABLE "observedTenant" (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('application', 'service-principal')),
    directory TEXT NOT NULL,
    generation INTEGER NOT NULL CHECK (generation >= 0),
    staged INTEGER CHECK (staged > generation),
    readAt TEXT,
    fullReadAt TEXT,
    mark TEXT,
    applications INTEGER NOT NULL CHECK (applications >= 0),
    secrets INTEGER NOT NULL CHECK (secrets >= 0),
    hasCertificates INTEGER NOT NULL DEFAULT 0 CHECK (hasCertificates IN (0, 1)),
    listed INTEGER NOT NULL DEFAULT 0 CHECK (listed >= 0), signInsReadAt INTEGER, ended INTEGER NOT NULL DEFAULT 0 CHECK (ended >= 0), long INTEGER NOT NULL DEFAULT 0 CHECK (long >= 0), crowded INTEGER NOT NULL DEFAULT 0 CHECK (crowded >= 0), certificatesEnded INTEGER NOT NULL DEFAULT 0 CHECK (certificatesEnded >= 0),
    UNIQUE (name, kind)
    ) STRICT
    CREATE INDEX observedApplication_certificateEnd
    ON observedApplication (tenant, certificateEnd, generation)
    WHERE certificateEnd IS NOT NULL
    CREATE TABLE observedCertificate (
    application INTEGER NOT NULL REFERENCES observedApplication (id) ON DELETE CASCADE,
    keyID BLOB NOT NULL CHECK (length(keyID) = 16),
    displayName TEXT,
    startsAt INTEGER,
    expiresAt INTEGER,
    PRIMARY KEY (application, keyID)
    ) STRICT, WITHOUT ROWID
    CREATE TABLE observedOwnership (
    tenant INTEGER NOT NULL REFERENCES observedTenant (id) ON DELETE CASCADE,
    objectID BLOB NOT NULL CHECK (length(objectID) = 16),
    owners INTEGER NOT NULL CHECK (owners >= 0),
    readAt INTEGER NOT NULL,
    PRIMARY KEY (tenant, objectID)
    ) STRICT, WITHOUT ROWID
    CREATE INDEX observedOwnership_unowned
    ON observedOwnership (tenant, objectID) WHERE owners = 0
    CREATE TABLE observedOwner (
    tenant INTEGER NOT NULL,
    objectID BLOB NOT NULL,
    ownerID BLOB NOT NULL CHECK (length(ownerID) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('user', 'service-principal', 'other')),
    displayName TEXT,
    mail TEXT,
    principalName TEXT,
    PRIMARY KEY (tenant, objectID, ownerID),
    FOREIGN KEY (tenant, objectID)
    REFERENCES observedOwnership (tenant, objectID) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID
    CREATE TRIGGER observedOwnership_goes AFTER DELETE ON observedApplication
    WHEN NOT EXISTS (
    SELECT 1 FROM observedApplication
    WHERE tenant = OLD.tenant AND objectID = OLD.objectID)
    BEGIN
    DELETE FROM observedOwnership WHERE tenant = OLD.tenant AND objectID = OLD.objectID;
    END
    CREATE TABLE observedSignIn (
    tenant INTEGER NOT NULL REFERENCES observedTenant (id) ON DELETE CASCADE,
    clientID BLOB NOT NULL CHECK (length(clientID) = 16),
    lastAt INTEGER NOT NULL,
    PRIMARY KEY (tenant, clientID)
    ) STRICT, WITHOUT ROWID
    """
}
