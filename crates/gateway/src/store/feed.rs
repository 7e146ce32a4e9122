//! Follows what changes of payments in the database, whoever changes it: this process, a command, or
//! another gateway.
//!
//! SQLite commits one transaction after the other, so what is new has a higher number. On PostgreSQL a
//! row can be committed after others of higher numbers. So the snapshot of the last look is kept, and what
//! is new is what that one did not see
//! (<https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT>).
//!
//! Other gateways are told to look by NOTIFY. It is never part of a transaction that writes, since all
//! these would wait for one another at its lock, and nothing rests on it: whoever does not hear it looks
//! a second later.

use std::future::pending;
use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::time::{sleep, timeout};
use usdt_tron::Network;

use super::row;
use super::{Store, StoreError, postgres};
use crate::changes::News;

/// A look at a server that takes longer is given up, and its connection with it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest time between two looks: at a file, which commands change too, and at a server.
const FILE_POLL: Duration = Duration::from_millis(500);
const SERVER_POLL: Duration = Duration::from_secs(1);

/// How many rows are removed in one transaction.
const REMOVED_AT_ONCE: i64 = 1_000;

/// The news of one look after the other.
#[derive(Debug)]
pub struct Feed {
    store: Store,
    /// To the server, where the database is on one.
    listener: Option<Listener>,
    /// Up to where all is known, as the database writes it.
    place: Option<String>,
    /// Whether a look has found something of which other gateways were not told.
    is_untold: bool,
}

/// Why it is time for the next look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// It is the first one.
    Never,
    /// A transaction of this process has ended.
    ByThisProcess,
    /// Another process tells of changes.
    ByAnother,
    /// It is long enough since the last one.
    ByTime,
    /// The connection is lost, and the place with it.
    ByLoss,
}

/// A connection of its own: with it, the place is lost too, since another server may have taken the place
/// of this one.
#[derive(Debug)]
struct Listener {
    connection: PgListener,
    process: u32,
}

/// The place up to which all is known, and a change, if there is one.
type Row = (String, Option<i64>, Option<String>);

impl Listener {
    const CHANNEL: &str = "usdt_gateway_changes";

    async fn open(store: &Store) -> Result<Option<Self>, StoreError> {
        let Some(server) = &store.server else {
            return Ok(None);
        };
        let mut connection = postgres::listener(server).await?;
        connection.listen(Self::CHANNEL).await?;
        let process: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
            .fetch_one(&mut connection)
            .await?;
        Ok(Some(Self {
            connection,
            process: process.cast_unsigned(),
        }))
    }

    async fn notify(&mut self) -> Result<(), sqlx::Error> {
        let notify = sqlx::query("SELECT pg_notify($1, '')").bind(Self::CHANNEL);
        notify.execute(&mut self.connection).await?;
        Ok(())
    }

    /// Returns once another process has told of changes, or the connection is lost.
    async fn hears(&mut self) -> Woken {
        while let Ok(Some(told)) = self.connection.try_recv().await {
            if told.process_id() != self.process {
                return Woken::ByAnother;
            }
        }
        Woken::ByLoss
    }
}

impl Store {
    /// All that changes from now on.
    pub fn feed(&self) -> Feed {
        Feed {
            store: self.clone(),
            listener: None,
            place: None,
            is_untold: false,
        }
    }

    /// Removes changes that are older than an hour, a part of them at a time. Returns whether there are
    /// more. The last of them stays, and stands for all: whoever has not seen it yet has missed some.
    pub async fn remove_old_changes(&self) -> Result<bool, StoreError> {
        let (last, count): (Option<i64>, i64) = sqlx::query_as(self.dialect.old_changes())
            .bind(REMOVED_AT_ONCE)
            .fetch_one(&self.readers)
            .await?;
        let Some(last) = last.filter(|_| count > 1) else {
            return Ok(false);
        };
        let mut tx = self.begin().await?;
        for statement in [
            "UPDATE changes SET payment_id = 0 WHERE number = $1",
            "DELETE FROM changes WHERE number < $1",
        ] {
            sqlx::query(statement).bind(last).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(count == REMOVED_AT_ONCE)
    }
}

impl Feed {
    /// What has changed since the last look; all, where there was none or its place is lost. Other
    /// processes are told of what this one has changed.
    pub async fn look(&mut self, woken: Woken) -> Result<News, StoreError> {
        let looked = timeout(PATIENCE, self.try_to_look(woken)).await;
        let looked = looked.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into()).into()));
        if looked.is_err() {
            self.lose_place();
        }
        looked
    }

    fn lose_place(&mut self) {
        self.listener = None;
        self.place = None;
        // What this process has written since may not have been told.
        self.is_untold = true;
    }

    async fn try_to_look(&mut self, woken: Woken) -> Result<News, StoreError> {
        if self.listener.is_none() {
            self.listener = Listener::open(&self.store).await?;
        }
        let statement = self.store.dialect.changes();
        let rows: Vec<Row> = if let Some(listener) = &mut self.listener {
            let rows = sqlx::query_as(statement).bind(&self.place);
            rows.fetch_all(&mut listener.connection).await?
        } else {
            let rows = sqlx::query_as(statement).bind(&self.place);
            rows.fetch_all(&self.store.readers).await?
        };
        let mut news = News {
            all: self.place.is_none(),
            ..News::default()
        };
        for (place, payment, created_on) in rows {
            self.place = Some(place);
            let Some(payment) = payment else {
                continue;
            };
            self.is_untold = true;
            match created_on {
                _ if payment == 0 => news.all = true,
                // One that only a newer version knows, nobody here reads.
                Some(network) => news.created.extend(network.parse::<Network>()),
                None => {
                    news.changed.insert(row::id_from_db(payment)?);
                }
            }
        }
        if let Some(listener) = &mut self.listener
            && woken != Woken::ByAnother
            && self.is_untold
        {
            listener.notify().await?;
            self.is_untold = false;
        }
        Ok(news)
    }

    /// Waits until something may have changed.
    pub async fn wait(&mut self) -> Woken {
        let poll = if self.store.server.is_some() {
            SERVER_POLL
        } else {
            FILE_POLL
        };
        let told = async {
            match &mut self.listener {
                Some(listener) => listener.hears().await,
                None => pending().await,
            }
        };
        let woken = tokio::select! {
            () = self.store.commits.any() => Woken::ByThisProcess,
            woken = told => woken,
            () = sleep(poll) => Woken::ByTime,
        };
        if woken == Woken::ByLoss {
            self.lose_place();
        }
        woken
    }
}
