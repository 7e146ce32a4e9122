//! `usdt-gateway project currencies`: the currencies in which a project may price, besides USDT.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use usdt_protocol::CurrencyCode;

use super::Failure;
use super::author::author;
use crate::config::Config;
use crate::data;
use crate::payments::ProjectId;
use crate::store::AddressError;

/// Without options that change something, it shows which are allowed.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
    /// Allow a currency by its code, such as EUR; repeat it for more
    #[arg(long, value_name = "CODE")]
    add: Vec<CurrencyCode>,
    /// Allow a currency no longer
    #[arg(long, value_name = "CODE")]
    remove: Vec<CurrencyCode>,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let has_rate = |code| config.rates.iter().any(|rate| rate.currency == code);
    if let Some(code) = arguments.add.iter().find(|code| !has_rate(**code)) {
        return Err(
            format!("there is no rate of {code}: add [rates.{code}] to the configuration").into(),
        );
    }
    let (store, _) = data::open(&config).await?;
    store
        .project(id)
        .await?
        .ok_or(AddressError::UnknownProject(id))?;
    let before = store.currencies(id).await?;
    let mut after: BTreeSet<CurrencyCode> = before.iter().copied().chain(arguments.add).collect();
    if let Some(unknown) = arguments.remove.iter().find(|code| !after.contains(*code)) {
        return Err(format!("{unknown} is not among the allowed currencies").into());
    }
    after.retain(|code| !arguments.remove.contains(code));
    if after != before {
        store.set_currencies(id, &after, &author()).await?;
    }
    store.close().await;
    let codes: Vec<String> = after.iter().map(ToString::to_string).collect();
    match codes.as_slice() {
        [] => println!("Project {id} prices in USDT only."),
        codes => println!("Project {id} prices in USDT, {}.", codes.join(", ")),
    }
    Ok(())
}
