//! `usdt-gateway project key`: further keys of a project, beside its own.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use usdt_protocol::UtcTime;

use super::Failure;
use super::ascii::ascii;
use super::author::author;
use super::settings::parse_name;
use crate::config::Config;
use crate::data;
use crate::payments::ProjectId;
use crate::secrets::{ApiKey, ApiSecret};
use crate::store::{AddressError, KeyError, ListedKey, NewKey, StoreError};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Give a project a further key and print it with its secret, this once
    Add(AddArguments),
    /// List a project's keys, its own first
    List(ListArguments),
    /// Let a further key sign nothing any more
    Revoke(RevokeArguments),
}

#[derive(Debug, Args)]
pub struct AddArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
    /// What the key is for, for your own records
    #[arg(long, value_parser = parse_name)]
    label: String,
    /// It may ask, and create or change nothing
    #[arg(long)]
    read_only: bool,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct ListArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
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
    /// The key, `pk_…`
    #[arg(value_name = "API_KEY")]
    api_key: String,
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add(arguments) => add(arguments).await,
        Command::List(arguments) => list(arguments).await,
        Command::Revoke(arguments) => revoke(arguments).await,
    }
}

async fn add(arguments: AddArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let (store, vault) = data::open(&config).await?;
    let project = store.project(id).await?;
    let project = project.ok_or(AddressError::UnknownProject(id))?;
    let (api_key, secret) = (
        ApiKey::generate(project.test)?,
        ApiSecret::generate(project.test)?,
    );
    let key = NewKey {
        project: id,
        sealed_secret: vault.seal(&api_key, &secret)?,
        api_key,
        label: arguments.label,
        read_only: arguments.read_only,
    };
    let added = store.add_key(&key, &author()).await;
    if let Err(KeyError::Store(error @ StoreError::Unanswered(_))) = &added {
        println!("API key:    {}", key.api_key.as_str());
        println!("API secret: {}", secret.reveal());
        return Err(format!(
            "{error}. `usdt-gateway project key list {id}` shows whether the key is added; if it is, its \
             secret is not shown again, and if not, add it once more"
        )
        .into());
    }
    added?;
    store.close().await;
    if arguments.json {
        println!(
            "{}",
            json!({
                "app_id": id,
                "api_key": key.api_key.as_str(),
                "api_secret": secret.reveal(),
                "read_only": key.read_only,
            })
        );
        return Ok(());
    }
    let may = if key.read_only {
        "A key that may only ask"
    } else {
        "A further key"
    };
    println!("{may}, for project {id} ({}).", key.label);
    println!("API key:    {}", key.api_key.as_str());
    println!("API secret: {}", secret.reveal());
    println!(
        "The secret is not shown again. It signs calls; webhooks are signed by the project's own."
    );
    Ok(())
}

async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let (store, _) = data::open(&config).await?;
    let keys = store.keys(id).await?;
    store.close().await;
    if keys.is_empty() {
        return Err(AddressError::UnknownProject(id).into());
    }
    if arguments.json {
        let all: Vec<Value> = keys.iter().map(as_json).collect();
        println!("{}", ascii(&Value::from(all)));
        return Ok(());
    }
    println!("API key                                   may     last use (UTC)       label");
    for key in &keys {
        println!(
            "{:<40}  {:<6}  {:<19}  {}",
            key.api_key.as_str(),
            if key.revoked_at.is_some() {
                "none"
            } else if key.read_only {
                "ask"
            } else {
                "change"
            },
            key.used_at
                .map_or_else(|| "never".to_owned(), |time| time.to_string()),
            key.label.as_deref().unwrap_or("(the project's own)"),
        );
    }
    Ok(())
}

fn as_json(key: &ListedKey) -> Value {
    json!({
        "api_key": key.api_key.as_str(),
        "label": key.label,
        "read_only": key.read_only,
        "created_at": key.created_at.rfc3339(),
        "revoked_at": key.revoked_at.map(UtcTime::rfc3339),
        "last_used_at": key.used_at.map(UtcTime::rfc3339),
    })
}

async fn revoke(arguments: RevokeArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (id, key) = (arguments.project, arguments.api_key);
    let (store, _) = data::open(&config).await?;
    store.revoke_key(id, key.trim(), &author()).await?;
    store.close().await;
    println!(
        "The key {} of project {id} signs nothing any more.",
        key.trim()
    );
    Ok(())
}
