//! The database of the histories, asked and changed beside the gateway. All SQL of this test is
//! here, as any engine takes it.

#[path = "../shared/connection.rs"]
mod connection;

use std::path::Path;

use sqlx::Row as _;
use sqlx::error::DatabaseError;
use usdt_protocol::{PaymentId, Usdt, UtcTime};

use self::connection::{Connection, open};
pub use self::connection::{make, on_server};

pub struct Database(Connection);

/// The transaction of a transfer, and the position of its log.
pub type Key = (String, u32);

#[derive(Debug)]
pub struct Payment {
    pub id: i64,
    pub project_id: i64,
    pub status: String,
    pub address: String,
    pub amount: u64,
    pub created_at: i64,
    /// Its amount is still reserved.
    pub is_live: bool,
    pub held_after: i64,
    pub expires_at: i64,
    pub held_until: i64,
    pub paid_at: Option<i64>,
    pub received: u128,
}

/// What the gateway has written down of a transfer.
#[derive(Debug)]
pub struct Recorded {
    pub outcome: String,
    /// The payment that it was credited or added to.
    pub paid_to: Option<i64>,
    pub detector: String,
}

/// Many payments for one price at every address of a project.
pub struct Flood {
    pub project_id: i64,
    pub price: Usdt,
    /// The last one of each amount.
    pub digit: i64,
    pub created_at: UtcTime,
    pub expires_at: UtcTime,
    pub held_after: u64,
    pub held_until: UtcTime,
}

impl Database {
    /// The database of a data folder.
    pub async fn open(data: &Path) -> Self {
        Self(open(data).await)
    }

    async fn number(&mut self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&mut self.0)
            .await
            .unwrap()
    }

    async fn execute(&mut self, sql: &'static str) {
        sqlx::query(sql).execute(&mut self.0).await.unwrap();
    }

    /// Forgets everything.
    pub async fn clear(&mut self) {
        // Numbers begin anew, as they do by themselves in SQLite.
        if self.0.backend_name() == "PostgreSQL" {
            return self
                .execute(
                    "TRUNCATE projects, cursors, balances, tokens, alarms, restorations
                     RESTART IDENTITY CASCADE",
                )
                .await;
        }
        for sql in [
            "DELETE FROM audit_log",
            "DELETE FROM delivery_attempts",
            "DELETE FROM webhook_events",
            "DELETE FROM notice_attempts",
            "DELETE FROM notices",
            "DELETE FROM told_events",
            "DELETE FROM patient_projects",
            "DELETE FROM review_actions",
            "DELETE FROM review_links",
            "DELETE FROM transfers",
            "DELETE FROM arrivals",
            "DELETE FROM slots",
            "DELETE FROM cancellations",
            "DELETE FROM payment_metadata",
            "DELETE FROM payments",
            "DELETE FROM addresses",
            "DELETE FROM account_keys",
            "DELETE FROM projects",
            "DELETE FROM cursors",
            "DELETE FROM balances",
            "DELETE FROM tokens",
            "DELETE FROM alarms",
            "DELETE FROM restorations",
        ] {
            self.execute(sql).await;
        }
    }

    /// The leader of every network has not renewed its lease for long.
    pub async fn lapse_leases(&mut self) {
        self.execute("UPDATE leaders SET beat = 0").await;
    }

    /// Takes all free amounts of four decimals, or of those that end in a restored database's digit.
    pub async fn flood(&mut self, flood: &Flood) {
        sqlx::query(
            "WITH RECURSIVE additions (n) AS
                 (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM additions WHERE n < 999)
             INSERT INTO payments (id, project_id, network, order_id, status, amount, pay_amount,
                 address, created_at, expires_at)
             SELECT id, project_id, network, 'flood ' || id, 'pending', $1, $1 + n * 100 + $5,
                 address, $2, $3
             FROM (
                 SELECT (SELECT coalesce(max(id), 1099511627776) FROM payments
                         WHERE id < 2199023255552)
                     + row_number() OVER () AS id, project_id, network, address, n
                 FROM additions, addresses
                 WHERE project_id = $4 AND ($1 + n * 100) % 1000 <> 0 AND NOT EXISTS (
                     SELECT 1 FROM slots s WHERE s.network = addresses.network
                         AND s.address = addresses.address AND s.amount = $1 + n * 100 + $5
                         AND released = 0)
             ) AS taken",
        )
        .bind(flood.price.micro().cast_signed())
        .bind(flood.created_at.millis())
        .bind(flood.expires_at.millis())
        .bind(flood.project_id)
        .bind(flood.digit)
        .execute(&mut self.0)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO slots (payment_id, network, address, amount, held_after, held_until)
             SELECT id, network, address, pay_amount, $1, $2 FROM payments
             WHERE id NOT IN (SELECT payment_id FROM slots)",
        )
        .bind(flood.held_after.cast_signed())
        .bind(flood.held_until.millis())
        .execute(&mut self.0)
        .await
        .unwrap();
    }

    pub async fn forget_arrivals(&mut self) {
        self.execute("DELETE FROM arrivals").await;
    }

    /// Forgets a payment that has left no traces. Returns whether it is gone.
    pub async fn forget(&mut self, payment: PaymentId) -> bool {
        let id = payment.get().cast_signed();
        let gone = sqlx::query(
            "DELETE FROM slots WHERE payment_id = $1
                 AND NOT EXISTS (SELECT 1 FROM transfers WHERE payment_id = $1)
                 AND NOT EXISTS (SELECT 1 FROM review_links WHERE payment_id = $1)
                 AND NOT EXISTS (SELECT 1 FROM review_actions WHERE payment_id = $1)
                 AND NOT EXISTS (SELECT 1 FROM cancellations WHERE payment_id = $1)",
        )
        .bind(id)
        .execute(&mut self.0)
        .await
        .unwrap();
        if gone.rows_affected() == 0 {
            return false;
        }
        for sql in [
            "DELETE FROM notices WHERE payment_id = $1",
            "DELETE FROM payments WHERE id = $1",
        ] {
            sqlx::query(sql)
                .bind(id)
                .execute(&mut self.0)
                .await
                .unwrap();
        }
        true
    }

    /// As after a restore: until then, new amounts end in the digit.
    pub async fn hold_amounts_back(&mut self, until: UtcTime, digit: i64) {
        sqlx::query(
            "INSERT INTO restorations (restored_at, holds_until, digit) VALUES (0, $1, $2)",
        )
        .bind(until.millis())
        .bind(digit)
        .execute(&mut self.0)
        .await
        .unwrap();
    }

    /// As if chance had chosen that amount. Returns whether it was free.
    pub async fn draw_amount(&mut self, payment: PaymentId, amount: Usdt) -> bool {
        for sql in [
            "UPDATE slots SET amount = $1 WHERE payment_id = $2",
            "UPDATE payments SET pay_amount = $1 WHERE id = $2",
        ] {
            let drawn = sqlx::query(sql)
                .bind(amount.micro().cast_signed())
                .bind(payment.get().cast_signed())
                .execute(&mut self.0)
                .await;
            if let Err(error) = drawn {
                let is_taken = error
                    .as_database_error()
                    .is_some_and(DatabaseError::is_unique_violation);
                assert!(is_taken, "{error}");
                return false;
            }
        }
        true
    }

    /// From here on, only what is wrong from here on is told of.
    pub async fn clear_alarms(&mut self) {
        self.execute("UPDATE alarms SET cleared_at = 0").await;
    }

    /// Open alarms that say that transfers are not what they were.
    pub async fn alarms_about_money(&mut self) -> i64 {
        self.number(
            "SELECT count(*) FROM alarms WHERE cleared_at IS NULL
             AND kind IN ('unproven', 'balance_differs')",
        )
        .await
    }

    /// The time of the last block that was read.
    pub async fn read_until(&mut self) -> i64 {
        self.number("SELECT block_time FROM cursors").await
    }

    pub async fn payments(&mut self) -> Vec<Payment> {
        let rows = sqlx::query(
            "SELECT p.id, p.project_id, p.status, p.address, p.pay_amount, p.expires_at, p.paid_at,
                 p.received_amount, p.created_at, s.released, s.held_after, s.held_until
             FROM payments p JOIN slots s ON s.payment_id = p.id",
        )
        .fetch_all(&mut self.0)
        .await
        .unwrap();
        rows.iter()
            .map(|row| Payment {
                id: row.get("id"),
                project_id: row.get("project_id"),
                status: row.get("status"),
                address: row.get("address"),
                amount: row.get::<i64, _>("pay_amount").cast_unsigned(),
                created_at: row.get("created_at"),
                is_live: row.get::<i64, _>("released") == 0,
                held_after: row.get("held_after"),
                expires_at: row.get("expires_at"),
                held_until: row.get("held_until"),
                paid_at: row.get("paid_at"),
                received: row
                    .get::<Option<i64>, _>("received_amount")
                    .map_or(0, |amount| amount.cast_unsigned().into()),
            })
            .collect()
    }

    pub async fn paid(&mut self) -> Vec<i64> {
        sqlx::query_scalar("SELECT id FROM payments WHERE status = 'paid'")
            .fetch_all(&mut self.0)
            .await
            .unwrap()
    }

    /// Payments that have expired although the chain is not read to the end of their window.
    pub async fn expired_too_early(&mut self) -> i64 {
        self.number(
            "SELECT count(*) FROM payments p JOIN cursors c ON c.network = p.network
             WHERE p.status = 'expired' AND c.block_time <= p.expires_at",
        )
        .await
    }

    /// Transfers on their way that a payer is told of.
    pub async fn arriving(&mut self) -> i64 {
        self.number("SELECT count(*) FROM arrivals WHERE payment_id IS NOT NULL")
            .await
    }

    /// Transfers on their way that are recorded already.
    pub async fn arriving_and_recorded(&mut self) -> i64 {
        self.number(
            "SELECT count(*) FROM arrivals a JOIN transfers t
             ON t.network = a.network AND t.txid = a.txid AND t.recipient = a.recipient
                 AND t.amount = a.amount",
        )
        .await
    }

    pub async fn transfers(&mut self) -> Vec<(Key, Recorded)> {
        let rows =
            sqlx::query("SELECT txid, log_position, outcome, payment_id, detector FROM transfers")
                .fetch_all(&mut self.0)
                .await
                .unwrap();
        rows.iter()
            .map(|row| {
                let outcome: String = row.get("outcome");
                let is_paid = matches!(outcome.as_str(), "credited" | "added");
                let payment: Option<i64> = row.get("payment_id");
                let recorded = Recorded {
                    outcome,
                    paid_to: payment.filter(|_| is_paid),
                    detector: row.get("detector"),
                };
                (key(row), recorded)
            })
            .collect()
    }

    /// Which transfers in review are shown to the payer of which payment.
    pub async fn shown(&mut self) -> Vec<(i64, Key)> {
        let rows = sqlx::query("SELECT payment_id, txid, log_position FROM review_links")
            .fetch_all(&mut self.0)
            .await
            .unwrap();
        rows.iter()
            .map(|row| (row.get("payment_id"), key(row)))
            .collect()
    }

    pub async fn webhook_events(&mut self) -> i64 {
        self.number("SELECT count(*) FROM webhook_events").await
    }

    /// What the merchant has asked for and is told besides, by its type.
    pub async fn notices(&mut self) -> Vec<(String, String)> {
        sqlx::query_as("SELECT type, body FROM notices")
            .fetch_all(&mut self.0)
            .await
            .unwrap()
    }

    /// What the merchant is told of a payment.
    pub async fn webhook_bodies(&mut self, payment: i64) -> Vec<String> {
        sqlx::query_scalar("SELECT body FROM webhook_events WHERE payment_id = $1")
            .bind(payment)
            .fetch_all(&mut self.0)
            .await
            .unwrap()
    }
}

fn key(row: &<<Connection as sqlx::Connection>::Database as sqlx::Database>::Row) -> Key {
    let position: i64 = row.get("log_position");
    (row.get("txid"), u32::try_from(position).unwrap())
}
