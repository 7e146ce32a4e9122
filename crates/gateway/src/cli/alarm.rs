//! `usdt-gateway alarm`: closes an alarm that an operator has dealt with.

use std::path::PathBuf;

use clap::Subcommand;

use super::Failure;
use super::author::author;
use crate::config::Config;
use crate::data;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Close an alarm; `doctor` lists those that are open
    Clear {
        /// The gateway's configuration file
        #[arg(long)]
        config: PathBuf,
        /// The alarm's number
        id: i64,
    },
}

pub async fn run(command: Command) -> Result<(), Failure> {
    let Command::Clear { config, id } = command;
    let config = Config::read(&config)?;
    let (store, _vault) = data::open(&config).await?;
    let cleared = store.clear_by_id(id, &author()).await?;
    store.close().await;
    if cleared {
        println!("Alarm {id} is closed.");
        Ok(())
    } else {
        Err(format!("no alarm {id} is open").into())
    }
}
