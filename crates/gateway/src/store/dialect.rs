//! The statements that SQLite and PostgreSQL do not both understand, side by side. All others have
//! one text.
//!
//! SQLite is told an index where it would read all that ever happened; PostgreSQL keeps figures of
//! its tables, and is not. Lists go in and come out as JSON, since one row with a list is read much
//! faster than a row for each of its values.

/// How a database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    const fn choose(self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }

    /// Begins a transaction that writes. SQLite locks the whole file from here on; PostgreSQL gets
    /// its locks apart.
    pub const fn begin(self) -> &'static str {
        self.choose("BEGIN IMMEDIATE", "BEGIN")
    }

    /// Ends a transaction that writes. PostgreSQL rolls one back without an error in which a statement
    /// has failed: another statement before tells.
    pub const fn commit(self) -> &'static str {
        self.choose("COMMIT", "SELECT 1; COMMIT")
    }

    /// What has changed since a place ($1), and `place`, up to which all is known then; nothing where
    /// the place is NULL. One row without a change where there is none. PostgreSQL's rows of another
    /// server, of which these were restored, can seem to come from the future.
    pub const fn changes(self) -> &'static str {
        self.choose(
            "SELECT CAST(coalesce((SELECT max(number) FROM changes), 0) AS TEXT) AS place,
                 c.payment_id, c.created_on
             FROM (SELECT 1) one LEFT JOIN changes c ON c.number
                 > coalesce(CAST($1 AS INTEGER), (SELECT max(number) FROM changes), 0)",
            "SELECT CAST(pg_current_snapshot() AS text) AS place, c.payment_id, c.created_on
             FROM (SELECT coalesce(CAST($1 AS pg_snapshot), pg_current_snapshot()) AS before) last
             LEFT JOIN changes c ON c.xid >= pg_snapshot_xmin(last.before)
                 AND c.xid < pg_snapshot_xmax(pg_current_snapshot())
                 AND NOT pg_visible_in_snapshot(c.xid, last.before)",
        )
    }

    /// `last`, the number of the last change that is older than an hour, among the first $1, and how many
    /// these are.
    pub const fn old_changes(self) -> &'static str {
        self.choose(
            "SELECT max(number) AS last, count(*) AS count FROM (
                 SELECT number, noted_at FROM changes ORDER BY number LIMIT $1) oldest
             WHERE noted_at < unixepoch() - 3600",
            "SELECT max(number) AS last, count(*) AS count FROM (
                 SELECT number, noted_at FROM changes ORDER BY number LIMIT $1) oldest
             WHERE noted_at < CAST(extract(epoch FROM clock_timestamp()) AS bigint) - 3600",
        )
    }

    // PostgreSQL makes its plans while the tables are small or before they were analyzed, and then any index
    // looks as good as any. The order, which one of them has, makes it take that one, once for each value.

    /// `list` of the live amounts at an address ($2, $3) that lie in ranges ($1, `[[first, last]]`).
    pub const fn live_amounts(self) -> &'static str {
        self.choose(
            "SELECT json_group_array(s.amount) AS list
             FROM json_each($1) span CROSS JOIN slots s
             WHERE s.network = $2 AND s.address = $3 AND s.released = 0
                 AND s.amount BETWEEN span.value ->> 0 AND span.value ->> 1",
            "SELECT CAST(coalesce(json_agg(s.amount), '[]') AS text) AS list
             FROM json_array_elements(CAST($1 AS json)) span (value)
             CROSS JOIN LATERAL (
                 SELECT amount FROM slots
                 WHERE network = $2 AND address = $3 AND released = 0
                     AND amount BETWEEN CAST(span.value ->> 0 AS bigint)
                         AND CAST(span.value ->> 1 AS bigint)
                 ORDER BY amount OFFSET 0) s",
        )
    }

    /// `list` of those tails ($1, a list) that a live amount at an address ($2, $3) has.
    pub const fn live_tails(self) -> &'static str {
        self.choose(
            "SELECT json_group_array(tail.value) AS list FROM json_each($1) tail
             WHERE EXISTS (
                 SELECT 1 FROM slots INDEXED BY slots_live_tail
                 WHERE network = $2 AND address = $3 AND released = 0
                     AND amount % 1000000 = tail.value)",
            "SELECT CAST(coalesce(json_agg(CAST(tail.value AS bigint)), '[]') AS text) AS list
             FROM json_array_elements_text(CAST($1 AS json)) tail (value)
             CROSS JOIN LATERAL (
                 SELECT 1 FROM slots
                 WHERE network = $2 AND address = $3 AND released = 0
                     AND amount % 1000000 BETWEEN CAST(tail.value AS bigint)
                         AND CAST(tail.value AS bigint)
                 ORDER BY amount % 1000000 LIMIT 1) live",
        )
    }

    /// The open payments of a network ($1) whose transfer was seen in a block up to $2.
    pub const fn seen_payments(self) -> &'static str {
        self.choose(
            "SELECT id FROM payments INDEXED BY payments_seen
             WHERE network = $1 AND txid IS NOT NULL AND status IN ('pending', 'expired')
                 AND seen_block <= $2",
            "SELECT id FROM payments
             WHERE network = $1 AND txid IS NOT NULL AND status IN ('pending', 'expired')
                 AND seen_block <= $2",
        )
    }

    /// The payments at an address ($1, $2) of which $3 is missing, created since $4; at most $5.
    pub const fn payments_with_rest(self) -> &'static str {
        self.choose(
            "SELECT * FROM payments INDEXED BY payments_rest
             WHERE network = $1 AND address = $2 AND pay_amount - received_amount = $3
                 AND received_amount < pay_amount AND created_at >= $4 LIMIT $5",
            "SELECT * FROM payments
             WHERE network = $1 AND address = $2 AND pay_amount - received_amount = $3
                 AND received_amount BETWEEN 0 AND pay_amount - 1 AND created_at >= $4 LIMIT $5",
        )
    }

    /// The payments that hold an amount at an address ($1, $2); at most $3.
    pub const fn live_payments(self) -> &'static str {
        self.choose(
            "SELECT p.* FROM (
                 SELECT payment_id FROM slots INDEXED BY slots_live
                 WHERE network = $1 AND address = $2 AND released = 0 LIMIT $3) s
             JOIN payments p ON p.id = s.payment_id",
            "SELECT p.* FROM (
                 SELECT payment_id FROM slots
                 WHERE network = $1 AND address = $2 AND released = 0 LIMIT $3) s
             JOIN payments p ON p.id = s.payment_id",
        )
    }

    /// The payments that hold one of some amounts ($3, a list) at an address ($1, $2).
    pub const fn payments_of_amounts(self) -> &'static str {
        self.choose(
            "SELECT p.* FROM json_each($3) due
             CROSS JOIN slots s ON s.network = $1 AND s.address = $2 AND s.amount = due.value
                 AND s.released = 0
             JOIN payments p ON p.id = s.payment_id",
            "SELECT p.* FROM json_array_elements_text(CAST($3 AS json)) due (value)
             JOIN slots s ON s.network = $1 AND s.address = $2
                 AND s.amount = CAST(due.value AS bigint) AND s.released = 0
             JOIN payments p ON p.id = s.payment_id",
        )
    }

    /// How many payments hold an amount at an address ($1, $2), counted to $3, and `open`, the list
    /// of those that were open at $4.
    pub const fn open_payments(self) -> &'static str {
        self.choose(
            "SELECT count(*) AS live,
                 json_group_array(p.id) FILTER (WHERE p.created_at <= $4 AND p.status <> 'failed'
                     AND (p.paid_at IS NULL OR p.paid_at >= $4)) AS open
             FROM (
                 SELECT payment_id FROM slots INDEXED BY slots_live
                 WHERE network = $1 AND address = $2 AND released = 0 LIMIT $3) s
             JOIN payments p ON p.id = s.payment_id",
            "SELECT count(*) AS live,
                 CAST(coalesce(json_agg(p.id) FILTER (WHERE p.created_at <= $4
                     AND p.status <> 'failed'
                     AND (p.paid_at IS NULL OR p.paid_at >= $4)), '[]') AS text) AS open
             FROM (
                 SELECT payment_id FROM slots
                 WHERE network = $1 AND address = $2 AND released = 0 LIMIT $3) s
             JOIN payments p ON p.id = s.payment_id",
        )
    }

    /// How a list of payments that are pending begins.
    pub const fn pending_payments(self) -> &'static str {
        self.choose(
            "SELECT * FROM payments INDEXED BY payments_pending_order
             WHERE status = 'pending'",
            "SELECT * FROM payments WHERE status = 'pending'",
        )
    }

    /// The payment of a project's ($1) order ($2) that is pending or paid.
    pub const fn live_payment_of_order(self) -> &'static str {
        // A late payment can make an order's earlier payment paid while a newer one is pending.
        self.choose(
            "SELECT * FROM payments INDEXED BY payments_order
             WHERE project_id = $1 AND order_id = $2 AND status IN ('pending', 'paid')
             ORDER BY status = 'pending' DESC, created_at DESC LIMIT 1",
            "SELECT * FROM payments
             WHERE project_id = $1 AND order_id = $2 AND status IN ('pending', 'paid')
             ORDER BY status = 'pending' DESC, created_at DESC LIMIT 1",
        )
    }

    /// The payments of a project's ($1) order ($2) but one ($3) that are pending or paid.
    pub const fn live_siblings(self) -> &'static str {
        self.choose(
            "SELECT * FROM payments INDEXED BY payments_order
             WHERE project_id = $1 AND order_id = $2 AND id <> $3 AND status IN ('pending', 'paid')
             ORDER BY created_at",
            "SELECT * FROM payments
             WHERE project_id = $1 AND order_id = $2 AND id <> $3 AND status IN ('pending', 'paid')
             ORDER BY created_at",
        )
    }

    /// The oldest of a project's ($1) due events that are not leased at a time ($2); at most $3. Of a
    /// [queue](super::Queue).
    pub const fn due_events(self) -> &'static str {
        self.choose(
            "SELECT id, project_id, payment_id, body,
                 (SELECT count(*) FROM {attempts} a WHERE a.event_id = e.id) AS attempts
             FROM {events} e INDEXED BY {events}_due
             WHERE project_id = $1 AND state = 'pending' AND next_attempt_at = 0
                 AND coalesce(leased_until, 0) <= $2
             ORDER BY created_at LIMIT $3",
            "SELECT id, project_id, payment_id, body,
                 (SELECT count(*) FROM {attempts} a WHERE a.event_id = e.id) AS attempts
             FROM {events} e
             WHERE project_id = $1 AND state = 'pending' AND next_attempt_at = 0
                 AND coalesce(leased_until, 0) <= $2
             ORDER BY created_at LIMIT $3",
        )
    }

    /// `id` of each payment to which a transaction ($2) on a network ($1) belongs, or may belong.
    pub const fn payments_of_transaction(self) -> &'static str {
        self.choose(
            "SELECT payment_id AS id FROM transfers
             WHERE network = $1 AND txid = $2 AND payment_id IS NOT NULL
             UNION SELECT payment_id FROM review_links WHERE network = $1 AND txid = $2
             UNION SELECT payment_id FROM arrivals
             WHERE network = $1 AND txid = $2 AND payment_id IS NOT NULL
             UNION SELECT id FROM payments INDEXED BY payments_seen
             WHERE network = $1 AND txid = $2 AND txid IS NOT NULL
                 AND status IN ('pending', 'expired')",
            "SELECT payment_id AS id FROM transfers
             WHERE network = $1 AND txid = $2 AND payment_id IS NOT NULL
             UNION SELECT payment_id FROM review_links WHERE network = $1 AND txid = $2
             UNION SELECT payment_id FROM arrivals
             WHERE network = $1 AND txid = $2 AND payment_id IS NOT NULL
             UNION SELECT id FROM payments
             WHERE network = $1 AND txid = $2 AND txid IS NOT NULL
                 AND status IN ('pending', 'expired')",
        )
    }

    /// The transfers that wait for a decision at a project's ($1) addresses, without dust, behind a
    /// place ($2, $3, $4); at most $5.
    pub const fn waiting_transfers(self) -> &'static str {
        self.choose(
            "SELECT t.*, a.project_id, j.name AS project_name
             FROM transfers t INDEXED BY transfers_waiting
             JOIN addresses a ON a.network = t.network AND a.address = t.recipient
             JOIN projects j ON j.id = a.project_id
             WHERE t.outcome = 'review' AND t.review_reason <> 'dust' AND a.project_id = $1
                 AND (t.recorded_at, t.txid, t.log_position) > ($2, $3, $4)
             ORDER BY t.recorded_at, t.txid, t.log_position LIMIT $5",
            "SELECT t.*, a.project_id, j.name AS project_name
             FROM transfers t
             JOIN addresses a ON a.network = t.network AND a.address = t.recipient
             JOIN projects j ON j.id = a.project_id
             WHERE t.outcome = 'review' AND t.review_reason <> 'dust' AND a.project_id = $1
                 AND (t.recorded_at, t.txid, t.log_position) > ($2, $3, $4)
             ORDER BY t.recorded_at, t.txid, t.log_position LIMIT $5",
        )
    }

    /// How many transfers wait at a project's ($1) addresses, without dust, counted to $2.
    pub const fn count_waiting(self) -> &'static str {
        self.choose(
            "SELECT count(*) AS count FROM (
                 SELECT 1 FROM transfers t INDEXED BY transfers_waiting
                 JOIN addresses a ON a.network = t.network AND a.address = t.recipient
                 WHERE t.outcome = 'review' AND t.review_reason <> 'dust' AND a.project_id = $1
                 LIMIT $2) t",
            "SELECT count(*) AS count FROM (
                 SELECT 1 FROM transfers t
                 JOIN addresses a ON a.network = t.network AND a.address = t.recipient
                 WHERE t.outcome = 'review' AND t.review_reason <> 'dust' AND a.project_id = $1
                 LIMIT $2) t",
        )
    }

    /// How many of a project's ($1) addresses are offered, and `unused`, those of them at which no amount is
    /// reserved.
    pub const fn count_offered(self) -> &'static str {
        self.choose(
            "SELECT count(*) AS offered, coalesce(sum(CASE WHEN EXISTS (
                     SELECT 1 FROM slots s INDEXED BY slots_live
                     WHERE s.network = a.network AND s.address = a.address AND s.released = 0)
                 THEN 0 ELSE 1 END), 0) AS unused
             FROM addresses a WHERE project_id = $1 AND retired = 0 AND blacklisted = 0",
            "SELECT count(*) AS offered, coalesce(sum(CASE WHEN EXISTS (
                     SELECT 1 FROM slots s
                     WHERE s.network = a.network AND s.address = a.address AND s.released = 0)
                 THEN 0 ELSE 1 END), 0) AS unused
             FROM addresses a WHERE project_id = $1 AND retired = 0 AND blacklisted = 0",
        )
    }

    /// How many transfers were recorded since $1, by network, outcome and detector.
    pub const fn recent_transfers(self) -> &'static str {
        self.choose(
            "SELECT network, state AS outcome, detector, count(*) AS count
             FROM (SELECT network, detector, CASE
                     WHEN outcome = 'review' AND review_reason = 'dust' THEN 'dust'
                     ELSE outcome END AS state
                 FROM transfers INDEXED BY transfers_recorded WHERE recorded_at > $1) t
             GROUP BY network, state, detector",
            "SELECT network, state AS outcome, detector, count(*) AS count
             FROM (SELECT network, detector, CASE
                     WHEN outcome = 'review' AND review_reason = 'dust' THEN 'dust'
                     ELSE outcome END AS state
                 FROM transfers WHERE recorded_at > $1) t
             GROUP BY network, state, detector",
        )
    }
}
