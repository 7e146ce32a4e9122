//! The database: every read and write, and the transactions that keep money whole.
//!
//! One text for each statement, which SQLite and PostgreSQL both understand; `dialect` holds those
//! few that differ, side by side. What only a file has is in `sqlite` and `file`.

mod addresses;
mod alarms;
mod arrivals;
mod assets;
mod audit;
mod audit_log;
mod brands;
mod cancellations;
mod circumstances;
mod concerns;
mod create_group;
mod dialect;
mod feed;
mod figures;
mod file;
mod form;
mod gateways;
mod given_answers;
mod keys;
mod leaders;
mod leases;
mod ledger;
mod lineage;
mod listing;
mod mark;
mod metadata;
mod milestones;
mod node_requests;
mod notices;
mod origins;
mod payment_search;
mod payments;
mod postgres;
mod prices;
mod project_reviews;
mod projects;
mod queues;
mod relocation;
mod review_links;
mod reviews;
mod row;
mod settings;
mod slots;
mod sqlite;
mod standing;
mod webhook_log;
mod webhooks;
mod write_times;
mod writing;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use sqlx::AnyPool;
use sqlx::sqlite::SqliteError;
use usdt_tron::Network;

pub use self::addresses::{AddressError, ReceivingAddress};
pub use self::alarms::{Alarm, AlarmKind, PriceSubject};
pub use self::audit::{AuditedAddress, Balance, LastBalance, RecordedTransaction};
pub use self::audit_log::{AuditEntry, Author, Decision};
pub use self::cancellations::{CancelError, Cancellation};
use self::create_group::CreateLines;
use self::dialect::Dialect;
pub use self::feed::{Feed, Woken};
pub use self::figures::Figures;
pub use self::file::{Check, Sizes, companions, is_backup, mark_as_backup, moved, unmark, wal};
pub use self::form::{Form, Update};
pub use self::gateways::{Beat, Gateway, Identity};
pub use self::given_answers::{GivenAnswer, Named, NamedCall};
pub use self::keys::{KeyError, KeyHolder, ListedKey, NewKey, Revoked};
use self::leaders::Fence;
pub use self::leaders::{LAPSES_AFTER, Lead, Term};
pub use self::leases::{Leases, LiveLease};
pub use self::ledger::{Cursor, Detector, Recorded, SeenTransfer};
pub use self::lineage::Restoration;
pub use self::listing::{Direction, Page};
use self::mark::Mark;
pub use self::node_requests::{NodeRequests, requests_on};
pub use self::payment_search::PaymentFilter;
pub use self::payments::{CreateError, Created};
pub use self::postgres::DatabaseLock;
pub use self::projects::{NewProject, Project, Rotation};
pub use self::queues::Queue;
pub use self::relocation::Relocation;
pub use self::reviews::{
    Outcome, RecordedTransfer, ReviewAction, ReviewError, ReviewFilter, TransferId, terms,
};
pub use self::settings::{ProjectSettings, Settings};
pub use self::sqlite::{file, mark, newest_migration, require_gateway};
pub use self::standing::Standing;
pub use self::webhook_log::{EventState, ResendError, WebhookEvent, WebhookFilter};
pub use self::webhooks::{Attempt, DueEvent, DueProject};
use self::write_times::WriteTimes;
use self::writing::{Lock, Writing};
use crate::commits::Commits;
use crate::config::DatabaseUrl;

/// The database refuses, fails, or holds what this gateway never writes.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database fails: {0}")]
    Database(#[from] sqlx::Error),
    /// Of a server, when the connection breaks after it was told to commit.
    #[error(
        "the connection to the database broke before the server had said whether the change is made, \
         which it may be or not: {0}"
    )]
    Unanswered(#[source] sqlx::Error),
    #[error("the database cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("the database holds a wrong {0}")]
    Corrupt(&'static str),
    #[error("a webhook cannot be written: {0}")]
    Webhook(#[from] serde_json::Error),
    #[error("{0} exists already")]
    Exists(PathBuf),
    #[error(
        "the database {file} is damaged ({finding}): put a backup in its place with `usdt-gateway \
         restore`"
    )]
    Damaged {
        file: PathBuf,
        /// What SQLite says of it.
        finding: String,
    },
    #[error("{0} is not the database of a gateway")]
    Foreign(PathBuf),
    #[error(
        "the database {0} was changed by a newer version, and is not for this one: use that one"
    )]
    Newer(String),
    #[error(
        "gateways or commands of an older version work on the database {0}, and could not go on once \
         it is up to date: stop them first; nothing was changed"
    )]
    OlderRuns(String),
    #[error(
        "the database {0} cannot be brought up to date while something else, such as a dump, holds \
         one of its tables: try again later"
    )]
    Busy(String),
    #[error(
        "no gateway lives in the database {0}: make a new one with `usdt-gateway init --config FILE`"
    )]
    NoGateway(String),
    #[error("a gateway lives in the database {0} already: nothing was changed")]
    Taken(String),
    #[error("a gateway runs on the database {0}, or a command changes it: wait for its end")]
    InUse(String),
    #[error(
        "a command has taken the database {0} while it was out of reach: the gateway ends, to be started \
         again"
    )]
    LockLost(String),
    #[error(
        "the database {0} has not answered for 10 seconds: the gateway ends, to be started again"
    )]
    Silent(String),
    #[error("another gateway reads {0} by now: this one writes nothing of it any more")]
    Deposed(Network),
    #[error("the database {0} must be made with the encoding UTF8")]
    NotUtf8(String),
    #[error(
        "the database {0} is older than what this gateway has answered: it comes from a backup, or \
         its gateway.sqlite-wal was removed. Run `usdt-gateway restored` before the gateway starts, \
         so that no amount is given out twice"
    )]
    Behind(PathBuf),
    #[error(
        "the row of {table} with {key} has the character U+0000 in {column}, which PostgreSQL does \
         not take: put another one in its place, and run this again"
    )]
    Nul {
        table: &'static str,
        /// The columns of its key, and what they hold.
        key: String,
        column: String,
    },
    #[error("PostgreSQL does not take what {0} holds, and nothing was moved: {1}")]
    Refused(&'static str, #[source] sqlx::Error),
    #[error("PostgreSQL gives {0} back other than it was sent, and nothing was moved")]
    Unequal(&'static str),
    #[error("{0} cannot be read or written: {1}")]
    File(PathBuf, #[source] io::Error),
    /// What ended a transaction that several had a part in.
    #[error(transparent)]
    Shared(Arc<Self>),
}

impl StoreError {
    /// Whether the database itself is damaged: SQLite's CORRUPT or NOTADB, in any of their kinds, or
    /// PostgreSQL's `data_corrupted` or `index_corrupted`.
    fn is_damage(&self) -> bool {
        const CORRUPT: u32 = 11;
        const NOT_A_DATABASE: u32 = 26;
        let error = match self {
            Self::Database(sqlx::Error::Database(error)) => error,
            Self::Damaged { .. } => return true,
            Self::Shared(error) => return error.is_damage(),
            _ => return false,
        };
        let code = error.code();
        let code = code.as_deref();
        if error.try_downcast_ref::<SqliteError>().is_some() {
            code.and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| matches!(code & 0xff, CORRUPT | NOT_A_DATABASE))
        } else {
            matches!(code, Some("XX001" | "XX002"))
        }
    }

    /// Of a commit that did not succeed. What the server refuses is not made; all else is not known.
    fn of_commit(error: sqlx::Error) -> Self {
        match Self::from(error) {
            error if !error.is_outage() => error,
            Self::Database(cause) => Self::Unanswered(cause),
            error => error,
        }
    }

    /// Whether the database cannot be reached now, and may be later.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unanswered(_)
            | Self::Database(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut) => true,
            // It starts, stops, or has no place for another connection.
            Self::Database(sqlx::Error::Database(error)) => error
                .code()
                .is_some_and(|code| code.starts_with("57P") || code == "53300"),
            Self::Shared(error) => error.is_outage(),
            _ => false,
        }
    }
}

/// The gateway's database.
#[derive(Clone, Debug)]
pub struct Store {
    readers: AnyPool,
    writer: AnyPool,
    dialect: Dialect,
    /// Where the database is, unless that is a file.
    server: Option<DatabaseUrl>,
    commits: Commits,
    creates: CreateLines,
    write_times: WriteTimes,
    /// Only of a database that is a file.
    mark: Option<Mark>,
    data_dir: Arc<Path>,
    /// What was found wrong with the file since it was opened.
    damage: Arc<OnceLock<String>>,
    /// Of a leader's own handle.
    fence: Option<Fence>,
}

impl Store {
    /// Begins a transaction beside which nothing else is written, so that what it reads stays true
    /// until it commits.
    async fn begin(&self) -> Result<Writing, StoreError> {
        Writing::begin(self, Lock::All).await
    }

    /// Whether the database can be written now: by a write, since a disk that is full lets a
    /// transaction begin. On a file it waits for whoever writes. On a server only for who counts a write at
    /// this moment, so that one gateway that is stopped within a transaction makes no other one unready.
    pub async fn try_writing(&self) -> Result<(), StoreError> {
        let mut tx = Writing::begin(self, Lock::Nothing).await?;
        tx.count().await?;
        tx.commit().await
    }

    /// Looks at a failure of the database. One that shows a damaged file is remembered until the
    /// process ends: nothing that is read from it can be trusted.
    pub fn observe(&self, error: &StoreError) {
        if error.is_damage() && self.damage.set(error.to_string()).is_ok() {
            tracing::error!(%error, "the database is damaged: no payment is created any more");
        }
    }

    /// What was found wrong with the database file, if anything was.
    pub fn damage(&self) -> Option<&str> {
        self.damage.get().map(String::as_str)
    }

    pub const fn write_times(&self) -> &WriteTimes {
        &self.write_times
    }

    /// What this process commits.
    pub fn commits(&self) -> Commits {
        self.commits.clone()
    }

    /// Brings the mark to the disk.
    pub fn sync_mark(&self) -> io::Result<()> {
        self.mark.as_ref().map_or(Ok(()), Mark::sync)
    }

    /// Finishes what is under way and closes all connections.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        if let Err(error) = self.sync_mark() {
            tracing::error!(%error, "the mark beside the database cannot be written");
        }
    }
}
