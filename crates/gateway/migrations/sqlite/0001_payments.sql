-- Times are milliseconds since 1970 in UTC; amounts are whole micro-USDT.

CREATE TABLE projects (
    id                 INTEGER PRIMARY KEY,
    name               TEXT    NOT NULL,
    network            TEXT    NOT NULL,
    test               INTEGER NOT NULL CHECK (test IN (0, 1)),
    api_key            TEXT    NOT NULL UNIQUE,
    sealed_secret      BLOB    NOT NULL,
    webhook_url        TEXT,
    late_policy        TEXT    NOT NULL CHECK (late_policy IN ('accept', 'review')),
    window_seconds     INTEGER NOT NULL CHECK (window_seconds > 0),
    quarantine_seconds INTEGER NOT NULL CHECK (quarantine_seconds >= 0),
    created_at         INTEGER NOT NULL
) STRICT;

-- An address belongs to one project on one network, so that every transfer to it has one owner.
CREATE TABLE addresses (
    network    TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    project_id INTEGER NOT NULL REFERENCES projects (id),
    position   INTEGER NOT NULL,
    PRIMARY KEY (network, address),
    UNIQUE (project_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE payments (
    id              INTEGER PRIMARY KEY,
    project_id      INTEGER NOT NULL REFERENCES projects (id),
    network         TEXT    NOT NULL,
    order_id        TEXT    NOT NULL,
    description     TEXT,
    status          TEXT    NOT NULL CHECK (status IN ('pending', 'paid', 'expired', 'failed')),
    amount          INTEGER NOT NULL CHECK (amount > 0),
    pay_amount      INTEGER NOT NULL CHECK (pay_amount > 0),
    address         TEXT    NOT NULL,
    success_url     TEXT,
    fail_url        TEXT,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    confirmations   INTEGER NOT NULL DEFAULT 0,
    txid            TEXT,
    received_amount INTEGER,
    paid_at         INTEGER,
    late            INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)),
    version         INTEGER NOT NULL DEFAULT 1,
    CHECK ((status = 'paid') = (paid_at IS NOT NULL)),
    CHECK (status <> 'paid' OR txid IS NOT NULL)
) STRICT;

-- One pending payment per order, also when two requests come at once.
CREATE UNIQUE INDEX payments_pending_order ON payments (project_id, order_id)
    WHERE status = 'pending';
CREATE INDEX payments_order ON payments (project_id, order_id);
CREATE INDEX payments_seen ON payments (network)
    WHERE txid IS NOT NULL AND status IN ('pending', 'expired');
CREATE INDEX payments_pending_expiry ON payments (network, expires_at) WHERE status = 'pending';

-- Which payment owns an exact amount at an address, by the time of the chain's blocks. The row
-- stays as history; it is live until it is released, which is the end of the payment's quarantine.
CREATE TABLE slots (
    payment_id  INTEGER PRIMARY KEY REFERENCES payments (id),
    network     TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount > 0),
    held_from   INTEGER NOT NULL,
    held_until  INTEGER NOT NULL,
    released    INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1))
) STRICT;

CREATE UNIQUE INDEX slots_live ON slots (network, address, amount) WHERE released = 0;
CREATE INDEX slots_held_until ON slots (network, held_until) WHERE released = 0;

-- Every sound transfer to an address of ours. The amount keeps the bits of a u64.
CREATE TABLE transfers (
    network      TEXT    NOT NULL,
    txid         TEXT    NOT NULL,
    log_position INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    block_time   INTEGER NOT NULL,
    sender       TEXT    NOT NULL,
    recipient    TEXT    NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount <> 0),
    outcome      TEXT    NOT NULL CHECK (outcome IN ('credited', 'review')),
    review_reason TEXT   CHECK ((outcome = 'review') = (review_reason IS NOT NULL)),
    payment_id   INTEGER REFERENCES payments (id),
    recorded_at  INTEGER NOT NULL,
    PRIMARY KEY (network, txid, log_position),
    CHECK (outcome <> 'credited' OR payment_id IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX transfers_one_credit ON transfers (payment_id) WHERE outcome = 'credited';
CREATE INDEX transfers_review ON transfers (recorded_at) WHERE outcome = 'review';

-- The last solid block whose transfers are all recorded.
CREATE TABLE cursors (
    network    TEXT    PRIMARY KEY,
    block      INTEGER NOT NULL,
    block_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_events (
    id              TEXT    PRIMARY KEY,
    project_id      INTEGER NOT NULL REFERENCES projects (id),
    payment_id      INTEGER NOT NULL UNIQUE REFERENCES payments (id),
    body            TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'no_url')),
    next_attempt_at INTEGER CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_events_due ON webhook_events (next_attempt_at) WHERE state = 'pending';

CREATE TABLE delivery_attempts (
    event_id    TEXT    NOT NULL REFERENCES webhook_events (id),
    number      INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    http_status INTEGER,
    error       TEXT,
    PRIMARY KEY (event_id, number)
) STRICT, WITHOUT ROWID;
