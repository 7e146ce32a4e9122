//! `usdt-gateway backup`, `restore` and `restored`: copies of the database, and what to do once one
//! has taken the database's place.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::data::{self, backup};
use crate::store::Restoration;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The backup
    file: PathBuf,
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
}

#[derive(Debug, Args)]
pub struct RestoredArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
}

pub async fn back_up(arguments: Arguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    require_file(&config)?;
    let (store, _) = data::open(&config).await?;
    let bytes = backup::back_up(&store, &arguments.file).await?;
    store.close().await;
    println!(
        "{} holds the database as it stood now: {bytes} bytes, looked through and sound.",
        arguments.file.display()
    );
    println!("It does not hold the master key, without which it cannot be used.");
    Ok(())
}

pub async fn restore(arguments: Arguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    require_file(&config)?;
    let now = SystemClock.now();
    let restoration = backup::restore(&config, &arguments.file, now).await?;
    println!("{} is the database now.", arguments.file.display());
    tell(restoration);
    Ok(())
}

pub async fn restored(arguments: RestoredArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let now = SystemClock.now();
    tell(backup::make_restored_safe(&config, now).await?);
    Ok(())
}

/// A database on a server is copied by the server's own tools.
fn require_file(config: &Config) -> Result<(), Failure> {
    match &config.database {
        None => Ok(()),
        Some(database) => Err(format!(
            "{database} is backed up and restored with PostgreSQL's own tools, such as pg_dump and \
             pg_restore; after a restore, run `usdt-gateway restored` before the gateway starts"
        )
        .into()),
    }
}

fn tell(Restoration { holds_until }: Restoration) {
    println!(
        "Until {holds_until} UTC new payments get amounts with six decimals, which no lost payment has."
    );
    println!("Start the gateway: it reads the chain again from where this database stands.");
    println!("Money for payments that are lost goes to the review list.");
}
