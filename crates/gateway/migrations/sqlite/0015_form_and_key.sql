-- Which programs may work on this database: those that know the migration `lowest`. A migration that
-- leaves it usable for older programs does not raise the number.
CREATE TABLE form (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    lowest INTEGER NOT NULL
) STRICT;

INSERT INTO form (id, lowest) VALUES (1, 15);

-- What only the master key opens, so that another key is recognised where there is no project yet.
CREATE TABLE master_key (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    sealed BLOB    NOT NULL
) STRICT;
