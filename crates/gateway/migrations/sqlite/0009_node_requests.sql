-- How many requests each node had from this gateway on a day of UTC, so that a restart does not
-- forget what is used of a daily limit.
CREATE TABLE node_requests (
    network  TEXT    NOT NULL,
    -- The node's origin; a further one of the same origin has its number behind it.
    node     TEXT    NOT NULL,
    -- Days since 1970-01-01.
    day      INTEGER NOT NULL,
    call     TEXT    NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (network, node, day, call)
) STRICT, WITHOUT ROWID;
