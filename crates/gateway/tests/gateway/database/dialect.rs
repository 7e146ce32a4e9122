//! What each engine is told in words of its own: the lock of one writer, and triggers. And what only
//! SQLite has: a file and its log.

use std::path::PathBuf;

use sqlx::AssertSqlSafe;

use super::Database;
use super::connection::{Connection, file, on_server};

/// The lock that a writing transaction takes. It ends when it is dropped.
pub struct Lock(Connection);

impl Lock {
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
    Cursor,
    DeliveryAttempt,
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

    /// As if the network had cut off the connection that holds the gateway's lock on its database.
    pub async fn cut_off_the_lock(&self) {
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks l
             JOIN pg_database d ON d.oid = l.database
             WHERE locktype = 'advisory' AND objid = 1195463749 AND datname = current_database()",
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
