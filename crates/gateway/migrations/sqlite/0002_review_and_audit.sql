-- Review: what a person decided about a transfer, and who. The reason for which it came into
-- review stays with it.
CREATE TABLE transfers_new (
    network      TEXT    NOT NULL,
    txid         TEXT    NOT NULL,
    log_position INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    block_time   INTEGER NOT NULL,
    sender       TEXT    NOT NULL,
    recipient    TEXT    NOT NULL,
    amount       INTEGER NOT NULL CHECK (amount <> 0),
    -- `added` to a payment that another transfer has paid; `dismissed` as nobody's payment.
    outcome      TEXT    NOT NULL CHECK (outcome IN ('credited', 'added', 'review', 'dismissed')),
    review_reason TEXT   CHECK (outcome = 'credited' OR review_reason IS NOT NULL),
    payment_id   INTEGER REFERENCES payments (id),
    -- What found it: the watcher, the indexer's second opinion, or a payer's claim.
    detector     TEXT    NOT NULL CHECK (detector IN ('watcher', 'indexer', 'claim')),
    recorded_at  INTEGER NOT NULL,
    PRIMARY KEY (network, txid, log_position),
    CHECK (outcome NOT IN ('credited', 'added') OR payment_id IS NOT NULL)
) STRICT, WITHOUT ROWID;

INSERT INTO transfers_new (network, txid, log_position, block, block_time, sender, recipient,
    amount, outcome, review_reason, payment_id, detector, recorded_at)
SELECT network, txid, log_position, block, block_time, sender, recipient,
    amount, outcome, review_reason, payment_id, 'watcher', recorded_at
FROM transfers;
DROP TABLE transfers;
ALTER TABLE transfers_new RENAME TO transfers;

CREATE UNIQUE INDEX transfers_one_credit ON transfers (payment_id) WHERE outcome = 'credited';
CREATE INDEX transfers_review ON transfers (recorded_at) WHERE outcome = 'review';
CREATE INDEX transfers_recipient ON transfers (network, recipient, block_time);

CREATE TABLE review_actions (
    id           INTEGER PRIMARY KEY,
    network      TEXT    NOT NULL,
    txid         TEXT    NOT NULL,
    log_position INTEGER NOT NULL,
    action       TEXT    NOT NULL CHECK (action IN ('accept', 'dismiss')),
    payment_id   INTEGER REFERENCES payments (id),
    -- The account of the operating system that ran the command.
    actor        TEXT    NOT NULL,
    note         TEXT,
    acted_at     INTEGER NOT NULL,
    FOREIGN KEY (network, txid, log_position) REFERENCES transfers (network, txid, log_position),
    CHECK (action <> 'accept' OR payment_id IS NOT NULL)
) STRICT;

CREATE INDEX review_actions_transfer ON review_actions (network, txid, log_position);
CREATE INDEX payments_address ON payments (network, address, created_at);

-- The block in which an open payment's transfer was seen. One from before is seen anew.
ALTER TABLE payments ADD COLUMN seen_block INTEGER;
UPDATE payments SET txid = NULL, confirmations = 0, version = version + 1
    WHERE txid IS NOT NULL AND status IN ('pending', 'expired');
CREATE INDEX payments_unpaid_expiry ON payments (network, expires_at)
    WHERE status IN ('pending', 'expired');

-- Transfers mined before an address was ours are not ours to judge. 0 where the chain has never
-- been read: reading begins after that.
ALTER TABLE addresses ADD COLUMN watched_from INTEGER NOT NULL DEFAULT 0;
UPDATE addresses SET watched_from = (SELECT created_at FROM projects WHERE id = project_id)
    WHERE EXISTS (SELECT 1 FROM cursors WHERE cursors.network = addresses.network);
-- Not offered to new payments any more, and still watched: by the operator's wish, or because
-- the token's contract has frozen it.
ALTER TABLE addresses ADD COLUMN retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1));
ALTER TABLE addresses ADD COLUMN blacklisted INTEGER NOT NULL DEFAULT 0
    CHECK (blacklisted IN (0, 1));
-- Up to when the indexer's list of transfers was compared with ours.
ALTER TABLE addresses ADD COLUMN compared_until INTEGER;

-- Derived from the project's account key, at 0/key_index; otherwise the operator gave it.
ALTER TABLE addresses ADD COLUMN key_index INTEGER;

-- The account key from which a project's further addresses are derived, watch-only.
CREATE TABLE account_keys (
    project_id INTEGER PRIMARY KEY REFERENCES projects (id),
    xpub       TEXT    NOT NULL UNIQUE,
    next_index INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A live slot's amount without its whole USDT, by which a payer is known even when an exchange
-- has kept a round fee.
CREATE INDEX slots_live_tail ON slots (network, address, amount % 1000000) WHERE released = 0;

-- The last block that was read when the payment was created: nothing in it can be meant for the
-- payment. Exact where a time is not, since the clock and the chain each have their own.
ALTER TABLE slots ADD COLUMN held_after INTEGER NOT NULL DEFAULT 0;
-- Blocks are at least three seconds apart: so this is the block of that time, or one before it.
UPDATE slots SET held_after = coalesce(
    (SELECT max(0, block - (max(0, block_time - held_from) + 2999) / 3000) FROM cursors
     WHERE cursors.network = slots.network), 0);
ALTER TABLE slots DROP COLUMN held_from;

-- By which a transfer finds the slot of its time.
CREATE INDEX slots_history ON slots (network, address, amount, held_after);

-- What the token's contract says of itself.
CREATE TABLE tokens (
    network          TEXT    PRIMARY KEY,
    paused           INTEGER NOT NULL CHECK (paused IN (0, 1)),
    deprecated       INTEGER NOT NULL CHECK (deprecated IN (0, 1)),
    fee_basis_points INTEGER NOT NULL,
    maximum_fee      INTEGER NOT NULL,
    checked_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An address's balance at a solid block, where the sums of transfers start from.
CREATE TABLE balances (
    network    TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    block      INTEGER NOT NULL,
    block_time INTEGER NOT NULL,
    balance    INTEGER NOT NULL,
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (network, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE alarms (
    id         INTEGER PRIMARY KEY,
    network    TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    -- What it is about: a transaction, an address, a node.
    subject    TEXT    NOT NULL,
    detail     TEXT    NOT NULL,
    raised_at  INTEGER NOT NULL,
    cleared_at INTEGER
) STRICT;

CREATE UNIQUE INDEX alarms_open ON alarms (network, kind, subject) WHERE cleared_at IS NULL;
