//! Origins: the sites that may show a project's payments.

use sqlx::AnyConnection;

use super::{Store, StoreError};
use crate::embedders::Embedders;
use crate::payments::ProjectId;

impl Store {
    /// The sites that may show a project's payments.
    pub async fn embedders(&self, project: ProjectId) -> Result<Embedders, StoreError> {
        let words: Vec<String> =
            sqlx::query_scalar("SELECT origin FROM origins WHERE project_id = $1")
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
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM origins WHERE project_id = $1")
            .bind(project)
            .execute(&mut *tx)
            .await?;
        insert(&mut tx, project, embedders).await?;
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
