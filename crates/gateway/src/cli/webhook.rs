//! `usdt-gateway webhook`: shows the events that merchants are told, sends them again, and tries receivers.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use usdt_protocol::{PaymentId, UtcTime};

use super::Failure;
use super::ascii::ascii;
use super::author::author;
use crate::calendar;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::data;
use crate::payments::ProjectId;
use crate::payments::event_type::EventType;
use crate::store::{
    AddressError, Attempt, EventState, Page, ResendError, Store, StoreError, WebhookEvent,
    WebhookFilter,
};
use crate::webhooks::sender::{Limits, Sender};
use crate::webhooks::trial::Trial;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the events, the newest first
    List(ListArguments),
    /// Show an event, its body and the attempts to deliver it
    Show(ShowArguments),
    /// Send an event again at once, or all that were given up
    Resend(ResendArguments),
    /// Try a project's receiver with an event that can be taken for no payment
    Test(TestArguments),
}

#[derive(Debug, Args)]
pub struct ListArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// Only those of this project
    #[arg(long, value_name = "PROJECT_ID")]
    project: Option<ProjectId>,
    /// Only those of this type, such as payment.paid
    #[arg(long = "type", value_name = "TYPE", value_parser = parse_type)]
    kind: Option<EventType>,
    /// Only those in this state
    #[arg(long, value_enum)]
    state: Option<State>,
    /// How many at most
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The event's ID, its `webhook-id`
    event: String,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("events").required(true)))]
pub struct ResendArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The event's ID, its `webhook-id`
    #[arg(group = "events")]
    event: Option<String>,
    /// All events of this project that were given up
    #[arg(
        long,
        group = "events",
        value_name = "PROJECT_ID",
        requires = "failed_since"
    )]
    project: Option<ProjectId>,
    /// Since this time of UTC, such as "2026-07-01 18:30:00" or 2026-07-01
    #[arg(long, value_name = "TIME", requires = "project", value_parser = parse_time)]
    failed_since: Option<UtcTime>,
}

#[derive(Debug, Args)]
pub struct TestArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Pending,
    Delivered,
    Failed,
    #[value(name = "no_url")]
    NoUrl,
}

impl From<State> for EventState {
    fn from(state: State) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Delivered => Self::Delivered,
            State::Failed => Self::Failed,
            State::NoUrl => Self::NoUrl,
        }
    }
}

fn parse_time(text: &str) -> Result<UtcTime, &'static str> {
    calendar::parse_time(text)
        .ok_or("the time must be one of UTC, such as \"2026-07-01 18:30:00\" or 2026-07-01")
}

fn parse_type(text: &str) -> Result<EventType, &'static str> {
    EventType::named(text)
        .ok_or("the type must be payment.paid, payment.expired, payment.review or payment.seen")
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::List(arguments) => list(arguments).await,
        Command::Show(arguments) => show(arguments).await,
        Command::Resend(arguments) => resend(arguments).await,
        Command::Test(arguments) => test(arguments).await,
    }
}

async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (store, _) = data::open(&config).await?;
    if let Some(id) = arguments.project
        && store.project(id).await?.is_none()
    {
        return Err(AddressError::UnknownProject(id).into());
    }
    let filter = WebhookFilter {
        project: arguments.project,
        kind: arguments.kind,
        state: arguments.state.map(EventState::from),
        ..WebhookFilter::default()
    };
    let page = Page::newest(usize::try_from(arguments.limit)?);
    let events = store.webhook_events(filter, &page).await?;
    store.close().await;
    if arguments.json {
        let all: Vec<Value> = events.iter().map(as_json).collect();
        println!("{}", ascii(&Value::from(all)));
        return Ok(());
    }
    println!(
        "born (UTC)           project  type             payment           state      attempts  event"
    );
    for event in &events {
        println!(
            "{}  {:>7}  {:<15}  {:<16}  {:<9}  {:>8}  {}",
            event.created_at,
            event.project_id,
            event.kind.as_str(),
            event
                .payment_id
                .map_or_else(|| "-".to_owned(), |id| id.to_string()),
            event.state,
            event.attempts,
            event.id
        );
        if let (Some(error), EventState::Pending | EventState::Failed) = (&event.error, event.state)
        {
            println!("  {}", ascii(error));
        }
    }
    Ok(())
}

async fn show(arguments: ShowArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (store, _) = data::open(&config).await?;
    let event = store.webhook_event(&arguments.event, None).await?;
    let event = event.ok_or(ResendError::UnknownEvent(arguments.event))?;
    let told = Told::read(&store, event).await?;
    store.close().await;
    if arguments.json {
        println!("{}", ascii(&told.json()));
    } else {
        told.print();
    }
    Ok(())
}

/// An event, and how it was told.
pub(super) struct Told {
    event: WebhookEvent,
    attempts: Vec<Attempt>,
}

impl Told {
    /// What the merchant is told of a payment.
    pub(super) async fn of_payment(
        store: &Store,
        payment: PaymentId,
    ) -> Result<Option<Self>, StoreError> {
        let filter = WebhookFilter {
            payment: Some(payment),
            kind: Some(EventType::Paid),
            ..WebhookFilter::default()
        };
        match store.webhook_events(filter, &Page::newest(1)).await?.pop() {
            Some(event) => Self::read(store, event).await.map(Some),
            None => Ok(None),
        }
    }

    async fn read(store: &Store, event: WebhookEvent) -> Result<Self, StoreError> {
        Ok(Self {
            attempts: store.delivery_attempts(&event).await?,
            event,
        })
    }

    pub(super) fn json(&self) -> Value {
        let mut shown = as_json(&self.event);
        if let Some(fields) = shown.as_object_mut() {
            let attempts: Vec<Value> = self.attempts.iter().map(attempt_as_json).collect();
            fields.insert("body".to_owned(), self.event.body.clone().into());
            fields.insert("attempts".to_owned(), attempts.into());
        }
        shown
    }

    pub(super) fn print(&self) {
        let event = &self.event;
        println!("Webhook:  {} of project {}", event.id, event.project_id);
        println!("  Type    {}", event.kind.as_str());
        if let (Some(payment), Some(order)) = (event.payment_id, &event.order_id) {
            println!("  Payment {payment}");
            println!("  Order   {}", ascii(&json!(order)));
        }
        println!("  Born    {} UTC", event.created_at);
        match event.retry_at {
            Some(at) => println!("  State   {}, next attempt at {at} UTC", event.state),
            None => println!("  State   {}", event.state),
        }
        println!("  Body    {}", ascii(&event.body));
        for (number, attempt) in (1..).zip(&self.attempts) {
            println!(
                "  Attempt {number} at {} UTC, {} ms: {}",
                attempt.started_at,
                attempt.finished_at.millis() - attempt.started_at.millis(),
                outcome(attempt)
            );
            if let Some(excerpt) = attempt.excerpt.as_deref().filter(|text| !text.is_empty()) {
                println!("    {}", ascii(&json!(excerpt)));
            }
        }
    }
}

fn outcome(attempt: &Attempt) -> String {
    match (&attempt.error, attempt.http_status) {
        (Some(error), _) => ascii(error),
        (None, Some(status)) => format!("delivered, answered {status}"),
        (None, None) => "delivered".to_owned(),
    }
}

fn as_json(event: &WebhookEvent) -> Value {
    json!({
        "id": event.id,
        "type": event.kind.as_str(),
        "app_id": event.project_id,
        "payment_id": event.payment_id,
        "order_id": event.order_id,
        "state": event.state.as_str(),
        "created_at": event.created_at.rfc3339(),
        "retry_at": event.retry_at.map(UtcTime::rfc3339),
        "attempts": event.attempts,
        "error": event.error,
    })
}

fn attempt_as_json(attempt: &Attempt) -> Value {
    json!({
        "started_at": attempt.started_at.rfc3339(),
        "milliseconds": attempt.finished_at.millis() - attempt.started_at.millis(),
        "http_status": attempt.http_status,
        "error": attempt.error,
        "excerpt": attempt.excerpt,
    })
}

async fn resend(arguments: ResendArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (store, _) = data::open(&config).await?;
    let by = author();
    if let Some(event) = arguments.event {
        store.resend_webhook(&event, (&by).into()).await?;
        println!(
            "Event {event} is sent again, at once: `usdt-gateway webhook show {event}` tells how it went."
        );
    } else if let (Some(project), Some(since)) = (arguments.project, arguments.failed_since) {
        match store.resend_failed_webhooks(project, since, &by).await? {
            0 => println!("No event of project {project} was given up since {since} UTC."),
            count => println!("Events of project {project} that are sent again, at once: {count}."),
        }
    }
    store.close().await;
    Ok(())
}

async fn test(arguments: TestArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let (store, vault) = data::open(&config).await?;
    let project = store.project(id).await?;
    store.close().await;
    let project = project.ok_or(AddressError::UnknownProject(id))?;
    let url = project.webhook_url.as_ref().ok_or(ResendError::NoUrl(id))?;
    let sender = Sender::new(config.allow_private_webhooks, Limits::default())?;
    let trial = Trial::of(&sender, &vault, &project, url, SystemClock.now()).await?;
    println!("Sent to {url}: {}", trial.body);
    if let Some(excerpt) = trial.excerpt.as_deref().filter(|text| !text.is_empty()) {
        println!("The answer began with {}", ascii(&json!(excerpt)));
    }
    let ms = trial.time.as_millis();
    match (trial.error, trial.http_status) {
        (Some(error), _) => Err(format!(
            "after {ms} ms: {}: a webhook would be repeated",
            ascii(&error)
        )
        .into()),
        (None, status) => {
            let status = status.map_or_else(String::new, |status| format!(", with {status}"));
            println!("Delivered after {ms} ms{status}.");
            Ok(())
        }
    }
}
