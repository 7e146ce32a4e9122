//! `usdt-gateway migrate`: brings the database up to date before a gateway of this version starts.

use std::path::Path;

use super::Failure;
use crate::config::Config;
use crate::data;
use crate::store::Update;

pub async fn run(file: &Path) -> Result<(), Failure> {
    let config = Config::read(file)?;
    let Update { from, to } = data::update(&config).await?;
    let place = match &config.database {
        Some(database) => database.to_string(),
        None => config.data_dir.display().to_string(),
    };
    if from == to {
        println!(
            "The database in {place} is up to date, at migration {to}: there is nothing to do."
        );
    } else {
        println!("The database in {place} was brought from migration {from} to {to}.");
    }
    Ok(())
}
