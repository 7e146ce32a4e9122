//! Which gateway reads each network, where several work on one PostgreSQL.
//!
//! A lease, since a session's lock stays with a process that is stopped and whose connection lives. All
//! times are of the database's clock, so that no two machines' clocks are compared. Whoever leads has a
//! term of its own, which its writes hold: see [`Fence`].
//!
//! What is written here takes none of the few connections on which others wait for a lock: a leader that
//! had to wait behind them would lose its lease in the middle of its work.

use std::time::Duration;

use usdt_tron::Network;

use super::row::RowExt as _;
use super::{Store, StoreError};

/// A lease that was not renewed for so long is anybody's. So is one from so far in the future: the
/// database's clock was put back, and whoever lives renews it by the new time.
pub const LAPSES_AFTER: Duration = Duration::from_secs(6);

/// One gateway's time as the leader of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    fence: Fence,
    holder: String,
}

/// What the writes of a leader rest on: that its term has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fence {
    pub network: Network,
    pub term: i64,
}

/// How it stands with a network's lease.
#[derive(Clone, Debug)]
pub struct Lead {
    pub network: String,
    /// `None` where it was given up.
    pub holder: Option<String>,
    /// How long ago it was renewed.
    pub age: Duration,
    /// What the leader tells of itself.
    pub health: Option<String>,
}

impl Lead {
    /// Whether another gateway may take it.
    pub fn is_free(&self) -> bool {
        self.holder.is_none() || self.age > LAPSES_AFTER
    }
}

impl Store {
    /// A handle that writes only while the term lasts.
    #[must_use]
    pub fn fenced(&self, term: &Term) -> Self {
        Self {
            fence: Some(term.fence),
            ..self.clone()
        }
    }

    /// How it stands with each network's lease.
    pub async fn leads(&self) -> Result<Vec<Lead>, StoreError> {
        sqlx::query(
            "SELECT network, holder, health, abs(clock_millis() - beat) AS age
             FROM leaders ORDER BY network",
        )
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            let age = u64::try_from(row.integer("age")?).unwrap_or(0);
            Ok(Lead {
                network: row.text("network")?,
                holder: row.optional_text("holder")?,
                age: Duration::from_millis(age),
                health: row.optional_text("health")?,
            })
        })
        .collect()
    }

    /// Begins a term if the network's lease is free. Waits for what the last leader is writing.
    pub async fn begin_term(
        &self,
        network: Network,
        holder: &str,
    ) -> Result<Option<Term>, StoreError> {
        let lapses_after = i64::try_from(LAPSES_AFTER.as_millis()).unwrap_or(i64::MAX);
        let begun = sqlx::query(
            "INSERT INTO leaders (network, term, holder, beat)
             VALUES ($1, 1, $2, clock_millis())
             ON CONFLICT (network) DO UPDATE SET term = leaders.term + 1, holder = $2,
                 beat = clock_millis()
             WHERE leaders.holder IS NULL OR abs(clock_millis() - leaders.beat) > $3
             RETURNING term",
        )
        .bind(network.as_str())
        .bind(holder)
        .bind(lapses_after)
        .fetch_optional(&self.readers)
        .await?;
        begun
            .map(|row| {
                Ok(Term {
                    fence: Fence {
                        network,
                        term: row.integer("term")?,
                    },
                    holder: holder.to_owned(),
                })
            })
            .transpose()
    }

    /// Renews the lease, and tells how well the network is read. `false` where the term is over.
    pub async fn renew_term(&self, term: &Term, health: &str) -> Result<bool, StoreError> {
        let renewed = sqlx::query(
            "UPDATE leaders
             SET beat = clock_millis(), health = $4
             WHERE network = $1 AND term = $2 AND holder = $3",
        )
        .bind(term.fence.network.as_str())
        .bind(term.fence.term)
        .bind(&term.holder)
        .bind(health)
        .execute(&self.readers)
        .await?;
        Ok(renewed.rows_affected() > 0)
    }

    /// Gives the lease up, so that another gateway takes it at once.
    pub async fn end_term(&self, term: &Term) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE leaders SET holder = NULL WHERE network = $1 AND term = $2 AND holder = $3",
        )
        .bind(term.fence.network.as_str())
        .bind(term.fence.term)
        .bind(&term.holder)
        .execute(&self.readers)
        .await?;
        Ok(())
    }
}
