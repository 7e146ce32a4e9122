//! Asks every source of rates, and looks whether the fixed ones are still young enough.

use usdt_protocol::UtcTime;

use super::Failure;
use super::findings::{Findings, fine};
use crate::config::{Config, RateSource};
use crate::rates::Rates;

pub(super) async fn examine(
    config: &Config,
    now: UtcTime,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let rates = Rates::new(&config.rates, config.allow_private_webhooks)?;
    for source in &config.rates {
        let currency = source.currency;
        if let RateSource::Fixed { rate, since } = source.source {
            let is_young = since.seconds_until(now) <= source.largest_age.as_secs();
            let age = if is_young {
                "used"
            } else {
                "too old to be used"
            };
            findings.judge(
                is_young,
                format_args!("rates.{currency}: {rate} since {since} UTC, {age}"),
            );
            continue;
        }
        match rates.ask_once(currency).await {
            Ok(rate) => fine(format_args!("rates.{currency}: {rate}")),
            Err(error) => findings.problem(format_args!("rates.{currency}: {error}")),
        }
    }
    Ok(())
}
