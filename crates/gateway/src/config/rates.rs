//! The `[rates]` section: what one unit of each currency is worth in USDT, or who says so.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;
use url::Url;
use usdt_protocol::{CurrencyCode, NoCurrency, UtcTime};

use super::ConfigError;
use crate::calendar;
use crate::outbound::target;
use crate::payments::price::{Margin, NoRate, Rate};

const USUAL_AGE_OF_FIXED: u32 = 31 * 86_400;
const USUAL_AGE: u32 = 900;

/// Where the rate of one currency comes from, and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateConfig {
    pub currency: CurrencyCode,
    pub source: RateSource,
    pub margin: Margin,
    /// A rate that is older is not used.
    pub largest_age: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RateSource {
    /// The operator says so.
    Fixed { rate: Rate, since: UtcTime },
    /// A JSON document has it.
    Url {
        url: Url,
        /// Where in the document: RFC 6901.
        pointer: String,
        /// It says how many units are worth one USDT.
        inverted: bool,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateSection {
    fixed: Option<String>,
    since: Option<String>,
    url: Option<String>,
    pointer: Option<String>,
    #[serde(default)]
    inverted: bool,
    margin_percent: Option<String>,
    largest_age_seconds: Option<NonZeroU32>,
}

pub(super) fn parse(
    sections: BTreeMap<String, RateSection>,
    allow_private: bool,
) -> Result<Vec<RateConfig>, ConfigError> {
    let rates = sections.into_iter().map(|(code, section)| {
        let wrong = |field: &str, why: String| ConfigError::Field {
            field: format!("rates.{code}{field}"),
            why,
        };
        let currency = code
            .parse()
            .map_err(|error: NoCurrency| wrong("", error.to_string()))?;
        let margin = section.margin_percent.as_deref().map(str::parse::<Margin>);
        let margin = margin.transpose();
        let margin = margin.map_err(|error| wrong(".margin_percent", error.to_string()))?;
        let (source, usual_age) =
            source(&section, allow_private).map_err(|(field, why)| wrong(field, why))?;
        let age = section
            .largest_age_seconds
            .map_or(usual_age, NonZeroU32::get);
        Ok(RateConfig {
            currency,
            source,
            margin: margin.unwrap_or_default(),
            largest_age: Duration::from_secs(age.into()),
        })
    });
    rates.collect()
}

/// The source and the usual age, or the field that is wrong and why.
fn source(
    section: &RateSection,
    allow_private: bool,
) -> Result<(RateSource, u32), (&'static str, String)> {
    match (&section.fixed, &section.url) {
        (Some(rate), None) => {
            if section.pointer.is_some() || section.inverted {
                return Err((
                    "",
                    "has a fixed rate: pointer and inverted belong to a url".to_owned(),
                ));
            }
            let rate: Rate = rate
                .parse()
                .map_err(|error: NoRate| (".fixed", error.to_string()))?;
            let since = section.since.as_deref().and_then(calendar::parse_time);
            let since = since.ok_or((
                ".since",
                "must be the day from which the fixed rate is, such as 2026-11-01".to_owned(),
            ))?;
            Ok((RateSource::Fixed { rate, since }, USUAL_AGE_OF_FIXED))
        }
        (None, Some(url)) => {
            if section.since.is_some() {
                return Err((".since", "belongs to a fixed rate".to_owned()));
            }
            let url = target::parse(url, allow_private, allow_private).map_err(|_| {
                (
                    ".url",
                    "must be https and lead to a public address".to_owned(),
                )
            })?;
            let pointer = section.pointer.clone().unwrap_or_default();
            if !pointer.starts_with('/') {
                let why = "must say where in the JSON the rate stands, such as /rates/EUR";
                return Err((".pointer", why.to_owned()));
            }
            let inverted = section.inverted;
            Ok((
                RateSource::Url {
                    url,
                    pointer,
                    inverted,
                },
                USUAL_AGE,
            ))
        }
        _ => Err(("", "must have either fixed or url".to_owned())),
    }
}
