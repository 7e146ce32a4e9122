//! `usdt-gateway listen`: hands the webhooks of a test project on to a developer's own machine, which no gateway
//! reaches.
//!
//! It asks the gateway for new events once a second and posts each to a local URL as the gateway would: the same
//! bytes under the same ID, signed with the project's secret. What was there before it began is not handed on.

use std::collections::HashSet;
use std::env;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use usdt_protocol::UtcTime;
use usdt_protocol::txid::Hex;

use super::ascii::ascii;
use super::{Failure, shutdown};
use crate::clock::{Clock as _, SystemClock};
use crate::secrets::{ApiSecret, LiveSecrets};
use crate::webhooks::sender::{Limits, Sender};
use crate::webhooks::signature;

const EVERY: Duration = Duration::from_secs(1);

const LONGEST_CALL: Duration = Duration::from_secs(15);

/// By so many seconds an event may be written down after others that are newer, by the clock of another gateway.
const LATE_SECONDS: i64 = 60;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the events go
    #[arg(long, value_name = "URL")]
    forward: Url,
    /// Where the gateway is. The project's key and secret are read from the environment: `API_KEY` and
    /// `API_SECRET`
    #[arg(long, value_name = "URL")]
    gateway: Url,
}

/// Why a call has no answer that is of use.
#[derive(Debug, thiserror::Error)]
enum CallError {
    /// Asking again changes nothing.
    #[error("the gateway refuses: {0}")]
    Refused(String),
    #[error("the gateway does not answer as it should, and is asked again: {0}")]
    Passing(String),
}

/// The gateway, as the project calls it.
struct Gateway {
    http: reqwest::Client,
    url: Url,
    api_key: String,
    secrets: LiveSecrets,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: String,
}

#[derive(Deserialize)]
struct ProjectAnswer {
    project: Project,
}

#[derive(Deserialize)]
struct Project {
    app_id: i64,
    mode: String,
    #[serde(with = "usdt_protocol::time::rfc3339")]
    server_time: UtcTime,
}

#[derive(Deserialize)]
struct EventsAnswer {
    events: Vec<Listed>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    event_id: String,
    created_at: UtcTime,
}

#[derive(Deserialize)]
struct EventAnswer {
    event: Event,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "event_id")]
    id: String,
    #[serde(rename = "type")]
    kind: String,
    body: String,
}

/// Events since a time, by their IDs.
struct News {
    /// The time of the newest.
    newest: UtcTime,
    all: HashSet<String>,
    /// Those that were not known, the oldest first.
    new: Vec<String>,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let stop = shutdown::on_signal(Duration::ZERO)?.shutdown;
    tokio::select! {
        ended = listen(&arguments) => ended,
        () = stop.cancelled() => Ok(()),
    }
}

async fn listen(arguments: &Arguments) -> Result<(), Failure> {
    let gateway = Gateway::new(arguments)?;
    let ProjectAnswer { project } = gateway.ask("api/v1/project", &[]).await?;
    if project.mode != "test" {
        return Err("only the events of a test project are handed on".into());
    }
    let sender = Sender::new(true, Limits::default())?;
    let mut since = project.server_time;
    let mut known = HashSet::new();
    let News { newest, all, .. } = gateway.news(since, &known).await?;
    (since, known) = (newest, all);
    println!(
        "New events of project {} go to {}, until Ctrl-C.",
        project.app_id, arguments.forward
    );
    let mut is_told = false;
    loop {
        tokio::time::sleep(EVERY).await;
        match hand_on(&gateway, &sender, arguments, (&mut since, &mut known)).await {
            Ok(()) => is_told = false,
            Err(CallError::Passing(_)) if is_told => {}
            Err(error @ CallError::Passing(_)) => {
                is_told = true;
                println!("{error}");
            }
            Err(error @ CallError::Refused(_)) => return Err(error.into()),
        }
    }
}

/// Hands on what is new.
async fn hand_on(
    gateway: &Gateway,
    sender: &Sender,
    arguments: &Arguments,
    (since, known): (&mut UtcTime, &mut HashSet<String>),
) -> Result<(), CallError> {
    let News { newest, all, new } = gateway.news(*since, known).await?;
    for id in new {
        let path = format!("api/v1/events/{id}");
        let EventAnswer { event } = gateway.ask(&path, &[]).await?;
        let (id, now) = (&event.id, SystemClock.now());
        let headers = signature::headers(&gateway.secrets, id, now, &event.body);
        let started = Instant::now();
        let sent = sender.post(&arguments.forward, headers, &event.body).await;
        let came = match sent {
            Ok(answer) => answer.status.to_string(),
            Err(error) => ascii(&error),
        };
        println!(
            "{now} UTC  {id}  {}: {came}, {} ms",
            ascii(&event.kind),
            started.elapsed().as_millis()
        );
        known.insert(event.id);
    }
    // Those that no answer will name again are forgotten.
    (*since, *known) = (newest, all);
    Ok(())
}

impl Gateway {
    fn new(arguments: &Arguments) -> Result<Self, Failure> {
        let variable = |name: &str| {
            let missing = format!("{name} is not set: the project's keys are read from there");
            env::var(name).map_err(|_| missing)
        };
        let mut url = arguments.gateway.clone();
        // Whatever stands there without a slash at its end would be replaced.
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self {
            http: reqwest::Client::builder().timeout(LONGEST_CALL).build()?,
            url,
            api_key: variable("API_KEY")?,
            secrets: LiveSecrets {
                signing: ApiSecret::from(variable("API_SECRET")?),
                next: None,
            },
        })
    }

    /// What there is since a little before a time.
    async fn news(&self, since: UtcTime, known: &HashSet<String>) -> Result<News, CallError> {
        let from = since.plus_seconds(-LATE_SECONDS).to_string();
        let mut news = News {
            newest: since,
            all: HashSet::new(),
            new: Vec::new(),
        };
        let mut cursor = String::new();
        loop {
            let page = [
                ("created_from", &*from),
                ("limit", "100"),
                ("cursor", &*cursor),
            ];
            let EventsAnswer {
                events,
                next_cursor,
            } = self.ask("api/v1/events", &page).await?;
            for event in events {
                news.newest = news.newest.max(event.created_at);
                if !known.contains(&event.event_id) {
                    news.new.push(event.event_id.clone());
                }
                news.all.insert(event.event_id);
            }
            match next_cursor {
                Some(next) => cursor = next,
                None => break,
            }
        }
        news.new.reverse();
        Ok(news)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<T, CallError> {
        let passing = |error: String| CallError::Passing(ascii(&error));
        let mut url = self
            .url
            .join(path)
            .map_err(|error| passing(error.to_string()))?;
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        let signed = self
            .secrets
            .signing
            .sign(url.query().unwrap_or_default().as_bytes());
        let request = self
            .http
            .get(url)
            .header("x-api-key", &self.api_key)
            .header("x-signature", Hex(&signed).to_string());
        let response = request
            .send()
            .await
            .map_err(|error| passing(error.to_string()))?;
        let status = response.status();
        let text = response
            .text()
            .await
            .map_err(|error| passing(error.to_string()))?;
        if status.is_success() {
            return serde_json::from_str(&text).map_err(|error| passing(error.to_string()));
        }
        let told = serde_json::from_str(&text).map(|ErrorAnswer { error }| error);
        let told = format!("{status}: {}", ascii(&told.unwrap_or_default()));
        if status.is_client_error() && status != reqwest::StatusCode::TOO_MANY_REQUESTS {
            return Err(CallError::Refused(told));
        }
        Err(CallError::Passing(told))
    }
}
