//! What is said to SQLite only, and where another engine needs other words: its file, the lock of
//! its one writer, and triggers.

use std::path::PathBuf;

use super::Database;
use super::connection::{Connection, file};

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

    pub async fn is_sound(&self) -> bool {
        let found: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap();
        found == "ok"
    }

    /// Takes the lock of the one writer, so that the gateway gets stuck in its transaction.
    pub async fn lock(&self) -> Lock {
        let mut connection = self.connect().await;
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut connection)
            .await
            .unwrap();
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
        self.execute(match write {
            Write::Transfer => {
                "CREATE TRIGGER refused BEFORE INSERT ON transfers
                 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            }
            Write::PaymentStatus => {
                "CREATE TRIGGER refused BEFORE UPDATE OF status ON payments
                 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            }
            Write::WebhookEvent => {
                "CREATE TRIGGER refused BEFORE INSERT ON webhook_events
                 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            }
            Write::Cursor => {
                "CREATE TRIGGER refused BEFORE UPDATE ON cursors
                 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            }
            Write::DeliveryAttempt => {
                "CREATE TRIGGER refused BEFORE INSERT ON delivery_attempts
                 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            }
        })
        .await;
    }

    /// Lets the write that was refused succeed again.
    pub async fn allow(&self) {
        self.execute("DROP TRIGGER refused").await;
    }

    /// Writes down in which order payments are created, for [`Self::created_before`].
    pub async fn note_creations(&self) {
        self.execute("CREATE TABLE created (place INTEGER PRIMARY KEY, project_id INTEGER)")
            .await;
        self.execute(
            "CREATE TRIGGER note AFTER INSERT ON payments
             BEGIN INSERT INTO created (project_id) VALUES (new.project_id); END",
        )
        .await;
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
