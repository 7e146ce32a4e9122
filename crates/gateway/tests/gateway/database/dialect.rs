//! What each engine is told in words of its own: the lock of one writer, and triggers. And what only
//! SQLite has: a file and its log.

use std::env;
use std::path::{Path, PathBuf};

use sqlx::any::install_default_drivers;
use sqlx::{AssertSqlSafe, Connection as _};
use usdt_protocol::Usdt;

use super::Database;
use super::connection::{Connection, file, on_server};

/// The lock that a writing transaction takes. It ends when it is dropped.
pub struct Lock(Connection);

impl Lock {
    /// Of a transaction that has begun.
    pub const fn of(connection: Connection) -> Self {
        Self(connection)
    }

    pub async fn release(mut self) {
        sqlx::query("COMMIT").execute(&mut self.0).await.unwrap();
    }
}

/// What the gateway writes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    Transfer,
    PaymentStatus,
    WebhookEvent,
    Notice,
    Cursor,
    DeliveryAttempt,
}

/// How much is lost with a write that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Statement,
    /// As a full disk can end it on SQLite, and a lost connection does on a server.
    Transaction,
}

impl Database {
    /// The file that is the database.
    pub fn file(&self) -> PathBuf {
        file(&self.data)
    }

    fn is_on_server(&self) -> bool {
        on_server(&self.data).is_some()
    }

    /// A server looks after its own files.
    pub async fn is_sound(&self) -> bool {
        if self.is_on_server() {
            return true;
        }
        let found: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap();
        found == "ok"
    }

    /// As if the server were away: nobody is connected, until it is brought back.
    pub async fn take_away(&self) {
        let (mut server, name) = server(&self.data).await;
        let closed = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
        let ended = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        // One after the other, so that nobody comes in between.
        for statement in [closed, ended] {
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut server)
                .await
                .unwrap();
        }
    }

    pub async fn bring_back(&self) {
        let (mut server, name) = server(&self.data).await;
        let back = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
        sqlx::raw_sql(AssertSqlSafe(back))
            .execute(&mut server)
            .await
            .unwrap();
    }

    /// How many gateways share the lock on the database.
    pub async fn shares_of_the_lock(&self) -> i64 {
        self.number(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
             WHERE locktype = 'advisory' AND objid = 1195463749 AND mode = 'ShareLock'
                 AND datname = current_database()",
        )
        .await
    }

    /// How many connections wait for a lock.
    pub async fn waiting_for_locks(&self) -> i64 {
        self.number(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .await
    }

    /// Keeps everybody from the positions in the chains, until what is returned is released.
    pub async fn lock_cursors(&self) -> Lock {
        let mut connection = self.connect().await;
        sqlx::raw_sql("BEGIN; LOCK TABLE cursors IN ACCESS EXCLUSIVE MODE")
            .execute(&mut connection)
            .await
            .unwrap();
        Lock(connection)
    }

    /// As if the lease on the chain had not been renewed for long.
    pub async fn age_lease(&self) {
        self.execute("UPDATE leaders SET beat = beat - 100000")
            .await;
    }

    /// As if all leases that a gateway has left behind had been over for long.
    pub async fn age_what_was_left(&self) {
        if self.is_on_server() {
            self.age_lease().await;
            self.age_leases().await;
        }
    }

    /// How many terms there have been, of the chain's readers.
    pub async fn terms(&self) -> i64 {
        self.number("SELECT term FROM leaders").await
    }

    /// Whether a gateway has the lease on the chain, or had it when it was killed.
    pub async fn is_led(&self) -> bool {
        self.number("SELECT count(*) FROM leaders WHERE holder IS NOT NULL")
            .await
            > 0
    }

    /// As if the server's clock were so many milliseconds ahead of this machine's.
    pub async fn put_clock_ahead(&self, millis: i64) {
        let clock = format!(
            "CREATE OR REPLACE FUNCTION clock_millis() RETURNS BIGINT LANGUAGE sql VOLATILE AS
                 'SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) + {millis}'"
        );
        sqlx::raw_sql(AssertSqlSafe(clock))
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }

    /// How many gateways have told of themselves and not of their end.
    pub async fn gateways(&self) -> i64 {
        self.number("SELECT count(*) FROM gateways").await
    }

    /// As if the network had cut off those connections that follow what changes. Returns how many there
    /// were.
    pub async fn cut_off_followers(&self) -> i64 {
        self.number(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
                 AND query LIKE '%pg_visible_in_snapshot%'",
        )
        .await
    }

    /// As if the network had cut off all who work on the database.
    pub async fn end_connections(&self) {
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    }

    /// What a server does by itself within a minute of many rows that are new.
    pub async fn gather_statistics(&self) {
        if self.is_on_server() {
            self.execute("ANALYZE").await;
        }
    }

    /// Takes the lock of the one writer, so that the gateway gets stuck in its transaction.
    pub async fn lock(&self) -> Lock {
        let mut connection = self.connect().await;
        let lock = if self.is_on_server() {
            "BEGIN; SELECT pg_advisory_xact_lock(1431520340)"
        } else {
            "BEGIN IMMEDIATE"
        };
        sqlx::raw_sql(lock).execute(&mut connection).await.unwrap();
        Lock(connection)
    }

    /// Keeps a gateway from finding out that it can write, until what is returned is dropped: on a server one
    /// whose lock another transaction has can write.
    pub async fn hinder_writes(&self) -> Lock {
        if !self.is_on_server() {
            return self.lock().await;
        }
        let mut connection = self.connect().await;
        let rows = "BEGIN; SELECT 1 FROM lineage FOR UPDATE";
        sqlx::raw_sql(rows).execute(&mut connection).await.unwrap();
        Lock(connection)
    }

    /// Begins to read, so that the write-ahead log is kept until what is returned is dropped.
    pub async fn begin_reading(&self) -> impl Sized + use<> {
        let mut connection = self.connect().await;
        for sql in ["BEGIN", "SELECT count(*) FROM payments"] {
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
        connection
    }

    /// Lets a write of the gateway fail.
    pub async fn refuse(&self, write: Write) {
        let (event, table) = match write {
            Write::Transfer => ("INSERT", "transfers"),
            Write::PaymentStatus => ("UPDATE OF status", "payments"),
            Write::WebhookEvent => ("INSERT", "webhook_events"),
            Write::Notice => ("INSERT", "notices"),
            Write::Cursor => ("UPDATE", "cursors"),
            Write::DeliveryAttempt => ("INSERT", "delivery_attempts"),
        };
        let refusal = if self.is_on_server() {
            format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                     AS 'BEGIN RAISE EXCEPTION ''refused''; END';
                 CREATE TRIGGER refused BEFORE {event} ON {table}
                     FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        } else {
            format!(
                "CREATE TRIGGER refused BEFORE {event} ON {table}
                 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        };
        sqlx::raw_sql(AssertSqlSafe(refusal))
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }

    /// Lets the gateway fail at each amount from a price on, after it has written the payment.
    pub async fn fail_at_amounts_from(&self, price: &str, failure: Failure) {
        let least = price.parse::<Usdt>().unwrap().micro();
        let failing = if self.is_on_server() {
            let failure = match failure {
                Failure::Statement => "RAISE EXCEPTION ''refused''",
                Failure::Transaction => "PERFORM pg_terminate_backend(pg_backend_pid())",
            };
            format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                     AS 'BEGIN {failure}; RETURN new; END';
                 CREATE TRIGGER refused BEFORE INSERT ON slots FOR EACH ROW
                     WHEN (new.amount >= {least}) EXECUTE FUNCTION refuse()"
            )
        } else {
            let failure = match failure {
                Failure::Statement => "ABORT",
                Failure::Transaction => "ROLLBACK",
            };
            format!(
                "CREATE TRIGGER refused BEFORE INSERT ON slots FOR EACH ROW
                     WHEN (new.amount >= {least})
                 BEGIN SELECT RAISE({failure}, 'refused'); END"
            )
        };
        sqlx::raw_sql(AssertSqlSafe(failing))
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }

    /// How many write transactions there were; a server does not count them.
    pub async fn write_transactions(&self) -> Option<i64> {
        if self.is_on_server() {
            return None;
        }
        Some(self.number("SELECT writes FROM lineage").await)
    }

    /// Lets the write that was refused succeed again.
    pub async fn allow(&self) {
        self.execute(if self.is_on_server() {
            "DROP FUNCTION refuse() CASCADE"
        } else {
            "DROP TRIGGER refused"
        })
        .await;
    }

    /// Writes down in which order payments are created, for [`Self::created_before`].
    pub async fn note_creations(&self) {
        let notes = if self.is_on_server() {
            "CREATE TABLE created
                 (place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, project_id BIGINT);
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql
                 AS 'BEGIN INSERT INTO created (project_id) VALUES (new.project_id); RETURN NULL; END';
             CREATE TRIGGER note AFTER INSERT ON payments FOR EACH ROW EXECUTE FUNCTION note()"
        } else {
            "CREATE TABLE created (place INTEGER PRIMARY KEY, project_id INTEGER);
             CREATE TRIGGER note AFTER INSERT ON payments
                 BEGIN INSERT INTO created (project_id) VALUES (new.project_id); END"
        };
        sqlx::raw_sql(notes)
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }

    /// How many payments were created before the first of a project.
    pub async fn created_before(&self, project: i64) -> i64 {
        sqlx::query_scalar("SELECT min(place) - 1 FROM created WHERE project_id = $1")
            .bind(project)
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap()
    }
}

/// A connection to the server beside its database for a data folder, and that one's name.
async fn server(data: &Path) -> (Connection, String) {
    let url = on_server(data).unwrap();
    let name = url.reveal().path().trim_start_matches('/').to_owned();
    let server = env::var("TEST_POSTGRES").unwrap();
    (Connection::connect(&server).await.unwrap(), name)
}

/// The folder with the programs of the server, if there is one.
pub async fn programs() -> Option<PathBuf> {
    let server = env::var("TEST_POSTGRES").ok()?;
    install_default_drivers();
    let mut connection = Connection::connect(&server).await.unwrap();
    let folder: String = sqlx::query_scalar("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    Some(folder.into())
}
