//! `usdt-gateway audit`: who has changed what, when and from where.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::Failure;
use super::ascii::ascii;
use crate::config::Config;
use crate::data;
use crate::payments::ProjectId;
use crate::store::AuditEntry;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// Only changes of this project
    #[arg(long, value_name = "PROJECT_ID")]
    project: Option<ProjectId>,
    /// How many at most, the newest
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (store, _) = data::open(&config).await?;
    let entries = store.audit_log(arguments.project, arguments.limit).await?;
    store.close().await;
    if arguments.json {
        let all: Vec<Value> = entries.iter().map(as_json).collect();
        println!("{}", ascii(&Value::from(all)));
        return Ok(());
    }
    for entry in &entries {
        print(entry);
    }
    Ok(())
}

fn print(entry: &AuditEntry) {
    let project = entry
        .project_id
        .map_or_else(String::new, |id| format!(", project {id}"));
    let subject = entry
        .subject
        .as_ref()
        .map_or_else(String::new, |subject| format!(", {}", ascii(subject)));
    println!(
        "{} UTC  {}{project}{subject}",
        entry.changed_at, entry.action
    );
    println!("  by {}, {}", ascii(&entry.actor), ascii(&entry.origin));
    for (name, value) in [("old", &entry.old), ("new", &entry.new)] {
        if let Some(value) = value {
            println!("  {name} {}", ascii(value));
        }
    }
}

fn as_json(entry: &AuditEntry) -> Value {
    json!({
        "id": entry.id,
        "at": entry.changed_at.rfc3339(),
        "actor": entry.actor,
        "origin": entry.origin,
        "app_id": entry.project_id,
        "action": entry.action,
        "subject": entry.subject,
        "old": entry.old,
        "new": entry.new,
    })
}
