//! Alarms: what an operator must look at, open until it is over or somebody has cleared it.

use std::fmt;
use std::str::FromStr;

use serde_json::json;
use usdt_protocol::{Usdt, UtcTime};
use usdt_tron::Network;

use super::audit_log::{self, Author, Change};
use super::row::RowExt as _;
use super::{Store, StoreError};
use crate::payments::ProjectId;

/// What an alarm is about. docs/operate.md says what each means and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// The chain has not been read for minutes.
    ChainDelayed,
    /// A node's index of logs lacks what its receipts show.
    SourceUnsound,
    /// A check of the second opinion has not succeeded for long.
    AuditStalled,
    /// The watcher did not find a transfer that the indexer lists.
    MissedByWatcher,
    /// The indexer does not list transfers to an address that are recorded.
    UnknownToIndexer,
    /// A transfer that is recorded has no receipt that proves it any more.
    Unproven,
    /// An address holds more or less than its transfers add up to.
    BalanceDiffers,
    TokenPaused,
    TokenDeprecated,
    /// The token keeps a fee of each transfer.
    TokenTakesFee,
    /// The token's contract has frozen an address of ours.
    AddressBlacklisted,
    /// Most of the unique amounts for one price are taken at a project's addresses.
    AmountsRunLow,
    /// A node's daily limit of requests would not last until the day's end.
    QuotaLow,
    /// The disk of the data folder is nearly full.
    DiskLow,
    /// The write-ahead log grows, since another program reads an old state.
    WalLong,
    /// The database file is not sound.
    DatabaseDamaged,
    /// The proxy's header does not say who the clients are.
    ClientAddressUnreadable,
    /// No gateway reads a network, though some run.
    NoLeader,
    /// The clock of a gateway's machine is not that of the database's.
    ClockDiffers,
}

impl AlarmKind {
    const ALL: [Self; 19] = [
        Self::ChainDelayed,
        Self::SourceUnsound,
        Self::AuditStalled,
        Self::MissedByWatcher,
        Self::UnknownToIndexer,
        Self::Unproven,
        Self::BalanceDiffers,
        Self::TokenPaused,
        Self::TokenDeprecated,
        Self::TokenTakesFee,
        Self::AddressBlacklisted,
        Self::AmountsRunLow,
        Self::QuotaLow,
        Self::DiskLow,
        Self::WalLong,
        Self::DatabaseDamaged,
        Self::ClientAddressUnreadable,
        Self::NoLeader,
        Self::ClockDiffers,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChainDelayed => "chain_delayed",
            Self::SourceUnsound => "source_unsound",
            Self::AuditStalled => "audit_stalled",
            Self::MissedByWatcher => "missed_by_watcher",
            Self::UnknownToIndexer => "unknown_to_indexer",
            Self::Unproven => "unproven",
            Self::BalanceDiffers => "balance_differs",
            Self::TokenPaused => "token_paused",
            Self::TokenDeprecated => "token_deprecated",
            Self::TokenTakesFee => "token_takes_fee",
            Self::AddressBlacklisted => "address_blacklisted",
            Self::AmountsRunLow => "amounts_run_low",
            Self::QuotaLow => "quota_low",
            Self::DiskLow => "disk_low",
            Self::WalLong => "wal_long",
            Self::DatabaseDamaged => "database_damaged",
            Self::ClientAddressUnreadable => "client_address_unreadable",
            Self::NoLeader => "no_leader",
            Self::ClockDiffers => "clock_differs",
        }
    }
}

/// What [`AlarmKind::AmountsRunLow`] is about: the prices of projects, written `1/50.00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceSubject {
    pub project: ProjectId,
    pub price: Usdt,
}

impl fmt::Display for PriceSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.project, self.price)
    }
}

impl FromStr for PriceSubject {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        text.split_once('/')
            .and_then(|(project, price)| {
                Some(Self {
                    project: project.parse().ok()?,
                    price: price.parse().ok()?,
                })
            })
            .ok_or(StoreError::Corrupt("subject"))
    }
}

impl fmt::Display for AlarmKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What stands in the place of a network where an alarm is about the gateway itself.
const GATEWAY: &str = "gateway";

fn scope(network: Option<Network>) -> &'static str {
    network.map_or(GATEWAY, Network::as_str)
}

/// An alarm that is open.
#[derive(Clone, Debug)]
pub struct Alarm {
    pub id: i64,
    /// The network that it is of; `None` where it is about the gateway itself.
    pub network: Option<Network>,
    pub kind: AlarmKind,
    /// A transaction, an address or a check.
    pub subject: String,
    pub detail: String,
    pub raised_at: UtcTime,
}

impl Alarm {
    /// The network that it is of, or `gateway`.
    pub fn scope(&self) -> &'static str {
        scope(self.network)
    }
}

impl Store {
    /// Opens an alarm unless it is open already, and tells the log.
    pub async fn raise(
        &self,
        network: Option<Network>,
        kind: AlarmKind,
        subject: &str,
        detail: &str,
        now: UtcTime,
    ) -> Result<(), StoreError> {
        // Asked first, since most alarms that are raised are open already.
        if self.open_detail(network, kind, subject).await?.is_some() {
            return Ok(());
        }
        let raised = self.write(sqlx::query(
            "INSERT INTO alarms (network, kind, subject, detail, raised_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
        )
        .bind(scope(network))
        .bind(kind.as_str())
        .bind(subject)
        .bind(detail)
        .bind(now.millis())).await?;
        if raised > 0 {
            tracing::error!(network = scope(network), alarm = %kind, subject, detail, "alarm");
        }
        Ok(())
    }

    /// Closes an alarm whose cause is over.
    async fn clear(
        &self,
        network: Option<Network>,
        kind: AlarmKind,
        subject: &str,
        now: UtcTime,
    ) -> Result<(), StoreError> {
        if self.open_detail(network, kind, subject).await?.is_none() {
            return Ok(());
        }
        let cleared = self
            .write(
                sqlx::query(
                    "UPDATE alarms SET cleared_at = $1
             WHERE network = $2 AND kind = $3 AND subject = $4 AND cleared_at IS NULL",
                )
                .bind(now.millis())
                .bind(scope(network))
                .bind(kind.as_str())
                .bind(subject),
            )
            .await?;
        if cleared > 0 {
            tracing::info!(network = scope(network), alarm = %kind, subject, "alarm over");
        }
        Ok(())
    }

    /// Opens or closes an alarm by whether its cause is there. One that is open keeps the newest
    /// detail.
    pub async fn set_alarm(
        &self,
        network: Option<Network>,
        kind: AlarmKind,
        subject: &str,
        cause: Option<&str>,
        now: UtcTime,
    ) -> Result<(), StoreError> {
        let Some(detail) = cause else {
            return self.clear(network, kind, subject, now).await;
        };
        match self.open_detail(network, kind, subject).await? {
            None => self.raise(network, kind, subject, detail, now).await,
            Some(known) if known == detail => Ok(()),
            Some(_) => {
                self.write(
                    sqlx::query(
                        "UPDATE alarms SET detail = $1
                     WHERE network = $2 AND kind = $3 AND subject = $4 AND cleared_at IS NULL",
                    )
                    .bind(detail)
                    .bind(scope(network))
                    .bind(kind.as_str())
                    .bind(subject),
                )
                .await?;
                Ok(())
            }
        }
    }

    /// The detail of an alarm; `None` where it is not open.
    async fn open_detail(
        &self,
        network: Option<Network>,
        kind: AlarmKind,
        subject: &str,
    ) -> Result<Option<String>, StoreError> {
        sqlx::query(
            "SELECT detail FROM alarms
             WHERE network = $1 AND kind = $2 AND subject = $3 AND cleared_at IS NULL",
        )
        .bind(scope(network))
        .bind(kind.as_str())
        .bind(subject)
        .fetch_optional(&self.readers)
        .await?
        .map(|row| row.text("detail"))
        .transpose()
    }

    /// The open alarms, oldest first.
    pub async fn open_alarms(&self) -> Result<Vec<Alarm>, StoreError> {
        sqlx::query(
            "SELECT id, network, kind, subject, detail, raised_at FROM alarms
             WHERE cleared_at IS NULL ORDER BY raised_at, id",
        )
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            let kind = row.text("kind")?;
            Ok(Alarm {
                id: row.integer("id")?,
                network: match row.text("network")?.as_str() {
                    GATEWAY => None,
                    _ => Some(row.parsed("network")?),
                },
                kind: AlarmKind::ALL
                    .into_iter()
                    .find(|known| known.as_str() == kind)
                    .ok_or(StoreError::Corrupt("kind"))?,
                subject: row.text("subject")?,
                detail: row.text("detail")?,
                raised_at: row.time("raised_at")?,
            })
        })
        .collect()
    }

    /// Closes an alarm that an operator has dealt with; `false` where none of this ID is open.
    pub async fn clear_by_id(&self, id: i64, by: &Author) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let cleared = sqlx::query(
            "UPDATE alarms SET cleared_at = $1 WHERE id = $2 AND cleared_at IS NULL
             RETURNING network, kind, subject",
        )
        .bind(by.now.millis())
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = cleared else {
            tx.roll_back().await?;
            return Ok(false);
        };
        let change = Change {
            action: "alarm clear",
            subject: Some(id.to_string()),
            old: Some(json!({
                "network": row.text("network")?,
                "kind": row.text("kind")?,
                "subject": row.text("subject")?,
            })),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        tx.commit().await?;
        Ok(true)
    }
}
