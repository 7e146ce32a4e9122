//! A gateway's database, asked and changed by a test beside the gateway. All SQL of these tests is
//! here, as any engine takes it; what each is told in words of its own is in `dialect`.

#[path = "../shared/connection.rs"]
mod connection;
mod dialect;
pub mod documented_shop;
mod file;
pub mod first_version;
pub mod relocation;
pub mod versions;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Row as _};
use usdt_gateway::store::Store;
use usdt_protocol::Usdt;

use self::connection::Connection;
pub use self::connection::{make, make_on, on_server, open};
pub use self::dialect::{Failure, Lock, Write, programs};

/// The store of a data folder, as another process opens it.
pub async fn open_store(data: &Path) -> Store {
    match on_server(data) {
        Some(url) => Store::open_on(&url, data).await.unwrap(),
        None => Store::open(data).await.unwrap(),
    }
}

#[derive(Clone)]
pub struct Database {
    data: PathBuf,
}

/// A delivery attempt, as it was written down.
#[derive(Debug)]
pub struct Attempt {
    pub http_status: Option<i64>,
    pub error: Option<String>,
    pub answer: Option<String>,
}

impl Database {
    /// The database of a data folder.
    pub fn of(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
        }
    }

    /// Anew for each statement, since some tests put another database in the place of this one.
    async fn connect(&self) -> Connection {
        open(&self.data).await
    }

    async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap()
    }

    async fn number_of(&self, sql: &'static str, which: &str) -> i64 {
        sqlx::query_scalar(sql)
            .bind(which)
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap()
    }

    async fn execute(&self, sql: &'static str) {
        let mut connection = self.connect().await;
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }

    async fn set(&self, sql: &'static str, to: &str) {
        sqlx::query(sql)
            .bind(to)
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }

    async fn set_of(&self, sql: &'static str, which: &str, to: &str) {
        sqlx::query(sql)
            .bind(which)
            .bind(to)
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }
}

/// Payments, and the amounts that are theirs.
impl Database {
    pub async fn payments(&self) -> i64 {
        self.number("SELECT count(*) FROM payments").await
    }

    pub async fn paid(&self) -> i64 {
        self.number("SELECT count(*) FROM payments WHERE status = 'paid'")
            .await
    }

    /// As if there were so many more payments, expired and a few of each moment, like that of an order.
    pub async fn add_copies(&self, order_id: &str, count: i64) {
        sqlx::query(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
             INSERT INTO payments (id, project_id, network, order_id, status, amount, pay_amount,
                 address, created_at, expires_at)
             SELECT 1099511627776 + n.i, project_id, network, 'COPY_' || n.i, 'expired', amount,
                 pay_amount, address, created_at + n.i / 3, expires_at
             FROM payments, n WHERE order_id = $1",
        )
        .bind(order_id)
        .bind(count)
        .execute(&mut self.connect().await)
        .await
        .unwrap();
    }

    /// The largest ID of a payment, or 0.
    pub async fn largest_payment_id(&self) -> i64 {
        self.number("SELECT coalesce(max(id), 0) FROM payments")
            .await
    }

    pub async fn amounts_held(&self) -> i64 {
        self.number("SELECT count(*) FROM slots WHERE released = 0")
            .await
    }

    /// As if chance had chosen that amount for an order.
    pub async fn draw_amount(&self, order_id: &str, amount: &str) {
        let mut connection = self.connect().await;
        for sql in [
            "UPDATE payments SET pay_amount = $2 WHERE order_id = $1",
            "UPDATE slots SET amount = $2
             WHERE payment_id = (SELECT id FROM payments WHERE order_id = $1)",
        ] {
            sqlx::query(sql)
                .bind(order_id)
                .bind(micro(amount))
                .execute(&mut connection)
                .await
                .unwrap();
        }
    }

    /// Payments of a project that have expired, all of one moment.
    pub async fn add_expired_payments(&self, project: i64, count: i64) {
        sqlx::query(
            "WITH RECURSIVE n (i) AS
                 (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $2)
             INSERT INTO payments (id, project_id, network, order_id, status, amount, pay_amount,
                 address, created_at, expires_at)
             SELECT 2199023255552 + i, $1, 'simulated', 'OLD_' || i, 'expired', 1000000, 1000100,
                 'TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH', 0, 0 FROM n",
        )
        .bind(project)
        .bind(count)
        .execute(&mut self.connect().await)
        .await
        .unwrap();
    }

    /// Whether the database refuses one amount for several payments.
    pub async fn refuses_equal_amounts(&self) -> bool {
        let equal = sqlx::query("UPDATE slots SET amount = 50012300");
        let refused = equal.execute(&mut self.connect().await).await;
        let error = refused.unwrap_err();
        error.as_database_error().unwrap().is_unique_violation()
    }

    /// Takes every amount of four decimals for 50 USDT at every address that is offered, by
    /// payments that have expired.
    pub async fn take_amounts(&self) {
        self.take("n % 100 = 0 AND n % 1000 <> 0").await;
    }

    /// The same with the amounts of more decimals.
    pub async fn take_finer_amounts(&self) {
        self.take("n % 1000 BETWEEN 1 AND 4 OR n % 1000 IN (10, 20, 30, 40)")
            .await;
    }

    /// Takes those that are so many micro-USDT more.
    async fn take(&self, which: &'static str) {
        let payments = format!(
            "WITH RECURSIVE additions (n) AS
                 (SELECT 1 UNION ALL SELECT n + 1 FROM additions WHERE n < 99900)
             INSERT INTO payments (id, project_id, network, order_id, status, amount, pay_amount,
                 address, created_at, expires_at)
             SELECT id, project_id, network, 'taken ' || id, 'expired', 50000000, 50000000 + n,
                 address, 0, 0
             FROM (
                 SELECT (SELECT coalesce(max(id), 1099511627776) FROM payments)
                     + row_number() OVER () AS id, project_id, network, address, n
                 FROM additions, addresses
                 WHERE retired = 0 AND ({which}) AND (network, address, 50000000 + n) NOT IN
                     (SELECT network, address, amount FROM slots WHERE released = 0)
             ) AS taken"
        );
        let mut connection = self.connect().await;
        sqlx::query(AssertSqlSafe(payments))
            .execute(&mut connection)
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO slots (payment_id, network, address, amount, held_after, held_until)
             SELECT id, network, address, pay_amount, 0, 1000000000000000 FROM payments
             WHERE id NOT IN (SELECT payment_id FROM slots)",
        )
        .execute(&mut connection)
        .await
        .unwrap();
    }

    /// As if two in nine of the expired payments had been paid.
    pub async fn pay_two_in_nine(&self) {
        self.set(
            "UPDATE payments SET status = 'paid', txid = $1, paid_at = 0
             WHERE status = 'expired' AND pay_amount % 1000 IN (100, 200)",
            &"0".repeat(64),
        )
        .await;
    }

    /// As if the quarantine of an amount were over.
    pub async fn free_amount(&self, amount: &str) {
        self.free("UPDATE slots SET released = 1 WHERE amount = $1", amount)
            .await;
    }

    pub async fn free_amounts_below(&self, amount: &str) {
        self.free("UPDATE slots SET released = 1 WHERE amount < $1", amount)
            .await;
    }

    async fn free(&self, sql: &'static str, amount: &str) {
        sqlx::query(sql)
            .bind(micro(amount))
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }

    /// As after a restore from a backup that is older than all payments. For ten minutes of the
    /// chain, new amounts end in 8.
    pub async fn lose_payments(&self) {
        self.execute("DELETE FROM slots").await;
        self.execute("DELETE FROM payments").await;
        self.execute(
            "INSERT INTO restorations (restored_at, holds_until, digit)
             SELECT block_time, block_time + 600000, 8 FROM cursors",
        )
        .await;
    }

    pub async fn set_order_id(&self, order_id: &str, to: &str) {
        let sql = "UPDATE payments SET order_id = $2 WHERE order_id = $1";
        self.set_of(sql, order_id, to).await;
    }

    pub async fn set_description(&self, order_id: &str, to: &str) {
        let sql = "UPDATE payments SET description = $2 WHERE order_id = $1";
        self.set_of(sql, order_id, to).await;
    }

    pub async fn set_status(&self, order_id: &str, to: &str) {
        let sql = "UPDATE payments SET status = $2 WHERE order_id = $1";
        self.set_of(sql, order_id, to).await;
    }

    pub async fn set_network(&self, order_id: &str, to: &str) {
        let sql = "UPDATE payments SET network = $2 WHERE order_id = $1";
        self.set_of(sql, order_id, to).await;
    }

    /// As if all payments had been created and paid so long ago, and their amounts were held for so
    /// long from now on, by this machine's clock.
    pub async fn date_payments(&self, created: Duration, paid: Duration, held_for: Duration) {
        let mut connection = self.connect().await;
        sqlx::query("UPDATE payments SET created_at = $1, paid_at = $2")
            .bind(ago(created))
            .bind(ago(paid))
            .execute(&mut connection)
            .await
            .unwrap();
        sqlx::query("UPDATE slots SET held_until = $1")
            .bind(now() + millis(held_for))
            .execute(&mut connection)
            .await
            .unwrap();
    }

    /// Every question about a payment fails until it is mended.
    pub async fn break_payments(&self) {
        self.execute("ALTER TABLE payments RENAME TO elsewhere")
            .await;
    }

    pub async fn mend_payments(&self) {
        self.execute("ALTER TABLE elsewhere RENAME TO payments")
            .await;
    }
}

/// Transfers, and what became of them.
impl Database {
    pub async fn transfers(&self) -> i64 {
        self.number("SELECT count(*) FROM transfers").await
    }

    /// The sum of all transfers, in micro-USDT.
    pub async fn received(&self) -> i64 {
        self.number("SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM transfers")
            .await
    }

    pub async fn credited(&self) -> i64 {
        self.transfers_that_are("credited").await
    }

    /// Transfers that were added to a payment which another one has paid.
    pub async fn added(&self) -> i64 {
        self.transfers_that_are("added").await
    }

    pub async fn in_review(&self) -> i64 {
        self.transfers_that_are("review").await
    }

    async fn transfers_that_are(&self, outcome: &str) -> i64 {
        let sql = "SELECT count(*) FROM transfers WHERE outcome = $1";
        self.number_of(sql, outcome).await
    }

    /// Transfers that have come into review for that reason.
    pub async fn reviewed_as(&self, reason: &str) -> i64 {
        let sql = "SELECT count(*) FROM transfers WHERE review_reason = $1";
        self.number_of(sql, reason).await
    }

    pub async fn found_by(&self, detector: &str) -> i64 {
        let sql = "SELECT count(*) FROM transfers WHERE detector = $1";
        self.number_of(sql, detector).await
    }

    /// What operators have decided.
    pub async fn decisions(&self) -> i64 {
        self.number("SELECT count(*) FROM review_actions").await
    }

    /// As if no receipt had been looked up that proves a transfer.
    pub async fn forget_proofs(&self) {
        self.execute("UPDATE transfers SET proven = NULL").await;
    }

    /// Writes down a micro-USDT more than was transferred.
    pub async fn falsify_transfers(&self) {
        self.execute("UPDATE transfers SET amount = amount + 1")
            .await;
    }

    /// As if the transaction of the only transfer had moved another 8 USDT.
    pub async fn add_transfer_of_the_same_transaction(&self) {
        self.execute(
            "INSERT INTO transfers (network, txid, log_position, block, block_time, sender,
                 recipient, amount, outcome, review_reason, payment_id, detector, recorded_at)
             SELECT network, txid, 9, block, block_time, sender,
                 recipient, 8000000, outcome, review_reason, payment_id, detector, recorded_at
             FROM transfers",
        )
        .await;
    }

    /// As if transfers of less had come to the address that no payment has.
    pub async fn move_transfers_below(&self, amount: &str) {
        sqlx::query(
            "UPDATE transfers SET recipient = (SELECT address FROM addresses
                 WHERE address NOT IN (SELECT address FROM payments)) WHERE amount < $1",
        )
        .bind(micro(amount))
        .execute(&mut self.connect().await)
        .await
        .unwrap();
    }
}

/// What merchants are told.
impl Database {
    pub async fn webhook_events(&self) -> i64 {
        self.number("SELECT count(*) FROM webhook_events").await
    }

    pub async fn events_pending(&self) -> i64 {
        self.events_that_are("pending").await
    }

    pub async fn events_delivered(&self) -> i64 {
        self.events_that_are("delivered").await
    }

    pub async fn events_failed(&self) -> i64 {
        self.events_that_are("failed").await
    }

    async fn events_that_are(&self, state: &str) -> i64 {
        let sql = "SELECT count(*) FROM webhook_events WHERE state = $1";
        self.number_of(sql, state).await
    }

    pub async fn attempts(&self) -> Vec<Attempt> {
        let rows = sqlx::query(
            "SELECT http_status, error, answer_excerpt FROM delivery_attempts
             ORDER BY started_at, number",
        )
        .fetch_all(&mut self.connect().await)
        .await
        .unwrap();
        rows.iter()
            .map(|row| Attempt {
                http_status: row.get("http_status"),
                error: row.get("error"),
                answer: row.get("answer_excerpt"),
            })
            .collect()
    }

    /// Payments of a project that were paid and not yet told, the first of them the oldest.
    pub async fn add_due_events(&self, project: i64, events: i64) {
        let mut connection = self.connect().await;
        for sql in [
            "WITH RECURSIVE n (i) AS
                 (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $2)
             INSERT INTO payments (id, project_id, network, order_id, status, amount, pay_amount,
                 address, created_at, expires_at, txid, paid_at)
             SELECT 2199023255552 + $1 * 100000 + i, $1, 'simulated', 'DEAD_' || i, 'paid',
                 1000000, 1000100, 'T', 0, 0, 'aa', 0 FROM n",
            // In another order than that of their names.
            "WITH RECURSIVE n (i) AS
                 (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $2)
             INSERT INTO webhook_events (id, project_id, payment_id, body, state, next_attempt_at,
                 created_at)
             SELECT 'evt_' || $1 || '_' || (i * 7919 % 10007), $1,
                 2199023255552 + $1 * 100000 + i, '{\"order\":' || i || '}', 'pending', 0, i FROM n",
        ] {
            sqlx::query(sql)
                .bind(project)
                .bind(events)
                .execute(&mut connection)
                .await
                .unwrap();
        }
    }

    pub async fn notices(&self) -> i64 {
        self.number("SELECT count(*) FROM notices").await
    }

    pub async fn notice_attempts(&self) -> i64 {
        self.number("SELECT count(*) FROM notice_attempts").await
    }

    pub async fn notices_delivered(&self) -> i64 {
        self.number("SELECT count(*) FROM notices WHERE state = 'delivered'")
            .await
    }

    /// Whether the last attempt to tell any project that a payment is paid has failed.
    pub async fn receiver_fails(&self) -> bool {
        let sql = "SELECT count(*) FROM projects WHERE receiver_fails = 1";
        self.number(sql).await > 0
    }

    /// Events that a project has asked for, and that are not yet told.
    pub async fn add_due_notices(&self, project: i64, events: i64) {
        sqlx::query(
            "WITH RECURSIVE n (i) AS
                 (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $2)
             INSERT INTO notices (id, project_id, type, fact, body, state, next_attempt_at,
                 created_at)
             SELECT 'evt_n_' || i, $1, 'payment.review', 'fact ' || i,
                 '{\"type\":\"payment.review\"}', 'pending', 0, i FROM n",
        )
        .bind(project)
        .bind(events)
        .execute(&mut self.connect().await)
        .await
        .unwrap();
    }

    /// As if all events had been given up so long ago, by this machine's clock.
    pub async fn give_events_up(&self, since: Duration) {
        self.execute("UPDATE webhook_events SET state = 'failed'")
            .await;
        sqlx::query("UPDATE delivery_attempts SET finished_at = $1")
            .bind(ago(since))
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }

    /// As if the leases of all attempts under way had been over for long.
    pub async fn age_leases(&self) {
        self.execute("UPDATE webhook_events SET leased_until = 1 WHERE leased_until IS NOT NULL")
            .await;
    }

    /// As if the time of every retry had come.
    pub async fn bring_retries_forward(&self) {
        self.execute("UPDATE webhook_events SET next_attempt_at = 0 WHERE next_attempt_at > 0")
            .await;
    }

    pub async fn forget_webhook_urls(&self) {
        self.execute("UPDATE projects SET webhook_url = NULL").await;
    }
}

/// Receiving addresses.
impl Database {
    pub async fn addresses(&self) -> i64 {
        self.number("SELECT count(*) FROM addresses").await
    }

    /// How many second addresses of an account key are watched from the last block read.
    pub async fn second_addresses_watched_from_now(&self) -> i64 {
        self.number(
            "SELECT count(*) FROM addresses, cursors
             WHERE key_index = 1 AND watched_from = block_time",
        )
        .await
    }

    /// Gives each project 997 further ones, which are retired.
    pub async fn add_retired_addresses(&self) {
        self.execute(
            "WITH RECURSIVE positions (n) AS
                 (SELECT 2 UNION ALL SELECT n + 1 FROM positions WHERE n < 998)
             INSERT INTO addresses (network, address, project_id, position, retired)
             SELECT network, 'retired ' || n, id, n, 1 FROM positions, projects",
        )
        .await;
    }

    /// As if the token had frozen all that are not retired.
    pub async fn blacklist_offered_addresses(&self) {
        self.execute("UPDATE addresses SET blacklisted = 1 WHERE retired = 0")
            .await;
    }
}

/// How payment pages look.
impl Database {
    pub async fn brands(&self) -> i64 {
        self.number("SELECT count(*) FROM brands").await
    }

    pub async fn logos(&self) -> i64 {
        self.number("SELECT count(*) FROM logos").await
    }

    /// Gives the first project, which has no brand, a name.
    pub async fn add_brand(&self, name: &str) {
        let sql = "INSERT INTO brands (project_id, name) VALUES (1, $1)";
        self.set(sql, name).await;
    }

    pub async fn set_brand_color(&self, to: &str) {
        self.set("UPDATE brands SET color = $1", to).await;
    }
}

/// What has changed of payments.
impl Database {
    pub async fn changes(&self) -> i64 {
        self.number("SELECT count(*) FROM changes").await
    }

    /// As if a payment had changed so often.
    pub async fn add_changes(&self, count: i64, payment: u64) {
        sqlx::query(
            "WITH RECURSIVE n (i) AS
                 (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
             INSERT INTO changes (payment_id) SELECT $2 FROM n",
        )
        .bind(count)
        .bind(payment.cast_signed())
        .execute(&mut self.connect().await)
        .await
        .unwrap();
    }

    /// As if all of them were long ago.
    pub async fn age_changes(&self) {
        self.execute("UPDATE changes SET noted_at = 0").await;
    }

    /// Changes an order's payment in a transaction that is not committed before it is released.
    pub async fn change(&self, order_id: &str) -> Lock {
        let mut connection = self.connect().await;
        sqlx::query("BEGIN").execute(&mut connection).await.unwrap();
        sqlx::query("UPDATE payments SET version = version + 1 WHERE order_id = $1")
            .bind(order_id)
            .execute(&mut connection)
            .await
            .unwrap();
        Lock::of(connection)
    }
}

/// What the gateway knows of itself.
impl Database {
    /// An alarm of the number 77.
    pub async fn add_alarm(&self) {
        self.execute(
            "INSERT INTO alarms (id, network, kind, subject, detail, raised_at)
             VALUES (77, 'simulated', 'chain_delayed', 'simulated', 'it is late', 1)",
        )
        .await;
    }

    /// All alarms that ever were.
    pub async fn alarms(&self) -> i64 {
        self.number("SELECT count(*) FROM alarms").await
    }

    pub async fn open_alarms(&self, kind: &str) -> i64 {
        let sql = "SELECT count(*) FROM alarms WHERE kind = $1 AND cleared_at IS NULL";
        self.number_of(sql, kind).await
    }

    /// How many requests of a kind nodes have had on the last day of which something is known.
    pub async fn node_requests(&self, call: &str) -> i64 {
        self.number_of(
            "SELECT CAST(coalesce(sum(requests), 0) AS BIGINT) FROM node_requests
             WHERE call = $1 AND day = (SELECT max(day) FROM node_requests)",
            call,
        )
        .await
    }

    /// As if another node had had so many requests today, by this machine's clock.
    pub async fn add_node_requests(&self, call: &str, requests: i64) {
        sqlx::query(
            "INSERT INTO node_requests (network, node, day, call, requests)
             VALUES ('simulated', 'elsewhere', $1, $2, $3)",
        )
        .bind(now() / 86_400_000)
        .bind(call)
        .bind(requests)
        .execute(&mut self.connect().await)
        .await
        .unwrap();
    }

    /// How many changes of the schema were made.
    pub async fn migrations(&self) -> i64 {
        self.number("SELECT count(*) FROM _sqlx_migrations").await
    }
}

fn micro(amount: &str) -> i64 {
    let amount: Usdt = amount.parse().unwrap();
    amount.micro().cast_signed()
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    millis(since.unwrap())
}

fn ago(duration: Duration) -> i64 {
    now() - millis(duration)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap()
}
