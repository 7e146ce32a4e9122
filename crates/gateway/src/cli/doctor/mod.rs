//! `usdt-gateway doctor`: looks at everything that can be wrong, and says what is.

mod chain;
mod data;
mod diagnosis;
mod findings;
mod first_day;
mod gateways;
mod indexer;
mod node;
mod probe;
mod quota;
mod rates;
mod work;

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use self::findings::{Findings, fine};
use super::Failure;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration file
    #[arg(long)]
    config: PathBuf,
    /// Ask the nodes for so many minutes what the gateway would ask, and judge how they answer
    #[arg(long, value_name = "MINUTES", group = "kind")]
    probe: Option<NonZeroU32>,
    /// Write what the probe has measured to this file, as JSON without secrets
    #[arg(long, value_name = "FILE", requires = "probe")]
    output: Option<PathBuf>,
    /// Reckon the requests of a day, and compare them with the nodes' daily limits
    #[arg(long, group = "kind")]
    quota: bool,
    /// Go through the list of what comes before the first real money
    #[arg(long, group = "kind")]
    first_day: bool,
    /// What a probe has measured, for the list
    #[arg(long, value_name = "FILE", requires = "first_day")]
    probe_file: Option<PathBuf>,
    /// The folder of the backups, for the list
    #[arg(long, value_name = "FOLDER", requires = "first_day")]
    backups: Option<PathBuf>,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    if let Some(minutes) = arguments.probe {
        return probe::run(&config, minutes, arguments.output.as_deref()).await;
    }
    if arguments.quota {
        return quota::run(&config).await;
    }
    if arguments.first_day {
        let files = first_day::Files {
            config: &arguments.config,
            probe: arguments.probe_file.as_deref(),
            backups: arguments.backups.as_deref(),
        };
        return first_day::run(&config, files).await;
    }
    examine(&arguments.config, &config).await
}

async fn examine(file: &Path, config: &Config) -> Result<(), Failure> {
    let mut findings = Findings::default();
    fine(format_args!(
        "the configuration {} is sound",
        file.display()
    ));
    let store = data::examine(config, &mut findings).await?;
    gateways::examine(config, &store, &mut findings).await?;
    let now = SystemClock.now();
    for chain in &config.chains {
        chain::examine(chain, &store, now, &mut findings).await?;
    }
    rates::examine(config, now, &mut findings).await?;
    work::examine(&store, now, &mut findings).await?;
    store.close().await;
    findings.conclude()
}
