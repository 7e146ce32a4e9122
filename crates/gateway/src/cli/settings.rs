//! `usdt-gateway project set` and `project show`: a project's settings, changed and shown.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Failure;
use crate::config::Config;
use crate::data;
use crate::payments::ProjectId;
use crate::store::{AddressError, ProjectSettings};

/// What is changed; all else stays as it is.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct SetArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
    /// Whether payers see a payment's description; without this, it is the merchant's alone
    #[arg(long, value_enum, value_name = "on|off", hide_possible_values = true)]
    show_description: Switch,
}

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

pub async fn set(arguments: SetArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let (store, _) = data::open(&config).await?;
    let shows = arguments.show_description == Switch::On;
    if !store.set_show_description(id, shows).await? {
        return Err(AddressError::UnknownProject(id).into());
    }
    let settings = store.project_settings(id).await?;
    store.close().await;
    print(id, settings)
}

pub async fn show(arguments: ShowArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let (store, _) = data::open(&config).await?;
    let settings = store.project_settings(id).await?;
    store.close().await;
    print(id, settings)
}

fn print(id: ProjectId, settings: Option<ProjectSettings>) -> Result<(), Failure> {
    let ProjectSettings {
        name,
        project,
        show_description,
    } = settings.ok_or(AddressError::UnknownProject(id))?;
    let mode = if project.test { ", a test project" } else { "" };
    println!("Project {id} ({name}) on {}{mode}:", project.network);
    println!("API key:          {}", project.api_key.as_str());
    let webhooks = project
        .webhook_url
        .map_or_else(|| "none".to_owned(), |url| format!("to {url}"));
    println!("Webhooks:         {webhooks}");
    println!(
        "Window:           {} minutes",
        project.window.as_secs() / 60
    );
    let hours = project.quarantine.as_secs() / 3_600;
    println!("Quarantine:       {hours} hours");
    println!("Most addition:    {} USDT", project.most_addition.get());
    let shown = if show_description { "on" } else { "off" };
    println!("Show description: {shown}");
    Ok(())
}
