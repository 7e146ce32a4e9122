//! `usdt-gateway project list`, `show`, `set`, `disable` and `enable`: projects and their settings, shown
//! and changed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, ValueEnum};
use serde_json::{Value, json};
use url::Url;

use super::Failure;
use super::ascii::ascii;
use super::author::author;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::data;
use crate::outbound::target;
use crate::payments::event_type::EventType;
use crate::payments::slot::MostAddition;
use crate::payments::{LatePolicy, ProjectId, legible};
use crate::store::{AddressError, ProjectSettings, Settings, Store};

#[derive(Debug, Args)]
pub struct ListArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// What is changed; all else stays as it is.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(group(ArgGroup::new("settings").required(true).multiple(true)))]
pub struct SetArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
    /// A name for your own records
    #[arg(long, group = "settings", value_parser = parse_name)]
    name: Option<String>,
    /// Where the webhooks go, those that wait too
    #[arg(long, group = "settings")]
    webhook_url: Option<String>,
    /// Send no webhooks
    #[arg(long, group = "settings", conflicts_with = "webhook_url")]
    no_webhook_url: bool,
    /// Minutes that a payer has, of payments that are created from now on
    #[arg(long, group = "settings", value_parser = clap::value_parser!(u64).range(WINDOW_MINUTES))]
    window_minutes: Option<u64>,
    /// Hours that an amount stays reserved after the window, of payments that are created from now on
    #[arg(long, group = "settings", value_parser = clap::value_parser!(u64).range(QUARANTINE_HOURS))]
    quarantine_hours: Option<u64>,
    /// The most that is added to a price to tell payments apart, in USDT, from 0.0999 to 0.9999
    #[arg(long, group = "settings", value_name = "USDT")]
    most_addition: Option<MostAddition>,
    /// What becomes of an exact payment that comes after the window
    #[arg(long, group = "settings", value_enum)]
    late: Option<Late>,
    /// Whether payers see a payment's description; without this, it is the merchant's alone
    #[arg(
        long,
        group = "settings",
        value_enum,
        value_name = "on|off",
        hide_possible_values = true
    )]
    show_description: Option<Switch>,
    /// Whether the merchant decides by the API about transfers in review; otherwise you alone do
    #[arg(
        long,
        group = "settings",
        value_enum,
        value_name = "on|off",
        hide_possible_values = true
    )]
    project_reviews: Option<Switch>,
    /// What the merchant is told besides that payments are paid: payment.expired, payment.review, payment.seen, or
    /// some of them, separated by commas; or none
    #[arg(long, group = "settings", value_name = "TYPES|none", value_parser = parse_events)]
    events: Option<BTreeSet<EventType>>,
    /// Whether webhooks that fail are tried for three days more
    #[arg(
        long,
        group = "settings",
        value_enum,
        value_name = "on|off",
        hide_possible_values = true
    )]
    further_retries: Option<Switch>,
}

#[derive(Debug, Args)]
pub struct ShowArguments {
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
pub struct OneArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
}

/// The minutes that a payer may have, and the hours that an amount may stay reserved after them.
pub(super) const WINDOW_MINUTES: std::ops::RangeInclusive<u64> = 1..=10_080;
pub(super) const QUARANTINE_HOURS: std::ops::RangeInclusive<u64> = 0..=8_760;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Late {
    /// It makes the payment paid
    Accept,
    /// It waits for review
    Review,
}

impl From<Late> for LatePolicy {
    fn from(late: Late) -> Self {
        match late {
            Late::Accept => Self::Accept,
            Late::Review => Self::Review,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// A name that can be told from others in a list.
pub(super) fn parse_name(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    if legible::is_visible(name) && !name.chars().any(legible::is_disruptive) {
        Ok(name.to_owned())
    } else {
        Err(
            "the name must have characters that can be seen, and no line breaks, control or \
             direction characters",
        )
    }
}

fn parse_events(text: &str) -> Result<BTreeSet<EventType>, &'static str> {
    if text == "none" {
        return Ok(BTreeSet::new());
    }
    EventType::asked_for(text.split(',')).ok_or(
        "the types must be none, or some of payment.expired, payment.review and payment.seen, \
         separated by commas",
    )
}

pub async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (store, _) = data::open(&config).await?;
    let projects = store.projects().await?;
    store.close().await;
    if arguments.json {
        let all: Vec<Value> = projects.iter().map(as_json).collect();
        println!("{}", ascii(&Value::from(all)));
        return Ok(());
    }
    println!("project  network    state     API key                                   name");
    for one in &projects {
        println!(
            "{:>7}  {:<9}  {:<8}  {:<40}  {}",
            one.project.id,
            one.project.network.as_str(),
            if one.project.disabled {
                "disabled"
            } else {
                "enabled"
            },
            one.project.api_key.as_str(),
            one.settings.name
        );
    }
    Ok(())
}

pub async fn set(arguments: SetArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let (store, _) = data::open(&config).await?;
    let project = store.project(id).await?;
    let project = project.ok_or(AddressError::UnknownProject(id))?;
    let webhook_url = arguments
        .webhook_url
        .as_deref()
        .map(|text| target::parse(text, project.test, config.allow_private_webhooks))
        .transpose()?;
    let change = |settings: &mut Settings| arguments.apply(webhook_url, settings);
    store
        .change_settings(id, change, (&author()).into())
        .await?;
    print(&store, id, false).await
}

impl SetArguments {
    fn apply(self, webhook_url: Option<Url>, settings: &mut Settings) {
        if let Some(name) = self.name {
            settings.name = name;
        }
        if webhook_url.is_some() || self.no_webhook_url {
            settings.webhook_url = webhook_url;
        }
        if let Some(minutes) = self.window_minutes {
            settings.window = Duration::from_secs(minutes * 60);
        }
        if let Some(hours) = self.quarantine_hours {
            settings.quarantine = Duration::from_secs(hours * 3_600);
        }
        if let Some(most) = self.most_addition {
            settings.most_addition = most;
        }
        if let Some(late) = self.late {
            settings.late_policy = late.into();
        }
        if let Some(switch) = self.show_description {
            settings.show_description = switch == Switch::On;
        }
        if let Some(switch) = self.project_reviews {
            settings.project_reviews = switch == Switch::On;
        }
        if let Some(events) = self.events {
            settings.events = events;
        }
        if let Some(switch) = self.further_retries {
            settings.further_retries = switch == Switch::On;
        }
    }
}

pub async fn show(arguments: ShowArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (store, _) = data::open(&config).await?;
    print(&store, arguments.project, arguments.json).await
}

pub async fn set_disabled(arguments: OneArguments, disabled: bool) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let (store, _) = data::open(&config).await?;
    let changed = store.set_disabled(id, disabled, &author()).await?;
    store.close().await;
    let changed = changed.ok_or(AddressError::UnknownProject(id))?;
    match (disabled, changed) {
        (true, true) => println!(
            "Project {id} is disabled: it gets no new payments, and its keys may ask, and create or change \
             nothing. Its open payments are still watched, credited and told."
        ),
        (false, true) => println!("Project {id} is enabled."),
        (true, false) => println!("Project {id} is disabled already."),
        (false, false) => println!("Project {id} is not disabled."),
    }
    Ok(())
}

async fn print(store: &Store, id: ProjectId, json: bool) -> Result<(), Failure> {
    let settings = store.project_settings(id).await?;
    store.close().await;
    let shown = settings.ok_or(AddressError::UnknownProject(id))?;
    if json {
        println!("{}", ascii(&as_json(&shown)));
    } else {
        print_text(&shown);
    }
    Ok(())
}

fn print_text(shown: &ProjectSettings) {
    let ProjectSettings {
        project, settings, ..
    } = shown;
    let mode = if project.test { ", a test project" } else { "" };
    println!(
        "Project {} ({}) on {}{mode}:",
        project.id, settings.name, project.network
    );
    if project.disabled {
        println!("Disabled:         it gets no new payments");
    }
    println!("API key:          {}", project.api_key.as_str());
    if let Some(rotation) = &project.rotation
        && rotation.ends_at > SystemClock.now()
    {
        println!(
            "Secrets:          two, of which the old one is valid until {} UTC",
            rotation.ends_at
        );
    }
    let webhooks = settings
        .webhook_url
        .as_ref()
        .map_or_else(|| "none".to_owned(), |url| format!("to {url}"));
    println!("Webhooks:         {webhooks}");
    println!(
        "Window:           {} minutes",
        settings.window.as_secs() / 60
    );
    let hours = settings.quarantine.as_secs() / 3_600;
    println!("Quarantine:       {hours} hours");
    println!("Most addition:    {} USDT", settings.most_addition.get());
    println!("Late payments:    {}", late(settings.late_policy));
    let switch = |is_on: bool| if is_on { "on" } else { "off" };
    println!("Show description: {}", switch(settings.show_description));
    println!("Project reviews:  {}", switch(settings.project_reviews));
    let events = match settings.event_names().join(", ") {
        none if none.is_empty() => "none".to_owned(),
        names => names,
    };
    println!("Further events:   {events}");
    println!("Further retries:  {}", switch(settings.further_retries));
}

const fn late(policy: LatePolicy) -> &'static str {
    match policy {
        LatePolicy::Accept => "accept",
        LatePolicy::Review => "review",
    }
}

fn as_json(shown: &ProjectSettings) -> Value {
    let ProjectSettings {
        project,
        settings,
        created_at,
    } = shown;
    let rotation = project.rotation.as_ref();
    let overlap = rotation.filter(|rotation| rotation.ends_at > SystemClock.now());
    json!({
        "app_id": project.id,
        "name": settings.name,
        "network": project.network.as_str(),
        "test": project.test,
        "disabled": project.disabled,
        "api_key": project.api_key.as_str(),
        "old_secret_ends_at": overlap.map(|rotation| rotation.ends_at.rfc3339()),
        "webhook_url": settings.webhook_url.as_ref().map(Url::as_str),
        "window_minutes": settings.window.as_secs() / 60,
        "quarantine_hours": settings.quarantine.as_secs() / 3_600,
        "most_addition": settings.most_addition.get().to_string(),
        "late": late(settings.late_policy),
        "show_description": settings.show_description,
        "project_reviews": settings.project_reviews,
        "events": settings.event_names(),
        "further_retries": settings.further_retries,
        "created_at": created_at.rfc3339(),
    })
}
