//! The audit log: who has changed what, when and from where. A change and its entry are one transaction.

use serde_json::Value;
use sqlx::any::AnyRow;
use usdt_protocol::UtcTime;

use super::row::RowExt as _;
use super::writing::Writing;
use super::{Store, StoreError};
use crate::payments::ProjectId;

/// Who makes a change, from where and when.
#[derive(Clone, Debug)]
pub struct Author {
    /// A user of the operating system, or a key of a project.
    pub actor: String,
    /// The way that the change has taken, and the machine or the client.
    pub origin: String,
    pub now: UtcTime,
}

/// Who decides, and what they note of it.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    pub by: &'a Author,
    pub note: Option<&'a str>,
    /// Whose own it must be, where a project decides for itself.
    pub project: Option<ProjectId>,
}

impl Decision<'_> {
    /// Whether what belongs to a project is the decider's own.
    pub(super) fn may_be_about(&self, project: ProjectId) -> bool {
        self.project.is_none_or(|own| own == project)
    }
}

impl<'a> From<&'a Author> for Decision<'a> {
    /// An operator's.
    fn from(by: &'a Author) -> Self {
        Self {
            by,
            note: None,
            project: None,
        }
    }
}

/// What is changed. None of it may be a secret.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub project: Option<ProjectId>,
    pub action: &'static str,
    /// What of the project, or of the gateway, by its name.
    pub subject: Option<String>,
    pub old: Option<Value>,
    pub new: Option<Value>,
}

/// A change as it was written down.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    pub id: i64,
    pub changed_at: UtcTime,
    pub actor: String,
    pub origin: String,
    pub project_id: Option<ProjectId>,
    pub action: String,
    pub subject: Option<String>,
    pub old: Option<Value>,
    pub new: Option<Value>,
}

/// Writes a change down, in the transaction that makes it.
pub(super) async fn note(tx: &mut Writing, by: &Author, change: Change) -> Result<(), StoreError> {
    let text = |value: Option<Value>| value.map(|value| value.to_string());
    sqlx::query(
        "INSERT INTO audit_log
             (changed_at, actor, origin, project_id, action, subject, old, new)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(by.now.millis())
    .bind(&by.actor)
    .bind(&by.origin)
    .bind(change.project)
    .bind(change.action)
    .bind(change.subject)
    .bind(text(change.old))
    .bind(text(change.new))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// The changes of one project, or of everything, in their order: the newest so many.
    pub async fn audit_log(
        &self,
        project: Option<ProjectId>,
        at_most: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM audit_log WHERE $1 IS NULL OR project_id = $1
             ORDER BY id DESC LIMIT $2",
        )
        .bind(project)
        .bind(i64::from(at_most))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().rev().map(entry).collect()
    }
}

fn entry(row: &AnyRow) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        id: row.integer("id")?,
        changed_at: row.time("changed_at")?,
        actor: row.text("actor")?,
        origin: row.text("origin")?,
        project_id: row.optional_integer("project_id")?,
        action: row.text("action")?,
        subject: row.optional_text("subject")?,
        old: row.optional_parsed("old")?,
        new: row.optional_parsed("new")?,
    })
}
