//! Projects and their settings, as they are seen and changed.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::any::AnyRow;
use url::Url;
use usdt_protocol::UtcTime;
use usdt_protocol::txid::Hex;

use super::audit_log::{self, Author, Change, Decision};
use super::projects::{project, projects};
use super::row::{self, RowExt as _, seconds};
use super::writing::Writing;
use super::{Project, Store, StoreError};
use crate::payments::event_type::EventType;
use crate::payments::slot::MostAddition;
use crate::payments::{LatePolicy, ProjectId};

/// The same with what only these need.
macro_rules! settings {
    ($rest:literal) => {
        projects!(
            ", (SELECT string_agg(type, ' ') FROM told_events WHERE project_id = j.id) AS events,
                 (SELECT count(*) FROM patient_projects WHERE project_id = j.id) AS patient",
            $rest
        )
    };
}

/// What can be changed of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub name: String,
    pub webhook_url: Option<Url>,
    pub window: Duration,
    pub quarantine: Duration,
    pub most_addition: MostAddition,
    pub late_policy: LatePolicy,
    /// Payers see what a payment is for.
    pub show_description: bool,
    /// The project decides about transfers in review too.
    pub project_reviews: bool,
    /// What it is told besides that payments are paid.
    pub events: BTreeSet<EventType>,
    /// Whether webhooks that fail are tried for three days more.
    pub further_retries: bool,
}

/// A project with what is shown of it besides.
#[derive(Clone, Debug)]
pub struct ProjectSettings {
    pub project: Project,
    pub settings: Settings,
    pub created_at: UtcTime,
}

impl Settings {
    pub fn event_names(&self) -> Vec<&'static str> {
        self.events.iter().map(|kind| kind.as_str()).collect()
    }

    /// For the audit log.
    fn entries(&self) -> [(&'static str, Value); 10] {
        [
            ("name", json!(self.name)),
            (
                "webhook_url",
                json!(self.webhook_url.as_ref().map(without_path)),
            ),
            ("window_seconds", json!(self.window.as_secs())),
            ("quarantine_seconds", json!(self.quarantine.as_secs())),
            ("most_addition", json!(self.most_addition.get().to_string())),
            ("late", json!(row::late_policy_to_db(self.late_policy))),
            ("show_description", json!(self.show_description)),
            ("project_reviews", json!(self.project_reviews)),
            ("events", json!(self.event_names())),
            ("further_retries", json!(self.further_retries)),
        ]
    }
}

/// The path and the query may hold a secret of the merchant's: only whether they are the same is told.
pub(super) fn without_path(url: &Url) -> String {
    let origin = url.origin().ascii_serialization();
    let digest: [u8; 32] = Sha256::digest(url.as_str()).into();
    let [a, b, c, d, ..] = digest;
    format!("{origin}/... (SHA-256 {}...)", Hex(&[a, b, c, d]))
}

impl Store {
    pub async fn project_settings(
        &self,
        id: ProjectId,
    ) -> Result<Option<ProjectSettings>, StoreError> {
        sqlx::query(settings!("WHERE j.id = $1"))
            .bind(id)
            .fetch_optional(&self.readers)
            .await?
            .map(|row| project_settings(&row))
            .transpose()
    }

    /// All projects, in their order.
    pub async fn projects(&self) -> Result<Vec<ProjectSettings>, StoreError> {
        sqlx::query(settings!("ORDER BY j.id"))
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(project_settings)
            .collect()
    }

    /// Changes a project's settings, for the payments that are created from then on. Where it changes
    /// whether descriptions are shown, open payments that have one are looked at anew. Returns whether
    /// there is such a project.
    pub async fn change_settings(
        &self,
        id: ProjectId,
        change: impl FnOnce(&mut Settings) + Send,
        decision: Decision<'_>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(settings!("WHERE j.id = $1"))
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else {
            return Ok(false);
        };
        let before = settings(&row)?;
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            tx.roll_back().await?;
            return Ok(true);
        }
        sqlx::query(
            "UPDATE projects SET name = $1, webhook_url = $2, window_seconds = $3,
                 quarantine_seconds = $4, most_addition = $5, late_policy = $6 WHERE id = $7",
        )
        .bind(&after.name)
        .bind(after.webhook_url.as_ref().map(Url::as_str))
        .bind(seconds(after.window))
        .bind(seconds(after.quarantine))
        .bind(row::amount_to_db(after.most_addition.get()))
        .bind(row::late_policy_to_db(after.late_policy))
        .bind(id)
        .execute(&mut *tx)
        .await?;
        if after.project_reviews != before.project_reviews {
            sqlx::query(if after.project_reviews {
                "DELETE FROM operator_reviews WHERE project_id = $1"
            } else {
                "INSERT INTO operator_reviews (project_id) VALUES ($1)"
            })
            .bind(id)
            .execute(&mut *tx)
            .await?;
        }
        set_events(&mut tx, id, &before, &after).await?;
        if after.show_description != before.show_description {
            sqlx::query("UPDATE projects SET show_description = $1 WHERE id = $2")
                .bind(i64::from(after.show_description))
                .bind(id)
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "UPDATE payments SET version = version + 1
                 WHERE project_id = $1 AND status = 'pending' AND description IS NOT NULL",
            )
            .bind(id)
            .execute(&mut *tx)
            .await?;
        }
        let (mut old, mut new) = (Map::new(), Map::new());
        for ((name, was), (_, is)) in before.entries().into_iter().zip(after.entries()) {
            if was != is {
                old.insert(name.to_owned(), was);
                new.insert(name.to_owned(), is);
            }
        }
        if let Some(note) = decision.note {
            new.insert("note".to_owned(), note.into());
        }
        let change = Change {
            project: Some(id),
            action: "project set",
            old: Some(old.into()),
            new: Some(new.into()),
            ..Change::default()
        };
        audit_log::note(&mut tx, decision.by, change).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Stops or resumes creating payments for a project. Returns whether that has changed, or `None`
    /// where there is no such project.
    pub async fn set_disabled(
        &self,
        id: ProjectId,
        disabled: bool,
        by: &Author,
    ) -> Result<Option<bool>, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query(projects!("WHERE j.id = $1"))
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        if row.flag("disabled")? == disabled {
            tx.roll_back().await?;
            return Ok(Some(false));
        }
        if disabled {
            sqlx::query("INSERT INTO disabled_projects (project_id, since) VALUES ($1, $2)")
                .bind(id)
                .bind(by.now.millis())
                .execute(&mut *tx)
                .await?;
        } else {
            sqlx::query("DELETE FROM disabled_projects WHERE project_id = $1")
                .bind(id)
                .execute(&mut *tx)
                .await?;
        }
        let change = Change {
            project: Some(id),
            action: if disabled {
                "project disable"
            } else {
                "project enable"
            },
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        tx.commit().await?;
        Ok(Some(true))
    }
}

/// Changes what of the events has changed.
async fn set_events(
    tx: &mut Writing,
    id: ProjectId,
    before: &Settings,
    after: &Settings,
) -> Result<(), StoreError> {
    for (kinds, statement) in [
        (
            before.events.difference(&after.events),
            "DELETE FROM told_events WHERE project_id = $1 AND type = $2",
        ),
        (
            after.events.difference(&before.events),
            "INSERT INTO told_events (project_id, type) VALUES ($1, $2)",
        ),
    ] {
        for kind in kinds {
            sqlx::query(statement)
                .bind(id)
                .bind(kind.as_str())
                .execute(&mut **tx)
                .await?;
        }
    }
    if after.further_retries != before.further_retries {
        sqlx::query(if after.further_retries {
            "INSERT INTO patient_projects (project_id) VALUES ($1)"
        } else {
            "DELETE FROM patient_projects WHERE project_id = $1"
        })
        .bind(id)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

fn settings(row: &AnyRow) -> Result<Settings, StoreError> {
    let project = project(row)?;
    let events = row.optional_text("events")?.unwrap_or_default();
    Ok(Settings {
        name: row.text("name")?,
        webhook_url: project.webhook_url,
        window: project.window,
        quarantine: project.quarantine,
        most_addition: project.most_addition,
        late_policy: row::late_policy(row)?,
        show_description: row.flag("show_description")?,
        project_reviews: project.project_reviews,
        // A newer program may know more types.
        events: events.split(' ').filter_map(EventType::named).collect(),
        further_retries: row.flag("patient")?,
    })
}

fn project_settings(row: &AnyRow) -> Result<ProjectSettings, StoreError> {
    Ok(ProjectSettings {
        project: project(row)?,
        settings: settings(row)?,
        created_at: row.time("created_at")?,
    })
}
