import GRDB

/// The schema of what is observed of whole tenants.
extension Migrations {
  /// A tenant has a picture for each kind of object; of certificates there is what people want to know of
  /// them, and never a key.
  static func certificatesServicePrincipals(_ db: GRDB.Database) throws {
    try db.execute(
      sql: """
        -- hasCertificates: whether certificates are read beside the client secrets. listed: how many
        -- objects the newest whole reading was told of, with those that are not kept.
        CREATE TABLE observedPicture (
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
          listed INTEGER NOT NULL DEFAULT 0 CHECK (listed >= 0),
          UNIQUE (name, kind)
        ) STRICT;
        INSERT INTO observedPicture (id, name, kind, directory, generation, staged, readAt,
            fullReadAt, mark, applications, secrets, listed)
          SELECT id, name, 'application', directory, generation, staged, readAt, fullReadAt, mark,
            applications, secrets, applications
          FROM observedTenant;
        -- What is about the applications refers to it by its name.
        DROP TABLE observedTenant;
        ALTER TABLE observedPicture RENAME TO observedTenant;

        -- The end of the certificate that ends last; null where there is none, or no end.
        ALTER TABLE observedApplication ADD COLUMN certificateEnd INTEGER;
        CREATE INDEX observedApplication_certificateEnd
          ON observedApplication (tenant, certificateEnd, generation)
          WHERE certificateEnd IS NOT NULL;

        CREATE TABLE observedCertificate (
          application INTEGER NOT NULL REFERENCES observedApplication (id) ON DELETE CASCADE,
          keyID BLOB NOT NULL CHECK (length(keyID) = 16),
          displayName TEXT,
          startsAt INTEGER,
          expiresAt INTEGER,
          PRIMARY KEY (application, keyID)
        ) STRICT, WITHOUT ROWID;
        """)
  }

  /// A row of an application is replaced when the application changes; who owns it, and when it was used,
  /// are known by its ids, and outlive that.
  static func ownersAndSignIns(_ db: GRDB.Database) throws {
    try db.execute(
      sql: """
        -- The applications whose owners were read, with how many they have.
        CREATE TABLE observedOwnership (
          tenant INTEGER NOT NULL REFERENCES observedTenant (id) ON DELETE CASCADE,
          objectID BLOB NOT NULL CHECK (length(objectID) = 16),
          owners INTEGER NOT NULL CHECK (owners >= 0),
          readAt INTEGER NOT NULL,
          PRIMARY KEY (tenant, objectID)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX observedOwnership_unowned
          ON observedOwnership (tenant, objectID) WHERE owners = 0;

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
        ) STRICT, WITHOUT ROWID;

        -- With the last row of an application go its owners.
        CREATE TRIGGER observedOwnership_goes AFTER DELETE ON observedApplication
          WHEN NOT EXISTS (
            SELECT 1 FROM observedApplication
            WHERE tenant = OLD.tenant AND objectID = OLD.objectID)
        BEGIN
          DELETE FROM observedOwnership WHERE tenant = OLD.tenant AND objectID = OLD.objectID;
        END;

        -- The last sign-in of each application, by the client id; the tenant is that of its applications.
        CREATE TABLE observedSignIn (
          tenant INTEGER NOT NULL REFERENCES observedTenant (id) ON DELETE CASCADE,
          clientID BLOB NOT NULL CHECK (length(clientID) = 16),
          lastAt INTEGER NOT NULL,
          PRIMARY KEY (tenant, clientID)
        ) STRICT, WITHOUT ROWID;
        -- When all of them were read last.
        ALTER TABLE observedTenant ADD COLUMN signInsReadAt INTEGER;

        -- The addresses of the owners of an application that is no connection, with blanks between them.
        ALTER TABLE finding ADD COLUMN owners TEXT NOT NULL DEFAULT '';
        """)
  }

  /// What would be a walk through the index of a whole tenant is counted once for each picture.
  static func countsOfTenants(_ db: GRDB.Database) throws {
    func count(_ index: String, _ condition: String) -> String {
      """
      (SELECT count(*) FROM observedApplication INDEXED BY observedApplication_\(index)
        WHERE observedApplication.tenant = tenant.id AND \(condition)
          AND generation <= tenant.generation)
      """
    }
    let readAt = "CAST(strftime('%s', readAt) AS INTEGER)"
    // As of readAt: without a living client secret, with one of more than 24 months that has not ended,
    // with more than two that have not, and without a living certificate.
    for column in ["ended", "long", "crowded", "certificatesEnded"] {
      try db.execute(
        sql: """
          ALTER TABLE observedTenant
            ADD COLUMN \(column) INTEGER NOT NULL DEFAULT 0 CHECK (\(column) >= 0)
          """)
    }
    try db.execute(
      sql: """
        UPDATE observedTenant AS tenant SET
          ended = \(count("lastEnd", "lastEnd <= \(readAt)")),
          long = \(count("long", "hasLongSecret AND lastEnd > \(readAt)")),
          crowded = \(count("thirdEnd", "thirdEnd > \(readAt)")),
          certificatesEnded = \(count("certificateEnd", "certificateEnd <= \(readAt)"))
        WHERE generation > 0
        """)
  }
}
