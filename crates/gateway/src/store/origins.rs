//! Origins: the sites that may show a project's payments.

use serde_json::json;
use sqlx::AnyConnection;

use super::audit_log::{self, Author, Change};
use super::{Store, StoreError};
use crate::embedders::Embedders;
use crate::payments::ProjectId;

const ORIGINS: &str = "SELECT origin FROM origins WHERE project_id = $1";

impl Store {
    /// The sites that may show a project's payments.
    pub async fn embedders(&self, project: ProjectId) -> Result<Embedders, StoreError> {
        let words: Vec<String> = sqlx::query_scalar(ORIGINS)
            .bind(project)
            .fetch_all(&self.readers)
            .await?;
        Ok(Embedders::from_words(&words))
    }

    /// Allows these sites to show a project's payments, and no other.
    pub async fn set_embedders(
        &self,
        project: ProjectId,
        embedders: &Embedders,
        by: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let before: Vec<String> = sqlx::query_scalar(ORIGINS)
            .bind(project)
            .fetch_all(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM origins WHERE project_id = $1")
            .bind(project)
            .execute(&mut *tx)
            .await?;
        insert(&mut tx, project, embedders).await?;
        let change = Change {
            project: Some(project),
            action: "project origins",
            old: Some(json!(Embedders::from_words(&before).words())),
            new: Some(json!(embedders.words())),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Writes down the sites of a project that has none.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    project: ProjectId,
    embedders: &Embedders,
) -> Result<(), StoreError> {
    for origin in embedders.words() {
        sqlx::query("INSERT INTO origins (project_id, origin) VALUES ($1, $2)")
            .bind(project)
            .bind(origin)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
