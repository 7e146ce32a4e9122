//! `usdt-gateway init`: makes a new gateway.

use std::path::Path;

use super::Failure;
use crate::config::{Config, MasterKey};
use crate::data;

pub async fn run(file: &Path) -> Result<(), Failure> {
    let config = Config::read(file)?;
    data::create(&config).await?;
    match &config.database {
        Some(database) => println!("A new gateway lives in {database}."),
        None => println!("A new gateway lives in {}.", config.data_dir.display()),
    }
    match &config.master_key {
        MasterKey::Own(file) => println!(
            "Copy {} to a safe place now: without it no backup can be used.",
            file.display()
        ),
        given => {
            println!("Its master key is that of {given}, without which no backup can be used.");
        }
    }
    Ok(())
}
