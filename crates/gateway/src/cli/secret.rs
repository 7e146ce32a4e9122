//! `usdt-gateway project rotate-secret` and `revoke-secret`: another secret for a project's own key,
//! without an outage.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use serde_json::json;

use super::Failure;
use super::author::author;
use crate::config::Config;
use crate::data;
use crate::payments::ProjectId;
use crate::secrets::ApiSecret;
use crate::store::{AddressError, KeyError, Revoked, StoreError};

#[derive(Debug, Args)]
pub struct RotateArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
    /// How long the old secret stays valid beside the new one: minutes, hours or days, such as 30m, 24h or
    /// 7d, 30d at most; with 0m not at all
    #[arg(long, default_value = "24h")]
    overlap: Overlap,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct RevokeArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
    /// End the new secret instead, and with it the rotation: it has leaked, or never arrived
    #[arg(long)]
    new: bool,
}

/// For how many seconds two secrets are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Overlap(i64);

#[derive(Debug, thiserror::Error)]
#[error(
    "the overlap must be a number of minutes, hours or days, such as 30m, 24h or 7d, 30d at most"
)]
struct OverlapError;

const DAY: i64 = 86_400;
const LONGEST_OVERLAP: i64 = 30 * DAY;

impl FromStr for Overlap {
    type Err = OverlapError;

    fn from_str(text: &str) -> Result<Self, OverlapError> {
        let (number, seconds) = [("m", 60), ("h", 3_600), ("d", DAY)]
            .into_iter()
            .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))
            .ok_or(OverlapError)?;
        let number: u32 = number.parse().map_err(|_| OverlapError)?;
        let overlap = i64::from(number) * seconds;
        if overlap > LONGEST_OVERLAP {
            return Err(OverlapError);
        }
        Ok(Self(overlap))
    }
}

pub async fn rotate(arguments: RotateArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let (store, vault) = data::open(&config).await?;
    let project = store.project(id).await?;
    let project = project.ok_or(AddressError::UnknownProject(id))?;
    let secret = ApiSecret::generate(project.test)?;
    let sealed = vault.seal(&project.api_key, &secret)?;
    let by = author();
    let ends_at = by.now.plus_seconds(arguments.overlap.0);
    let rotated = store.rotate_secret(id, &sealed, ends_at, &by).await;
    if let Err(KeyError::Store(error @ StoreError::Unanswered(_))) = &rotated {
        // If it is the project's secret now, nobody else knows it.
        println!("API secret: {}", secret.reveal());
        return Err(format!(
            "{error}. `usdt-gateway audit --project {id}` shows whether the secret was rotated; if it was, \
             this is the new one, which is not shown again, and if not, rotate it once more"
        )
        .into());
    }
    rotated?;
    store.close().await;
    let is_at_once = ends_at <= by.now;
    if arguments.json {
        println!(
            "{}",
            json!({
                "app_id": id,
                "api_key": project.api_key.as_str(),
                "api_secret": secret.reveal(),
                "old_secret_ends_at": ends_at.rfc3339(),
            })
        );
        return Ok(());
    }
    if is_at_once {
        println!("Project {id} has a new secret. The old one is valid no more.");
    } else {
        println!(
            "Project {id} has a new secret, beside the old one, which is valid until {ends_at} UTC."
        );
    }
    println!("API key:    {}", project.api_key.as_str());
    println!("API secret: {}", secret.reveal());
    println!("The secret is not shown again: hand it to the merchant's server now.");
    if !is_at_once {
        println!(
            "Until then X-Signature of webhooks is by the old secret, and webhook-signature by both. Once \
             the merchant's server has the new one, `usdt-gateway project revoke-secret {id}` ends the old one."
        );
    }
    Ok(())
}

pub async fn revoke(arguments: RevokeArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let (store, _) = data::open(&config).await?;
    let which = if arguments.new {
        Revoked::New
    } else {
        Revoked::Old
    };
    store.revoke_secret(id, which, &author()).await?;
    store.close().await;
    match which {
        Revoked::Old => println!(
            "The old secret of project {id} is valid no more. The new one signs its webhooks."
        ),
        Revoked::New => println!(
            "The new secret of project {id} is valid no more. It keeps the one that it had before."
        ),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_is_a_number_with_its_unit_up_to_30_days() {
        for (text, seconds) in [
            ("0m", 0),
            ("30m", 1_800),
            ("24h", DAY),
            ("30d", LONGEST_OVERLAP),
            ("720h", LONGEST_OVERLAP),
        ] {
            assert_eq!(text.parse::<Overlap>().unwrap(), Overlap(seconds), "{text}");
        }
        for text in [
            "",
            "24",
            "h",
            "-1h",
            "1.5h",
            "31d",
            "24 h",
            "24H",
            "4294967296m",
        ] {
            assert!(text.parse::<Overlap>().is_err(), "{text}");
        }
    }
}
