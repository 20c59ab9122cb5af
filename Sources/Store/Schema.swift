import GRDB

/// The tables of an inventory file. Every version that was ever released stays here: a file of any of them is brought up to date when it
/// is opened.
///
/// Truth is what campaigns showed and what people decided; everything else (which devices are the same, what became of a finding) is
/// concluded from it when it is asked for, so that it can never disagree with it.
enum Schema {
    /// `Laen`: marks the file as an inventory (`PRAGMA application_id`).
    static let application: Int32 = 0x4C61_656E

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(sql: Self.first)
            // Part of the transaction, as the tables are.
            try database.execute(sql: "PRAGMA application_id = \(Self.application); PRAGMA user_version = 1")
        }
        return migrator
    }

    /// Times are nanoseconds since 1970-01-01 UTC. Lists of names are JSON, those of addresses and protocols have spaces between.
    private static let first = """
        CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE campaign (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, site TEXT, legal_finess TEXT, geographic_finess TEXT,
            first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, tool TEXT NOT NULL, signatures TEXT NOT NULL,
            devices INTEGER NOT NULL, services INTEGER NOT NULL, flows INTEGER NOT NULL, findings INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE input (
            campaign INTEGER NOT NULL REFERENCES campaign, position INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT, frames INTEGER NOT NULL,
            PRIMARY KEY (campaign, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE device (
            campaign INTEGER NOT NULL REFERENCES campaign, id TEXT NOT NULL, position TEXT NOT NULL, names TEXT NOT NULL, titles TEXT NOT NULL,
            addresses TEXT NOT NULL, macs TEXT NOT NULL, is_medical INTEGER NOT NULL, class TEXT, maker TEXT, model TEXT, version TEXT, serial TEXT,
            udi TEXT, operating_system TEXT, confidence INTEGER NOT NULL, zone TEXT NOT NULL, gateway TEXT, first_seen INTEGER NOT NULL,
            last_seen INTEGER NOT NULL, frame INTEGER NOT NULL, time INTEGER NOT NULL, scan INTEGER NOT NULL,
            PRIMARY KEY (campaign, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE service (
            campaign INTEGER NOT NULL REFERENCES campaign, device TEXT NOT NULL, address TEXT NOT NULL, mac TEXT NOT NULL, network INTEGER NOT NULL,
            port INTEGER NOT NULL, transport INTEGER NOT NULL, protocols TEXT NOT NULL, product TEXT, clients INTEGER NOT NULL,
            first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, frame INTEGER NOT NULL, time INTEGER NOT NULL, scan INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX service_of_device ON service (campaign, device);

        CREATE TABLE flow (
            campaign INTEGER NOT NULL REFERENCES campaign, client TEXT NOT NULL, server TEXT NOT NULL, client_address TEXT NOT NULL,
            address TEXT NOT NULL, mac TEXT NOT NULL, network INTEGER NOT NULL, port INTEGER NOT NULL, transport INTEGER NOT NULL,
            protocols TEXT NOT NULL, answered INTEGER NOT NULL, connections INTEGER NOT NULL, bytes_from_client INTEGER NOT NULL,
            bytes_from_server INTEGER NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, frame INTEGER NOT NULL,
            time INTEGER NOT NULL, scan INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX flow_of_campaign ON flow (campaign);

        CREATE TABLE finding (
            campaign INTEGER NOT NULL REFERENCES campaign, id TEXT NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL, adjustment INTEGER,
            confidence INTEGER NOT NULL, device TEXT NOT NULL, address TEXT, mac TEXT, network INTEGER, port INTEGER, transport INTEGER,
            is_own_service INTEGER NOT NULL, peers TEXT NOT NULL, peer_count INTEGER NOT NULL, occurrences INTEGER NOT NULL,
            first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, display_filter TEXT NOT NULL, accepted_reason TEXT, accepted_owner TEXT,
            accepted_expires INTEGER,
            PRIMARY KEY (campaign, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE evidence (
            campaign INTEGER NOT NULL REFERENCES campaign, finding TEXT NOT NULL, position INTEGER NOT NULL, attribute TEXT NOT NULL,
            kind TEXT NOT NULL, text TEXT, number INTEGER, frame INTEGER NOT NULL, time INTEGER NOT NULL, scan INTEGER NOT NULL,
            last_seen INTEGER NOT NULL,
            PRIMARY KEY (campaign, finding, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE decision (
            number INTEGER PRIMARY KEY AUTOINCREMENT, date INTEGER NOT NULL, author TEXT, subject TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('label', 'accept', 'reopen', 'assign')), key TEXT, value TEXT, day TEXT, owner TEXT
        ) STRICT;
        CREATE TRIGGER decision_stays BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
        CREATE TRIGGER decision_is_kept BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;

        CREATE TABLE event (
            number INTEGER PRIMARY KEY AUTOINCREMENT, moment INTEGER NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('recorded', 'purged', 'retention')),
            campaign TEXT, count INTEGER, until INTEGER
        ) STRICT;
        CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
        CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
        """
}
