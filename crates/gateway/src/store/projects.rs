//! Projects: a merchant's keys, addresses and settings.

use std::time::Duration;

use serde_json::json;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use url::Url;
use usdt_protocol::{TronAddress, UtcTime};
use usdt_tron::Network;

use super::audit_log::{self, Author, Change};
use super::row::{self, RowExt as _, seconds};
use super::settings::without_path;
use super::{AddressError, Store, StoreError, addresses, origins};
use crate::addresses::AccountKey;
use crate::embedders::Embedders;
use crate::payments::slot::MostAddition;
use crate::payments::{LatePolicy, ProjectId};
use crate::secrets::{ApiKey, SealedSecrets};

/// A project as it is added.
#[derive(Clone, Debug)]
pub struct NewProject {
    pub name: String,
    pub network: Network,
    /// Test projects live on a simulated chain and may use plain http.
    pub test: bool,
    pub api_key: ApiKey,
    pub sealed_secret: Vec<u8>,
    pub webhook_url: Option<Url>,
    pub late_policy: LatePolicy,
    /// How long a payer has.
    pub window: Duration,
    /// How long an amount stays reserved after the window.
    pub quarantine: Duration,
    /// The most that is added to a price.
    pub most_addition: MostAddition,
    /// The merchant's own receiving addresses, in the order of their use.
    pub addresses: Vec<TronAddress>,
    /// The key from which further addresses are derived, the first of them at once.
    pub account_key: Option<AccountKey>,
    /// The sites that may show its payments.
    pub embedders: Embedders,
}

/// A statement that reads whole projects as `j`, by name: a statement with `*` that a program has prepared
/// on PostgreSQL fails once a newer version has added a column.
macro_rules! projects {
    ($rest:literal) => {
        projects!("", $rest)
    };
    ($also:literal, $rest:literal) => {
        concat!(
            "SELECT j.id, j.name, j.network, j.test, j.api_key, j.sealed_secret, j.webhook_url,
                 j.late_policy, j.window_seconds, j.quarantine_seconds, j.most_addition,
                 j.show_description, j.created_at, r.next_secret, r.ends_at,
                 (SELECT count(*) FROM disabled_projects WHERE project_id = j.id) AS disabled,
                 (SELECT count(*) FROM operator_reviews WHERE project_id = j.id)
                     AS operator_reviews",
            $also,
            " FROM projects j LEFT JOIN rotations r ON r.project_id = j.id ",
            $rest
        )
    };
}
pub(super) use projects;

/// A project as it is kept. Its secrets are sealed.
#[derive(Clone, Debug)]
pub struct Project {
    pub id: ProjectId,
    pub network: Network,
    pub test: bool,
    pub api_key: ApiKey,
    pub sealed_secret: Vec<u8>,
    /// While its secret is rotated.
    pub rotation: Option<Rotation>,
    /// It gets no new payments.
    pub disabled: bool,
    /// It decides itself about transfers in review, beside the operator.
    pub project_reviews: bool,
    pub webhook_url: Option<Url>,
    pub window: Duration,
    pub quarantine: Duration,
    pub most_addition: MostAddition,
}

/// A secret that is valid beside another one, and takes its place.
#[derive(Clone, Debug)]
pub struct Rotation {
    pub sealed_secret: Vec<u8>,
    /// When the other one is valid no more.
    pub ends_at: UtcTime,
}

impl Project {
    /// The secrets of its own key that are valid at a time.
    pub fn sealed_secrets(&self, now: UtcTime) -> SealedSecrets {
        let (signing, next) = match &self.rotation {
            None => (&self.sealed_secret, None),
            Some(rotation) if now >= rotation.ends_at => (&rotation.sealed_secret, None),
            Some(rotation) => (&self.sealed_secret, Some(rotation.sealed_secret.clone())),
        };
        SealedSecrets {
            signing: signing.clone(),
            next,
        }
    }
}

impl Store {
    /// Adds a project with its addresses, none of which another project may have.
    pub async fn add_project(
        &self,
        project: &NewProject,
        by: &Author,
    ) -> Result<ProjectId, AddressError> {
        let mut tx = self.begin().await?;
        let id = sqlx::query(
            "INSERT INTO projects (name, network, test, api_key, sealed_secret, webhook_url,
                 late_policy, window_seconds, quarantine_seconds, most_addition, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
        )
        .bind(&project.name)
        .bind(project.network.as_str())
        .bind(i64::from(project.test))
        .bind(project.api_key.as_str())
        .bind(&project.sealed_secret)
        .bind(project.webhook_url.as_ref().map(Url::as_str))
        .bind(row::late_policy_to_db(project.late_policy))
        .bind(seconds(project.window))
        .bind(seconds(project.quarantine))
        .bind(row::amount_to_db(project.most_addition.get()))
        .bind(by.now.millis())
        .fetch_one(&mut *tx)
        .await?
        .integer("id")?;
        for address in &project.addresses {
            addresses::add_given(&mut tx, project.network, id, *address).await?;
        }
        if let Some(key) = &project.account_key {
            addresses::add_key(&mut tx, project.network, id, key, 1).await?;
        }
        origins::insert(&mut tx, id, &project.embedders).await?;
        let change = Change {
            project: Some(id),
            action: "project add",
            subject: Some(project.api_key.as_str().to_owned()),
            new: Some(json!({
                "name": project.name,
                "network": project.network.as_str(),
                "test": project.test,
                "webhook_url": project.webhook_url.as_ref().map(without_path),
                "window_seconds": project.window.as_secs(),
                "quarantine_seconds": project.quarantine.as_secs(),
                "most_addition": project.most_addition.get().to_string(),
                "late": row::late_policy_to_db(project.late_policy),
                "addresses": project.addresses,
                "xpub": project.account_key.is_some(),
                "origins": project.embedders.words(),
            })),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn project(&self, id: ProjectId) -> Result<Option<Project>, StoreError> {
        sqlx::query(projects!("WHERE j.id = $1"))
            .bind(id)
            .fetch_optional(&self.readers)
            .await?
            .map(|row| project(&row))
            .transpose()
    }

    /// The key and the sealed secret of any project.
    pub async fn any_sealed_secret(&self) -> Result<Option<(ApiKey, Vec<u8>)>, StoreError> {
        let row = sqlx::query(ANY_SECRET)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(sealed_secret).transpose()
    }

    /// What only the master key of this database opens; `None` before one was seen.
    pub async fn key_check(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query(KEY_CHECK).fetch_optional(&self.readers).await?;
        Ok(row.map(|row| row.try_get("sealed")).transpose()?)
    }

    /// Keeps it, unless another one is kept already. Returns the one that is.
    pub async fn set_key_check(&self, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("INSERT INTO master_key (id, sealed) VALUES (1, $1) ON CONFLICT DO NOTHING")
            .bind(sealed)
            .execute(&mut *tx)
            .await?;
        let row = sqlx::query(KEY_CHECK).fetch_one(&mut *tx).await?;
        tx.commit().await?;
        Ok(row.try_get("sealed")?)
    }

    /// The projects that have payments and no webhook URL, with their names.
    pub async fn projects_without_webhooks(&self) -> Result<Vec<(ProjectId, String)>, StoreError> {
        sqlx::query(
            "SELECT id, name FROM projects
             WHERE webhook_url IS NULL
                 AND EXISTS (SELECT 1 FROM payments WHERE project_id = projects.id)
             ORDER BY id",
        )
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| Ok((row.integer("id")?, row.text("name")?)))
        .collect()
    }

    /// The project that was added first on a network.
    pub async fn first_project(&self, network: Network) -> Result<Option<Project>, StoreError> {
        sqlx::query(projects!("WHERE j.network = $1 ORDER BY j.id LIMIT 1"))
            .bind(network.as_str())
            .fetch_optional(&self.readers)
            .await?
            .map(|row| project(&row))
            .transpose()
    }

    /// Points a project's webhooks elsewhere.
    pub async fn set_webhook_url(&self, id: ProjectId, url: &Url) -> Result<(), StoreError> {
        self.write(
            sqlx::query("UPDATE projects SET webhook_url = $1 WHERE id = $2")
                .bind(url.as_str())
                .bind(id),
        )
        .await?;
        Ok(())
    }
}

pub(super) const KEY_CHECK: &str = "SELECT sealed FROM master_key";

pub(super) const ANY_SECRET: &str = "SELECT api_key, sealed_secret FROM projects LIMIT 1";

fn sealed_secret(row: &AnyRow) -> Result<(ApiKey, Vec<u8>), StoreError> {
    Ok((
        ApiKey::from(row.text("api_key")?),
        row.try_get("sealed_secret")?,
    ))
}

fn rotation(row: &AnyRow) -> Result<Option<Rotation>, StoreError> {
    let sealed_secret: Option<Vec<u8>> = row.try_get("next_secret")?;
    let ends_at = row.optional_integer("ends_at")?;
    Ok(sealed_secret
        .zip(ends_at)
        .map(|(sealed_secret, ends_at)| Rotation {
            sealed_secret,
            ends_at: UtcTime::from_millis(ends_at),
        }))
}

/// Of a row of [`projects`].
pub(super) fn project(row: &AnyRow) -> Result<Project, StoreError> {
    Ok(Project {
        id: row.integer("id")?,
        network: row.parsed("network")?,
        test: row.flag("test")?,
        api_key: ApiKey::from(row.text("api_key")?),
        sealed_secret: row.try_get("sealed_secret")?,
        rotation: rotation(row)?,
        disabled: row.flag("disabled")?,
        project_reviews: !row.flag("operator_reviews")?,
        webhook_url: row.optional_parsed("webhook_url")?,
        window: Duration::from_secs(row.unsigned("window_seconds")?),
        quarantine: Duration::from_secs(row.unsigned("quarantine_seconds")?),
        most_addition: row
            .amount("most_addition")?
            .try_into()
            .map_err(|_| StoreError::Corrupt("most_addition"))?,
    })
}
