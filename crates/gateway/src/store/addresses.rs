//! Receiving addresses: given by the operator or derived from an account key, offered to new
//! payments, and watched for good.

use serde_json::json;
use usdt_protocol::{TronAddress, Usdt, UtcTime};
use usdt_tron::Network;

use super::audit_log::{self, Author, Change};
use super::row::{self, RowExt as _};
use super::writing::Writing;
use super::{Project, Store, StoreError};
use crate::addresses::AccountKey;
use crate::payments::ProjectId;

/// Each address is named in every question to the node.
pub(super) const MOST_ADDRESSES: i64 = 1_000;

/// One payment in so many at an address must be paid before the next address is derived.
const LEAST_PAID_IN: u64 = 10;

/// Why an address or an account key was not added, retired or restored: the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("there is no project {0}")]
    UnknownProject(ProjectId),
    #[error("the address {0} belongs to no project")]
    UnknownAddress(TronAddress),
    #[error("the address {0} belongs to another project already")]
    Taken(TronAddress),
    #[error("the project has the address {0} already")]
    GivenBefore(TronAddress),
    #[error("the account key belongs to another project already")]
    KeyTaken,
    #[error(
        "the project has an account key already: further addresses are derived from it as they are \
         needed"
    )]
    HasKey,
    #[error("a project has at most {MOST_ADDRESSES} addresses")]
    TooMany,
    #[error("project {0} is on another network than the address")]
    OtherNetwork(ProjectId),
    #[error(
        "payments hold an amount at the address {address}, the last of them until {until} UTC: retire it \
         now, and move it then"
    )]
    Held {
        address: TronAddress,
        until: UtcTime,
    },
    #[error("transfers to the address {0} wait for review: decide about them first")]
    InReview(TronAddress),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for AddressError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// An address as an operator sees it.
#[derive(Clone, Debug)]
pub struct ReceivingAddress {
    pub network: Network,
    pub address: TronAddress,
    pub project_id: ProjectId,
    /// Where it stands in the order of use.
    pub position: u64,
    /// The index below the account key, of an address that is derived.
    pub key_index: Option<u32>,
    /// Payments that hold an amount here, open or in quarantine.
    pub live_slots: u64,
    pub retired: bool,
    pub blacklisted: bool,
}

/// The addresses of a network at which money is ours.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    pub active: Vec<TronAddress>,
    /// Retired, and without an amount that is reserved for any payment.
    pub retired: Vec<TronAddress>,
}

impl Store {
    /// All addresses on a network to which a payment could come, retired ones too.
    pub async fn addresses(&self, network: Network) -> Result<Vec<TronAddress>, StoreError> {
        sqlx::query("SELECT address FROM addresses WHERE network = $1")
            .bind(network.as_str())
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| row.parsed("address"))
            .collect()
    }

    /// The same, apart by whether a payment can still come to them.
    pub async fn watched_addresses(&self, network: Network) -> Result<Watched, StoreError> {
        let rows = sqlx::query(
            "SELECT address, CASE WHEN retired = 1 AND NOT EXISTS
                 (SELECT 1 FROM slots s
                  WHERE s.network = a.network AND s.address = a.address AND s.released = 0)
                 THEN 1 ELSE 0 END AS is_retired
             FROM addresses a WHERE network = $1",
        )
        .bind(network.as_str())
        .fetch_all(&self.readers)
        .await?;
        let mut watched = Watched::default();
        for row in &rows {
            let kind = if row.integer("is_retired")? == 0 {
                &mut watched.active
            } else {
                &mut watched.retired
            };
            kind.push(row.parsed("address")?);
        }
        Ok(watched)
    }

    /// The addresses of one project or of all, in the order of their use.
    pub async fn list_addresses(
        &self,
        project: Option<ProjectId>,
    ) -> Result<Vec<ReceivingAddress>, StoreError> {
        sqlx::query(
            "SELECT a.*, (
                 SELECT count(*) FROM slots s
                 WHERE s.network = a.network AND s.address = a.address AND s.released = 0
             ) AS live_slots
             FROM addresses a WHERE $1 IS NULL OR project_id = $1 ORDER BY project_id, position",
        )
        .bind(project)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            Ok(ReceivingAddress {
                network: row.parsed("network")?,
                address: row.parsed("address")?,
                project_id: row.integer("project_id")?,
                position: row.unsigned("position")?,
                key_index: row
                    .optional_integer("key_index")?
                    .map(key_index)
                    .transpose()?,
                live_slots: row.unsigned("live_slots")?,
                retired: row.flag("retired")?,
                blacklisted: row.flag("blacklisted")?,
            })
        })
        .collect()
    }

    /// Adds addresses to a project: all of them or none.
    pub async fn add_addresses(
        &self,
        project: ProjectId,
        given: &[TronAddress],
        by: &Author,
    ) -> Result<(), AddressError> {
        let mut tx = self.begin().await?;
        let network = network_of(&mut tx, project).await?;
        for address in given {
            add_given(&mut tx, network, project, *address).await?;
        }
        let change = Change {
            project: Some(project),
            action: "address add",
            new: Some(json!({"addresses": given})),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a project its account key and derives the first addresses, which are returned.
    pub async fn add_account_key(
        &self,
        project: ProjectId,
        key: &AccountKey,
        count: u32,
        by: &Author,
    ) -> Result<Vec<TronAddress>, AddressError> {
        let mut tx = self.begin().await?;
        let network = network_of(&mut tx, project).await?;
        let derived = add_key(&mut tx, network, project, key, count).await?;
        let change = Change {
            project: Some(project),
            action: "address add",
            subject: Some("the account key".to_owned()),
            new: Some(json!({"addresses": derived})),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        tx.commit().await?;
        Ok(derived)
    }

    /// Stops or resumes offering an address to new payments. It is watched in any case. Returns
    /// the project that it belongs to; more than one where networks share it.
    pub async fn set_retired(
        &self,
        address: TronAddress,
        retired: bool,
        by: &Author,
    ) -> Result<Vec<ProjectId>, AddressError> {
        // In a transaction: no payment that is created later was offered a retired address.
        let mut tx = self.begin().await?;
        let before = sqlx::query("SELECT project_id, retired FROM addresses WHERE address = $1")
            .bind(address.to_string())
            .fetch_all(&mut *tx)
            .await?;
        if before.is_empty() {
            return Err(AddressError::UnknownAddress(address));
        }
        sqlx::query("UPDATE addresses SET retired = $1 WHERE address = $2")
            .bind(i64::from(retired))
            .bind(address.to_string())
            .execute(&mut *tx)
            .await?;
        let mut projects = Vec::with_capacity(before.len());
        for row in &before {
            let project = row.integer("project_id")?;
            projects.push(project);
            if row.flag("retired")? == retired {
                continue;
            }
            let change = Change {
                project: Some(project),
                action: if retired {
                    "address retire"
                } else {
                    "address restore"
                },
                subject: Some(address.to_string()),
                ..Change::default()
            };
            audit_log::note(&mut tx, by, change).await?;
        }
        tx.commit().await?;
        Ok(projects)
    }

    /// Gives an address at which no payment holds an amount to another project, as its last one. Returns
    /// the project that had it.
    pub async fn move_address(
        &self,
        address: TronAddress,
        to: ProjectId,
        by: &Author,
    ) -> Result<ProjectId, AddressError> {
        // Beside no other transaction: nobody reserves an amount there meanwhile.
        let mut tx = self.begin().await?;
        let network = network_of(&mut tx, to).await?;
        let owners = sqlx::query("SELECT network, project_id FROM addresses WHERE address = $1")
            .bind(address.to_string())
            .fetch_all(&mut *tx)
            .await?;
        if owners.is_empty() {
            return Err(AddressError::UnknownAddress(address));
        }
        let mut from: Option<ProjectId> = None;
        for owner in &owners {
            if owner.parsed::<Network>("network")? == network {
                from = Some(owner.integer("project_id")?);
            }
        }
        let from = from.ok_or(AddressError::OtherNetwork(to))?;
        if from == to {
            return Err(AddressError::GivenBefore(address));
        }
        require_idle(&mut tx, network, address).await?;
        let row = sqlx::query(LAST_POSITION)
            .bind(to)
            .fetch_one(&mut *tx)
            .await?;
        if row.integer("count")? >= MOST_ADDRESSES {
            return Err(AddressError::TooMany);
        }
        // An index below a key is one of its own project's key.
        sqlx::query(
            "UPDATE addresses SET project_id = $1, position = $2, key_index = NULL, retired = 0
             WHERE network = $3 AND address = $4",
        )
        .bind(to)
        .bind(row.integer("position")?)
        .bind(network.as_str())
        .bind(address.to_string())
        .execute(&mut *tx)
        .await?;
        for project in [from, to] {
            let change = Change {
                project: Some(project),
                action: "address move",
                subject: Some(address.to_string()),
                old: Some(json!({"app_id": from})),
                new: Some(json!({"app_id": to})),
            };
            audit_log::note(&mut tx, by, change).await?;
        }
        tx.commit().await?;
        Ok(from)
    }
}

/// Refuses an address at which anything of its project's is still open.
async fn require_idle(
    tx: &mut Writing,
    network: Network,
    address: TronAddress,
) -> Result<(), AddressError> {
    let row = sqlx::query(
        "SELECT max(held_until) AS until FROM slots
         WHERE network = $1 AND address = $2 AND released = 0",
    )
    .bind(network.as_str())
    .bind(address.to_string())
    .fetch_one(&mut **tx)
    .await?;
    if let Some(until) = row.optional_integer("until")? {
        return Err(AddressError::Held {
            address,
            until: UtcTime::from_millis(until),
        });
    }
    let waiting = sqlx::query(
        "SELECT 1 FROM transfers
         WHERE network = $1 AND recipient = $2 AND outcome = 'review'
             AND review_reason <> 'dust' LIMIT 1",
    )
    .bind(network.as_str())
    .bind(address.to_string())
    .fetch_optional(&mut **tx)
    .await?;
    match waiting {
        Some(_) => Err(AddressError::InReview(address)),
        None => Ok(()),
    }
}

/// How many addresses a project has, and the place behind them.
const LAST_POSITION: &str = "SELECT count(*) AS count, coalesce(max(position) + 1, 0) AS position
     FROM addresses WHERE project_id = $1";

/// The addresses that new payments may be given, in the order of their use.
pub(super) async fn offered(
    tx: &mut Writing,
    project: ProjectId,
) -> Result<Vec<TronAddress>, StoreError> {
    sqlx::query(
        "SELECT address FROM addresses
         WHERE project_id = $1 AND retired = 0 AND blacklisted = 0 ORDER BY position",
    )
    .bind(project)
    .fetch_all(&mut **tx)
    .await?
    .iter()
    .map(|row| row.parsed("address"))
    .collect()
}

/// Whether a project gets its addresses by itself.
pub(super) async fn has_key(tx: &mut Writing, project: ProjectId) -> Result<bool, StoreError> {
    let key = sqlx::query("SELECT 1 FROM account_keys WHERE project_id = $1")
        .bind(project)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(key.is_some())
}

/// Whether the payments that fill a range of amounts at the last of a project's addresses are
/// paid, or a fair part of them: shops see many that nobody pays. Where no address is
/// offered, nothing speaks against another one.
pub(super) async fn is_paid_at(
    tx: &mut Writing,
    project: &Project,
    offered_last: Option<TronAddress>,
    (least, most): (Usdt, Usdt),
) -> Result<bool, StoreError> {
    let Some(address) = offered_last else {
        return Ok(true);
    };
    let row = sqlx::query(
        "SELECT count(*) AS live, count(p.paid_at) AS paid
         FROM slots s JOIN payments p ON p.id = s.payment_id
         WHERE s.network = $1 AND s.address = $2 AND s.released = 0 AND s.amount BETWEEN $3 AND $4",
    )
    .bind(project.network.as_str())
    .bind(address.to_string())
    .bind(row::amount_to_db(least))
    .bind(row::amount_to_db(most))
    .fetch_one(&mut **tx)
    .await?;
    let (live, paid) = (row.unsigned("live")?, row.unsigned("paid")?);
    Ok(paid.saturating_mul(LEAST_PAID_IN) >= live)
}

/// Derives a project's next address, if it has an account key and room for one more.
pub(super) async fn grow(
    tx: &mut Writing,
    project: &Project,
) -> Result<Option<TronAddress>, StoreError> {
    let row = sqlx::query("SELECT xpub FROM account_keys WHERE project_id = $1")
        .bind(project.id)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    match derive(tx, project.network, project.id, &row.parsed("xpub")?).await {
        Ok(address) => Ok(Some(address)),
        Err(AddressError::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Adds an address that the operator gave.
pub(super) async fn add_given(
    tx: &mut Writing,
    network: Network,
    project: ProjectId,
    address: TronAddress,
) -> Result<(), AddressError> {
    if insert(tx, network, project, address, None).await? {
        return Ok(());
    }
    let owner = sqlx::query("SELECT project_id FROM addresses WHERE network = $1 AND address = $2")
        .bind(network.as_str())
        .bind(address.to_string())
        .fetch_one(&mut **tx)
        .await?;
    Err(if owner.integer("project_id")? == project {
        AddressError::GivenBefore(address)
    } else {
        AddressError::Taken(address)
    })
}

/// Gives a project its account key and derives the first addresses.
pub(super) async fn add_key(
    tx: &mut Writing,
    network: Network,
    project: ProjectId,
    key: &AccountKey,
    count: u32,
) -> Result<Vec<TronAddress>, AddressError> {
    let inserted = sqlx::query(
        "INSERT INTO account_keys (project_id, xpub) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(project)
    .bind(key.as_str())
    .execute(&mut **tx)
    .await?;
    if inserted.rows_affected() == 0 {
        let own = sqlx::query("SELECT 1 FROM account_keys WHERE project_id = $1")
            .bind(project)
            .fetch_optional(&mut **tx)
            .await?;
        return Err(match own {
            Some(_) => AddressError::HasKey,
            None => AddressError::KeyTaken,
        });
    }
    let mut derived = Vec::new();
    for _ in 0..count {
        derived.push(derive(tx, network, project, key).await?);
    }
    Ok(derived)
}

/// Adds the next address of the project's key. One that is known already, of this project or of
/// another, is skipped.
async fn derive(
    tx: &mut Writing,
    network: Network,
    project: ProjectId,
    key: &AccountKey,
) -> Result<TronAddress, AddressError> {
    let next = sqlx::query("SELECT next_index FROM account_keys WHERE project_id = $1")
        .bind(project)
        .fetch_one(&mut **tx)
        .await?;
    let mut index = key_index(next.integer("next_index")?)?;
    loop {
        let address = key
            .address(index)
            .ok_or(StoreError::Corrupt("next_index"))?;
        let is_new = offer_in_turn(tx, project, index).await?
            || insert(tx, network, project, address, Some(index)).await?;
        index += 1;
        if is_new {
            sqlx::query("UPDATE account_keys SET next_index = $1 WHERE project_id = $2")
                .bind(i64::from(index))
                .bind(project)
                .execute(&mut **tx)
                .await?;
            return Ok(address);
        }
    }
}

/// Watches the next addresses of every account key, without offering them: they are offered in
/// their turn.
pub(super) async fn watch_ahead(tx: &mut Writing, count: u32) -> Result<(), StoreError> {
    let keys = sqlx::query(
        "SELECT k.project_id, k.xpub, k.next_index, j.network
         FROM account_keys k JOIN projects j ON j.id = k.project_id",
    )
    .fetch_all(&mut **tx)
    .await?;
    for row in keys {
        let (network, project) = (row.parsed("network")?, row.integer("project_id")?);
        let key: AccountKey = row.parsed("xpub")?;
        let next = key_index(row.integer("next_index")?)?;
        for index in next..next.saturating_add(count) {
            let address = key
                .address(index)
                .ok_or(StoreError::Corrupt("next_index"))?;
            match insert(tx, network, project, address, Some(index)).await {
                Ok(_) | Err(AddressError::TooMany) => {}
                Err(AddressError::Store(error)) => return Err(error),
                Err(_) => return Err(StoreError::Corrupt("address")),
            }
        }
        sqlx::query("UPDATE addresses SET retired = 1 WHERE project_id = $1 AND key_index >= $2")
            .bind(project)
            .bind(i64::from(next))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Offers an address that was watched ahead of its turn; `false` where it was not.
async fn offer_in_turn(
    tx: &mut Writing,
    project: ProjectId,
    index: u32,
) -> Result<bool, StoreError> {
    let offered =
        sqlx::query("UPDATE addresses SET retired = 0 WHERE project_id = $1 AND key_index = $2")
            .bind(project)
            .bind(i64::from(index))
            .execute(&mut **tx)
            .await?;
    Ok(offered.rows_affected() > 0)
}

/// Whether the address was added: not if any project on the network has it.
async fn insert(
    tx: &mut Writing,
    network: Network,
    project: ProjectId,
    address: TronAddress,
    key_index: Option<u32>,
) -> Result<bool, AddressError> {
    let row = sqlx::query(LAST_POSITION)
        .bind(project)
        .fetch_one(&mut **tx)
        .await?;
    if row.integer("count")? >= MOST_ADDRESSES {
        return Err(AddressError::TooMany);
    }
    let inserted = sqlx::query(
        "INSERT INTO addresses (network, address, project_id, position, key_index, watched_from)
         VALUES ($1, $2, $3, $4, $5,
             coalesce((SELECT block_time FROM cursors WHERE network = $1), 0))
         ON CONFLICT (network, address) DO NOTHING",
    )
    .bind(network.as_str())
    .bind(address.to_string())
    .bind(project)
    .bind(row.integer("position")?)
    .bind(key_index.map(i64::from))
    .execute(&mut **tx)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

async fn network_of(tx: &mut Writing, project: ProjectId) -> Result<Network, AddressError> {
    let row = sqlx::query("SELECT network FROM projects WHERE id = $1")
        .bind(project)
        .fetch_optional(&mut **tx)
        .await?
        .ok_or(AddressError::UnknownProject(project))?;
    Ok(row.parsed("network")?)
}

fn key_index(stored: i64) -> Result<u32, StoreError> {
    stored
        .try_into()
        .map_err(|_| StoreError::Corrupt("key_index"))
}
