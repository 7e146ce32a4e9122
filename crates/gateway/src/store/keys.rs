//! API keys: a project's own and its further ones, their secrets, and when they were last used.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::Row as _;
use usdt_protocol::UtcTime;

use super::audit_log::{self, Author, Change};
use super::projects::{project, projects};
use super::row::RowExt as _;
use super::writing::{Lock, Writing};
use super::{Project, Store, StoreError};
use crate::payments::ProjectId;
use crate::secrets::{ApiKey, SealedSecrets};

/// Why a key or a secret was not changed: the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("there is no project {0}")]
    UnknownProject(ProjectId),
    #[error("project {0} has no such key: `usdt-gateway project key list {0}` lists those it has")]
    UnknownKey(ProjectId),
    #[error(
        "this is the project's own key, whose secret signs the webhooks, and is not revoked: `usdt-gateway \
         project rotate-secret {0}` gives it another secret"
    )]
    OwnKey(ProjectId),
    #[error("the key is revoked already")]
    RevokedBefore,
    #[error(
        "the old secret of project {project} is still valid, until {ends_at} UTC: end that first, with \
         `usdt-gateway project revoke-secret {project}`"
    )]
    RotationUnderWay {
        project: ProjectId,
        ends_at: UtcTime,
    },
    #[error("project {0} has no old secret: its secret is not being rotated")]
    NoRotation(ProjectId),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for KeyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Who can sign a call: a key that is valid, and its project.
#[derive(Clone, Debug)]
pub struct KeyHolder {
    pub project: Project,
    pub api_key: ApiKey,
    pub sealed_secrets: SealedSecrets,
    /// It may ask, and change nothing.
    pub read_only: bool,
}

/// Which of two secrets is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The rotation comes to its end.
    Old,
    /// It is called off.
    New,
}

/// A further key as it is added.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub project: ProjectId,
    pub api_key: ApiKey,
    pub sealed_secret: Vec<u8>,
    pub label: String,
    pub read_only: bool,
}

/// A key as an operator sees it.
#[derive(Clone, Debug)]
pub struct ListedKey {
    pub api_key: ApiKey,
    /// `None` for the project's own.
    pub label: Option<String>,
    pub read_only: bool,
    pub created_at: UtcTime,
    pub revoked_at: Option<UtcTime>,
    pub used_at: Option<UtcTime>,
}

impl Store {
    /// Whom an API key belongs to at a time, if it is valid.
    pub async fn key_holder(
        &self,
        api_key: &str,
        now: UtcTime,
    ) -> Result<Option<KeyHolder>, StoreError> {
        let row = sqlx::query(projects!(
            ", k.sealed_secret AS further_secret, coalesce(k.read_only, 0) AS read_only",
            "LEFT JOIN api_keys k ON k.api_key = $1
             WHERE j.id IN (SELECT id FROM projects WHERE api_key = $1
                 UNION ALL
                 SELECT project_id FROM api_keys WHERE api_key = $1 AND revoked_at IS NULL)"
        ))
        .bind(api_key)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let project = project(&row)?;
        let further: Option<Vec<u8>> = row.try_get("further_secret")?;
        Ok(Some(KeyHolder {
            api_key: ApiKey::from(api_key.to_owned()),
            sealed_secrets: match further {
                Some(signing) => SealedSecrets {
                    signing,
                    next: None,
                },
                None => project.sealed_secrets(now),
            },
            read_only: row.flag("read_only")?,
            project,
        }))
    }

    /// The keys of a project, its own first.
    pub async fn keys(&self, project: ProjectId) -> Result<Vec<ListedKey>, StoreError> {
        sqlx::query(
            "SELECT k.*, u.used_at FROM (
                 SELECT 0 AS further, api_key, NULL AS label, 0 AS read_only, created_at,
                     NULL AS revoked_at
                 FROM projects WHERE id = $1
                 UNION ALL
                 SELECT 1, api_key, label, read_only, created_at, revoked_at
                 FROM api_keys WHERE project_id = $1) k
             LEFT JOIN key_uses u ON u.api_key = k.api_key
             ORDER BY further, created_at, k.api_key",
        )
        .bind(project)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            let time = |column| row.optional_integer(column);
            Ok(ListedKey {
                api_key: ApiKey::from(row.text("api_key")?),
                label: row.optional_text("label")?,
                read_only: row.flag("read_only")?,
                created_at: row.time("created_at")?,
                revoked_at: time("revoked_at")?.map(UtcTime::from_millis),
                used_at: time("used_at")?.map(UtcTime::from_millis),
            })
        })
        .collect()
    }

    /// Gives a project a further key.
    pub async fn add_key(&self, key: &NewKey, by: &Author) -> Result<(), KeyError> {
        let mut tx = self.begin().await?;
        project_in(&mut tx, key.project).await?;
        sqlx::query(
            "INSERT INTO api_keys
                 (api_key, project_id, sealed_secret, label, read_only, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(key.api_key.as_str())
        .bind(key.project)
        .bind(&key.sealed_secret)
        .bind(&key.label)
        .bind(i64::from(key.read_only))
        .bind(by.now.millis())
        .execute(&mut *tx)
        .await?;
        let change = Change {
            project: Some(key.project),
            action: "project key add",
            subject: Some(key.api_key.as_str().to_owned()),
            new: Some(json!({"label": key.label, "read_only": key.read_only})),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        Ok(tx.commit().await?)
    }

    /// Lets a further key of a project sign nothing any more.
    pub async fn revoke_key(
        &self,
        id: ProjectId,
        api_key: &str,
        by: &Author,
    ) -> Result<(), KeyError> {
        let mut tx = self.begin().await?;
        let project = project_in(&mut tx, id).await?;
        if project.api_key.as_str() == api_key {
            return Err(KeyError::OwnKey(id));
        }
        let row = sqlx::query(
            "SELECT label, revoked_at FROM api_keys WHERE api_key = $1 AND project_id = $2",
        )
        .bind(api_key)
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(KeyError::UnknownKey(id))?;
        if row.optional_integer("revoked_at")?.is_some() {
            return Err(KeyError::RevokedBefore);
        }
        sqlx::query("UPDATE api_keys SET revoked_at = $1 WHERE api_key = $2")
            .bind(by.now.millis())
            .bind(api_key)
            .execute(&mut *tx)
            .await?;
        let change = Change {
            project: Some(id),
            action: "project key revoke",
            subject: Some(api_key.to_owned()),
            old: Some(json!({"label": row.text("label")?})),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a project's own key a new secret. The old one is valid until `ends_at`.
    pub async fn rotate_secret(
        &self,
        id: ProjectId,
        new_secret: &[u8],
        ends_at: UtcTime,
        by: &Author,
    ) -> Result<(), KeyError> {
        let mut tx = self.begin().await?;
        let before = project_in(&mut tx, id).await?;
        if let Some(rotation) = before.rotation {
            if by.now < rotation.ends_at {
                return Err(KeyError::RotationUnderWay {
                    project: id,
                    ends_at: rotation.ends_at,
                });
            }
            end_rotation(&mut tx, id).await?;
        }
        sqlx::query("INSERT INTO rotations (project_id, next_secret, ends_at) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(new_secret)
            .bind(ends_at.millis())
            .execute(&mut *tx)
            .await?;
        if ends_at <= by.now {
            end_rotation(&mut tx, id).await?;
        }
        let change = Change {
            project: Some(id),
            action: "project rotate-secret",
            subject: Some(before.api_key.as_str().to_owned()),
            new: Some(json!({"old_secret_ends_at": ends_at.rfc3339()})),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        Ok(tx.commit().await?)
    }

    /// Ends one of the two secrets of a project whose secret is being rotated.
    pub async fn revoke_secret(
        &self,
        id: ProjectId,
        which: Revoked,
        by: &Author,
    ) -> Result<(), KeyError> {
        let mut tx = self.begin().await?;
        let before = project_in(&mut tx, id).await?;
        let rotation = before.rotation.ok_or(KeyError::NoRotation(id))?;
        if rotation.ends_at <= by.now {
            return Err(KeyError::NoRotation(id));
        }
        let secret = match which {
            Revoked::Old => {
                end_rotation(&mut tx, id).await?;
                "old"
            }
            Revoked::New => {
                forget_rotation(&mut tx, id).await?;
                "new"
            }
        };
        let ends_at = rotation.ends_at.rfc3339();
        let change = Change {
            project: Some(id),
            action: "project revoke-secret",
            subject: Some(before.api_key.as_str().to_owned()),
            old: Some(json!({"secret": secret, "old_secret_ends_at": ends_at})),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        Ok(tx.commit().await?)
    }

    /// Puts new secrets in the place of those whose time is over, for programs that know only one.
    pub async fn end_rotations(&self, now: UtcTime) -> Result<(), StoreError> {
        let over = sqlx::query("SELECT project_id FROM rotations WHERE ends_at <= $1")
            .bind(now.millis())
            .fetch_all(&self.readers)
            .await?;
        for row in &over {
            let mut tx = self.begin().await?;
            let id = row.integer("project_id")?;
            // Another gateway may have ended it, and an operator may have begun the next one.
            let is_over =
                sqlx::query("SELECT 1 FROM rotations WHERE project_id = $1 AND ends_at <= $2")
                    .bind(id)
                    .bind(now.millis())
                    .fetch_optional(&mut *tx)
                    .await?;
            if is_over.is_some() {
                end_rotation(&mut tx, id).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Writes down when keys were last used. Each gateway does, in the order of the keys.
    pub async fn note_uses(&self, uses: &BTreeMap<String, UtcTime>) -> Result<(), StoreError> {
        let mut tx = Writing::begin(self, Lock::Nothing).await?;
        for (api_key, used_at) in uses {
            sqlx::query(
                "INSERT INTO key_uses (api_key, used_at) VALUES ($1, $2)
                 ON CONFLICT (api_key) DO UPDATE SET used_at = $2 WHERE key_uses.used_at < $2",
            )
            .bind(api_key)
            .bind(used_at.millis())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await
    }
}

async fn project_in(tx: &mut Writing, id: ProjectId) -> Result<Project, KeyError> {
    let row = sqlx::query(projects!("WHERE j.id = $1"))
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?
        .ok_or(KeyError::UnknownProject(id))?;
    Ok(project(&row)?)
}

/// Puts the new secret in the place of the old one. There is a rotation.
async fn end_rotation(tx: &mut Writing, id: ProjectId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE projects
         SET sealed_secret = (SELECT next_secret FROM rotations WHERE project_id = $1)
         WHERE id = $1",
    )
    .bind(id)
    .execute(&mut **tx)
    .await?;
    forget_rotation(tx, id).await
}

async fn forget_rotation(tx: &mut Writing, id: ProjectId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM rotations WHERE project_id = $1")
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
