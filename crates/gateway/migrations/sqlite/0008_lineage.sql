-- How far this database has come. A file outside of it says the same, so that a database that is
-- behind what the gateway has answered is recognised: one from a backup, or one that has lost its
-- write-ahead log.
CREATE TABLE lineage (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    -- Drawn anew whenever a database takes the place of another.
    name   TEXT    NOT NULL,
    -- Write transactions so far.
    writes INTEGER NOT NULL,
    -- By which the amounts given out since the last restore are told from those before; 0 without.
    digit  INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO lineage (id, name, writes) VALUES (1, lower(hex(randomblob(16))), 0);

-- When the database took the place of one that was ahead of it. Amounts that the lost one may have
-- given out are held back until their quarantine is over: new ones end in a digit that no other
-- amount ends in.
CREATE TABLE restorations (
    id          INTEGER PRIMARY KEY,
    restored_at INTEGER NOT NULL,
    holds_until INTEGER NOT NULL,
    digit       INTEGER NOT NULL CHECK (digit BETWEEN 6 AND 9)
) STRICT;
