//! Brands: how projects' payment pages look, and their logos.

use serde_json::{Value, json};
use sqlx::any::AnyRow;
use usdt_checkout::core::presentation::Theme;
use usdt_checkout::server::language::Language;

use super::audit_log::{self, Author, Change};
use super::row::RowExt as _;
use super::{Store, StoreError};
use crate::brand::{Brand, BrandName, Logo, LogoName};
use crate::payments::ProjectId;

const BRAND: &str = "SELECT * FROM brands WHERE project_id = $1";

impl Store {
    /// How the payment pages of a project look.
    pub async fn brand(&self, project: ProjectId) -> Result<Brand, StoreError> {
        let row = sqlx::query(BRAND)
            .bind(project)
            .fetch_optional(&self.readers)
            .await?;
        row.map_or_else(|| Ok(Brand::default()), |row| read(&row))
    }

    /// Sets the whole brand of a project. `logo` is the picture of `brand.logo`, where it is new;
    /// pictures that no brand has any more are forgotten.
    pub async fn set_brand(
        &self,
        project: ProjectId,
        brand: &Brand,
        logo: Option<&Logo>,
        by: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let before = sqlx::query(BRAND)
            .bind(project)
            .fetch_optional(&mut *tx)
            .await?
            .map_or_else(|| Ok(Brand::default()), |row| read(&row))?;
        if let Some(logo) = logo {
            sqlx::query("INSERT INTO logos (name, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(logo.name().to_string())
                .bind(logo.bytes())
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query(
            "INSERT INTO brands (project_id, name, logo, color, support, theme, language)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (project_id) DO UPDATE SET name = $2, logo = $3, color = $4,
                 support = $5, theme = $6, language = $7",
        )
        .bind(project)
        .bind(brand.name.as_ref().map(|name| name.as_str().to_owned()))
        .bind(brand.logo.map(|name| name.to_string()))
        .bind(brand.color.map(|color| color.to_string()))
        .bind(brand.support.as_ref().map(ToString::to_string))
        .bind(brand.theme.map(Theme::as_str))
        .bind(brand.language.map(|language| language.code))
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "DELETE FROM logos
             WHERE NOT EXISTS (SELECT 1 FROM brands WHERE brands.logo = logos.name)",
        )
        .execute(&mut *tx)
        .await?;
        let change = Change {
            project: Some(project),
            action: "project brand",
            old: Some(entry(&before)),
            new: Some(entry(brand)),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The picture of a brand, while one has it.
    pub async fn logo(&self, name: LogoName) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT bytes FROM logos WHERE name = $1")
                .bind(name.to_string())
                .fetch_optional(&self.readers)
                .await?,
        )
    }
}

/// For the audit log.
fn entry(brand: &Brand) -> Value {
    json!({
        "name": brand.name.as_ref().map(BrandName::as_str),
        "logo": brand.logo.map(LogoName::path),
        "color": brand.color.map(|color| color.to_string()),
        "support": brand.support.as_ref().map(ToString::to_string),
        "theme": brand.theme.map(Theme::as_str),
        "language": brand.language.map(|language| language.code),
    })
}

fn read(row: &AnyRow) -> Result<Brand, StoreError> {
    // An older version may have taken what is refused today: the page then shows none.
    let name = row.optional_text("name")?;
    let theme = row.optional_text("theme")?;
    let language = row.optional_text("language")?;
    Ok(Brand {
        name: name.and_then(|name| name.parse().ok()),
        logo: row.optional_parsed("logo")?,
        color: row.optional_parsed("color")?,
        support: row.optional_parsed("support")?,
        theme: theme.as_deref().and_then(Theme::of),
        language: language.as_deref().and_then(Language::of),
    })
}
