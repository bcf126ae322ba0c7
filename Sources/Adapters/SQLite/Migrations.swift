import GRDB

/// The database's schema, as a row of steps that are never edited once they have landed.
enum Migrations {
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 records, audit trail, runs", migrate: recordsAuditTrailRuns)
    migrator.registerMigration("2 findings, messages, snoozes", migrate: findingsMessagesSnoozes)
    migrator.registerMigration("3 observed applications", migrate: observedApplications)
    migrator.registerMigration("4 client ids by tenant", migrate: clientIDsByTenant)
    migrator.registerMigration(
      "5 certificates, service principals", migrate: certificatesServicePrincipals)
    migrator.registerMigration(
      "6 owners and sign-ins of applications", migrate: ownersAndSignIns)
    migrator.registerMigration("7 counts of tenants", migrate: countsOfTenants)
    return migrator
  }()

  private static func recordsAuditTrailRuns(_ db: GRDB.Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE installation (
          id INTEGER PRIMARY KEY CHECK (id = 1),
          storeID TEXT NOT NULL CHECK (length(storeID) = 32),
          keyCheck BLOB NOT NULL,
          createdAt TEXT NOT NULL
        ) STRICT;

        -- One sealed document per connection. attentionAt is in seconds since 1970, UTC.
        CREATE TABLE record (
          connection TEXT NOT NULL PRIMARY KEY,
          version INTEGER NOT NULL CHECK (version >= 1),
          sealed BLOB NOT NULL CHECK (length(sealed) > 28),
          attentionAt INTEGER NOT NULL CHECK (attentionAt >= 0),
          writtenAt TEXT NOT NULL
        ) STRICT;
        CREATE INDEX record_attentionAt ON record (attentionAt);

        -- The lifetimes in the clear, for people with a sqlite3 shell; written with the record.
        CREATE TABLE clientSecret (
          connection TEXT NOT NULL REFERENCES record (connection) ON DELETE CASCADE,
          slot TEXT NOT NULL CHECK (slot IN ('current', 'previous', 'pending')),
          keyID TEXT,
          startsAt TEXT,
          expiresAt TEXT NOT NULL,
          source TEXT NOT NULL CHECK (source IN ('recorded', 'assumed', 'graph')),
          validatedAt TEXT,
          PRIMARY KEY (connection, slot)
        ) STRICT, WITHOUT ROWID;

        -- Rotations that are over; the open one is in the record.
        CREATE TABLE rotation (
          id TEXT NOT NULL PRIMARY KEY,
          connection TEXT NOT NULL,
          mode TEXT NOT NULL CHECK (mode IN ('guided', 'automatic')),
          outcome TEXT NOT NULL CHECK (outcome IN ('completed', 'abandoned')),
          startedAt TEXT NOT NULL,
          endedAt TEXT NOT NULL,
          settledAfter REAL CHECK (settledAfter >= 0)
        ) STRICT, WITHOUT ROWID;

        -- The audit trail: each hash is an HMAC over its event and the hash before it.
        CREATE TABLE event (
          seq INTEGER PRIMARY KEY CHECK (seq >= 1),
          at TEXT NOT NULL,
          actor TEXT NOT NULL,
          action TEXT NOT NULL,
          subject TEXT,
          recordVersion INTEGER CHECK (recordVersion >= 1),
          detail TEXT NOT NULL,
          hash BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT;
        CREATE UNIQUE INDEX event_recordVersion ON event (subject, recordVersion)
          WHERE recordVersion IS NOT NULL;
        CREATE INDEX event_subject ON event (subject, seq);
        CREATE TRIGGER event_isNeverChanged BEFORE UPDATE ON event
          BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
        CREATE TRIGGER event_isNeverRemoved BEFORE DELETE ON event
          BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

        CREATE TABLE run (
          id INTEGER PRIMARY KEY,
          startedAt TEXT NOT NULL,
          finishedAt TEXT NOT NULL,
          severity TEXT NOT NULL CHECK (severity IN ('ok', 'warning', 'critical', 'unknown')),
          fingerprint TEXT NOT NULL,
          summary TEXT NOT NULL
        ) STRICT;
        CREATE INDEX run_severity ON run (severity, id);
        """)
  }

  private static func findingsMessagesSnoozes(_ db: GRDB.Database) throws {
    try db.execute(
      sql: """
        -- What is found and not over. An empty connection is the installation as a whole.
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
          missingSince TEXT,
          PRIMARY KEY (connection, topic, subject)
        ) STRICT, WITHOUT ROWID;

        -- Every message, as it was written; an empty owner is everybody behind the route.
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
        ) STRICT;
        CREATE INDEX message_state ON message (state, at);
        CREATE INDEX message_delivery ON message (route, triedAt) WHERE state = 'delivered';

        -- Who was told what about an open finding; it goes when the finding is over.
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
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX notice_message ON notice (message);

        CREATE TABLE snooze (
          connection TEXT NOT NULL PRIMARY KEY,
          until TEXT NOT NULL,
          reason TEXT,
          actor TEXT NOT NULL,
          at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """)
  }

  private static func observedApplications(_ db: GRDB.Database) throws {
    try db.execute(
      sql: """
        -- The tenants of which every application is observed, with their newest complete picture:
        -- what has its generation or an older one. staged is the generation that is being read.
        CREATE TABLE observedTenant (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE,
          directory TEXT NOT NULL,
          generation INTEGER NOT NULL CHECK (generation >= 0),
          staged INTEGER CHECK (staged > generation),
          readAt TEXT,
          fullReadAt TEXT,
          mark TEXT,
          applications INTEGER NOT NULL CHECK (applications >= 0),
          secrets INTEGER NOT NULL CHECK (secrets >= 0)
        ) STRICT;

        -- Times are in seconds since 1970, UTC. lastEnd is the end of the client secret that ends
        -- last, thirdEnd that of the third last; null where there is none, or no end.
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
        ) STRICT;
        CREATE UNIQUE INDEX observedApplication_objectID
          ON observedApplication (tenant, objectID, generation);
        CREATE INDEX observedApplication_clientID ON observedApplication (clientID);
        CREATE INDEX observedApplication_lastEnd
          ON observedApplication (tenant, lastEnd, generation) WHERE lastEnd IS NOT NULL;
        CREATE INDEX observedApplication_thirdEnd
          ON observedApplication (tenant, thirdEnd, generation) WHERE thirdEnd IS NOT NULL;
        CREATE INDEX observedApplication_long
          ON observedApplication (tenant, lastEnd, generation) WHERE hasLongSecret;

        CREATE TABLE observedSecret (
          application INTEGER NOT NULL REFERENCES observedApplication (id) ON DELETE CASCADE,
          keyID BLOB NOT NULL CHECK (length(keyID) = 16),
          displayName TEXT,
          hint TEXT,
          startsAt INTEGER,
          expiresAt INTEGER,
          PRIMARY KEY (application, keyID)
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE finding ADD COLUMN tenant TEXT;
        """)
  }

  /// Ids come in no order: in one index of all tenants, a small one touches as many pages as it has
  /// applications, and each of them goes through the log.
  private static func clientIDsByTenant(_ db: GRDB.Database) throws {
    try db.execute(
      sql: """
        DROP INDEX observedApplication_clientID;
        CREATE INDEX observedApplication_clientID ON observedApplication (tenant, clientID);
        """)
  }
}
