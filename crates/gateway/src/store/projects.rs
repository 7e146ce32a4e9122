//! Projects: a merchant's keys, addresses and settings.

use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use url::Url;
use usdt_protocol::{TronAddress, UtcTime};
use usdt_tron::Network;

use super::row::{self, RowExt as _, seconds};
use super::{AddressError, Store, StoreError, addresses, origins};
use crate::addresses::AccountKey;
use crate::embed::Embedders;
use crate::payments::{LatePolicy, ProjectId};
use crate::secrets::ApiKey;

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
    /// The merchant's own receiving addresses, in the order of their use.
    pub addresses: Vec<TronAddress>,
    /// The key from which further addresses are derived, the first of them at once.
    pub account_key: Option<AccountKey>,
    /// The sites that may show its payments.
    pub embedders: Embedders,
}

/// A project as it is kept. Its secret is sealed.
#[derive(Clone, Debug)]
pub struct Project {
    pub id: ProjectId,
    pub network: Network,
    pub test: bool,
    pub api_key: ApiKey,
    pub sealed_secret: Vec<u8>,
    pub webhook_url: Option<Url>,
    pub window: Duration,
    pub quarantine: Duration,
}

impl Store {
    /// Adds a project with its addresses, none of which another project may have.
    pub async fn add_project(
        &self,
        project: &NewProject,
        now: UtcTime,
    ) -> Result<ProjectId, AddressError> {
        let mut tx = self.begin().await?;
        let id = sqlx::query(
            "INSERT INTO projects (name, network, test, api_key, sealed_secret, webhook_url,
                 late_policy, window_seconds, quarantine_seconds, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&project.name)
        .bind(project.network.as_str())
        .bind(project.test)
        .bind(project.api_key.as_str())
        .bind(&project.sealed_secret)
        .bind(project.webhook_url.as_ref().map(Url::as_str))
        .bind(row::late_policy_to_db(project.late_policy))
        .bind(seconds(project.window))
        .bind(seconds(project.quarantine))
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .last_insert_rowid();
        for address in &project.addresses {
            addresses::add_given(&mut tx, project.network, id, *address).await?;
        }
        if let Some(key) = &project.account_key {
            addresses::add_key(&mut tx, project.network, id, key, 1).await?;
        }
        origins::insert(&mut tx, id, &project.embedders).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn project_by_key(&self, api_key: &str) -> Result<Option<Project>, StoreError> {
        sqlx::query("SELECT * FROM projects WHERE api_key = ?")
            .bind(api_key)
            .fetch_optional(&self.readers)
            .await?
            .map(|row| project(&row))
            .transpose()
    }

    pub async fn project(&self, id: ProjectId) -> Result<Option<Project>, StoreError> {
        sqlx::query("SELECT * FROM projects WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.readers)
            .await?
            .map(|row| project(&row))
            .transpose()
    }

    /// The key and the sealed secret of any project.
    pub async fn any_sealed_secret(&self) -> Result<Option<(ApiKey, Vec<u8>)>, StoreError> {
        sqlx::query("SELECT api_key, sealed_secret FROM projects LIMIT 1")
            .fetch_optional(&self.readers)
            .await?
            .map(|row| {
                Ok((
                    ApiKey::from(row.text("api_key")?),
                    row.try_get("sealed_secret")?,
                ))
            })
            .transpose()
    }

    /// The project that was added first on a network.
    pub async fn first_project(&self, network: Network) -> Result<Option<Project>, StoreError> {
        sqlx::query("SELECT * FROM projects WHERE network = ? ORDER BY id LIMIT 1")
            .bind(network.as_str())
            .fetch_optional(&self.readers)
            .await?
            .map(|row| project(&row))
            .transpose()
    }

    /// Points a project's webhooks elsewhere.
    pub async fn set_webhook_url(&self, id: ProjectId, url: &Url) -> Result<(), StoreError> {
        sqlx::query("UPDATE projects SET webhook_url = ? WHERE id = ?")
            .bind(url.as_str())
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

fn project(row: &SqliteRow) -> Result<Project, StoreError> {
    Ok(Project {
        id: row.integer("id")?,
        network: row.parsed("network")?,
        test: row.flag("test")?,
        api_key: ApiKey::from(row.text("api_key")?),
        sealed_secret: row.try_get("sealed_secret")?,
        webhook_url: row.optional_parsed("webhook_url")?,
        window: Duration::from_secs(row.unsigned("window_seconds")?),
        quarantine: Duration::from_secs(row.unsigned("quarantine_seconds")?),
    })
}
