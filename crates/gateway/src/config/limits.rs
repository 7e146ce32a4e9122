//! The `[limits]` section: how many clients are served at once, and how long each may take.

use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use serde::Deserialize;

use super::ConfigError;

/// How many clients are served at once, and how long each may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections that are open at once; `None` for as many as the descriptors allow.
    pub connections: Option<usize>,
    /// Status requests that are held at once; `None` for three quarters of the connections.
    pub held_requests: Option<usize>,
    /// Of these, by one client.
    pub held_requests_per_client: usize,
    /// In a minute, by one API key, of those that ask or create.
    pub calls_per_key: u32,
    /// The same of those that change or send something else.
    pub changes_per_key: u32,
    pub patience: Patience,
}

/// How long a client may take for its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the head of a request, from its first byte.
    pub head: Duration,
    /// For a whole body.
    pub body: Duration,
    /// For taking a whole answer.
    pub answer: Duration,
    /// Until it begins a request.
    pub idle: Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsSection {
    connections: Option<NonZeroU32>,
    held_requests: Option<u32>,
    held_requests_per_client: u32,
    calls_per_key: NonZeroU32,
    changes_per_key: NonZeroU32,
    head_seconds: NonZeroU16,
    body_seconds: NonZeroU16,
    answer_seconds: NonZeroU16,
    idle_seconds: NonZeroU16,
}

const fn seconds(seconds: u16) -> NonZeroU16 {
    match NonZeroU16::new(seconds) {
        Some(seconds) => seconds,
        None => NonZeroU16::MIN,
    }
}

const fn number(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

impl Default for LimitsSection {
    fn default() -> Self {
        Self {
            connections: None,
            held_requests: None,
            held_requests_per_client: 200,
            calls_per_key: number(6_000),
            changes_per_key: number(120),
            head_seconds: seconds(10),
            body_seconds: seconds(10),
            answer_seconds: seconds(60),
            // Longer than proxies keep their connections to us, so that they close them first.
            idle_seconds: seconds(75),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::from(LimitsSection::default())
    }
}

impl From<LimitsSection> for Limits {
    fn from(section: LimitsSection) -> Self {
        let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let time = |seconds: NonZeroU16| Duration::from_secs(seconds.get().into());
        Self {
            connections: section.connections.map(|number| count(number.get())),
            held_requests: section.held_requests.map(count),
            held_requests_per_client: count(section.held_requests_per_client),
            calls_per_key: section.calls_per_key.get(),
            changes_per_key: section.changes_per_key.get(),
            patience: Patience {
                head: time(section.head_seconds),
                body: time(section.body_seconds),
                answer: time(section.answer_seconds),
                idle: time(section.idle_seconds),
            },
        }
    }
}

pub(super) fn parse(section: LimitsSection) -> Result<Limits, ConfigError> {
    let limits = Limits::from(section);
    match (limits.connections, limits.held_requests) {
        (Some(connections), Some(held)) if held >= connections => Err(ConfigError::Field {
            field: "limits.held_requests".to_owned(),
            why: "must be less than limits.connections, or held requests lock all others out"
                .to_owned(),
        }),
        _ => Ok(limits),
    }
}
