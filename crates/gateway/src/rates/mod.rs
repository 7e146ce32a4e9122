//! The rates of other currencies: asked for while the gateway runs, and used only while they are young enough.

mod document;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Client;
use tokio_util::sync::CancellationToken;
use url::Url;
use usdt_protocol::{CurrencyCode, UtcTime};

use crate::clock::SharedClock;
use crate::config::{RateConfig, RateSource};
use crate::outbound::resolver::Resolver;
use crate::outbound::target;
use crate::payments::price::{FrozenPrice, Price, Quote, Rate, in_usdt};
use crate::webhooks::sender::SendError;

/// A document of rates is no longer.
const MOST_BYTES: usize = 1 << 20;

const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(4);

/// Between two requests to one source.
const SHORTEST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// Why a price comes to no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateError {
    /// The operator has no source for this currency.
    Unknown,
    /// The last rate is too old, or none ever came.
    TooOld,
    /// No payment is so large, or so small.
    OutOfBounds,
}

/// Why a source has told no rate: its own fault, or the network's.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("its URL leads to a private address")]
    Private,
    #[error("{0}")]
    Unreachable(#[from] reqwest::Error),
    #[error("it answers {0}")]
    Status(reqwest::StatusCode),
    #[error("its answer is longer than {MOST_BYTES} bytes")]
    TooLong,
    #[error("its answer has no rate at {0}")]
    NoRate(String),
}

/// The rates as they are known. Clones share them.
#[derive(Clone, Debug)]
pub struct Rates(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    sources: Vec<RateConfig>,
    known: Mutex<HashMap<CurrencyCode, (Rate, UtcTime)>>,
    http: Client,
    allow_private: bool,
}

impl Rates {
    /// With `allow_private`, sources may be at addresses of this machine and its network.
    pub fn new(sources: &[RateConfig], allow_private: bool) -> Result<Self, SendError> {
        let http = Client::builder()
            .timeout(ANSWER_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("usdt-gateway/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Resolver {
                allow_private,
                time: LOOKUP_TIMEOUT,
            }))
            .build()
            .map_err(SendError::Client)?;
        let fixed = sources.iter().filter_map(|source| match source.source {
            RateSource::Fixed { rate, since } => Some((source.currency, (rate, since))),
            RateSource::Url { .. } => None,
        });
        Ok(Self(Arc::new(Shared {
            known: Mutex::new(fixed.collect()),
            sources: sources.to_vec(),
            http,
            allow_private,
        })))
    }

    /// Whether the operator has a source for the currency.
    pub fn has(&self, currency: CurrencyCode) -> bool {
        self.source(currency).is_some()
    }

    /// What a price comes to now.
    pub fn quote(&self, price: Price, now: UtcTime) -> Result<Quote, RateError> {
        let source = self.source(price.currency).ok_or(RateError::Unknown)?;
        let known = self.known().get(&price.currency).copied();
        let (rate, rated_at) = known.ok_or(RateError::TooOld)?;
        if rated_at.seconds_until(now) > source.largest_age.as_secs() {
            return Err(RateError::TooOld);
        }
        let margin = source.margin;
        Ok(Quote {
            amount: in_usdt(price, rate, margin).ok_or(RateError::OutOfBounds)?,
            frozen: FrozenPrice {
                price,
                rate,
                margin,
                rated_at,
            },
        })
    }

    /// Asks the source of a currency for its rate, which is not kept.
    pub async fn ask_once(&self, currency: CurrencyCode) -> Result<Rate, SourceError> {
        match self.source(currency).map(|source| &source.source) {
            Some(RateSource::Url {
                url,
                pointer,
                inverted,
            }) => self.ask(url, (pointer, *inverted)).await,
            Some(RateSource::Fixed { rate, .. }) => Ok(*rate),
            None => Err(SourceError::NoRate(currency.to_string())),
        }
    }

    fn source(&self, currency: CurrencyCode) -> Option<&RateConfig> {
        let mut sources = self.0.sources.iter();
        sources.find(|source| source.currency == currency)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<CurrencyCode, (Rate, UtcTime)>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rates {
    /// Asks until the shutdown.
    pub async fn follow_sources(self, clock: SharedClock, shutdown: CancellationToken) {
        let asked = self.0.sources.iter().filter_map(|source| {
            let RateSource::Url {
                url,
                pointer,
                inverted,
            } = &source.source
            else {
                return None;
            };
            Some(self.follow(&clock, source, url, (pointer, *inverted)))
        });
        tokio::select! {
            () = shutdown.cancelled() => {}
            _ = futures_util::future::join_all(asked) => shutdown.cancelled().await,
        }
    }

    /// Asks one source, as often as its rates grow old.
    async fn follow(
        &self,
        clock: &SharedClock,
        source: &RateConfig,
        url: &Url,
        place: (&str, bool),
    ) {
        let pause = (source.largest_age / 3).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        let mut was_well = true;
        loop {
            match self.ask(url, place).await {
                Ok(rate) => {
                    let now = clock.now();
                    self.known().insert(source.currency, (rate, now));
                    was_well = true;
                }
                Err(error) => {
                    if was_well {
                        let host = url.host_str().unwrap_or_default();
                        tracing::error!(currency = %source.currency, host, %error, "no rate comes from its source");
                    }
                    was_well = false;
                }
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn ask(&self, url: &Url, (pointer, inverted): (&str, bool)) -> Result<Rate, SourceError> {
        target::check(url, self.0.allow_private).map_err(|_| SourceError::Private)?;
        let mut response = self
            .0
            .http
            .get(url.clone())
            .send()
            .await
            .map_err(reqwest::Error::without_url)?;
        if !response.status().is_success() {
            return Err(SourceError::Status(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(reqwest::Error::without_url)?
        {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(SourceError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let none = || SourceError::NoRate(pointer.to_owned());
        let text = document::at(&body, pointer).ok_or_else(none)?;
        let rate: Rate = text.parse().map_err(|_| none())?;
        if inverted {
            rate.inverted().map_err(|_| none())
        } else {
            Ok(rate)
        }
    }
}
