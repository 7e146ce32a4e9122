//! `usdt-gateway init`: makes a new gateway.

use std::path::Path;

use super::Failure;
use crate::config::Config;
use crate::data;
use crate::secrets::Vault;

pub async fn run(file: &Path) -> Result<(), Failure> {
    let config = Config::read(file)?;
    data::create(&config).await?;
    match &config.database {
        Some(database) => println!("A new gateway lives in {database}."),
        None => println!("A new gateway lives in {}.", config.data_dir.display()),
    }
    println!(
        "Copy {} to a safe place now: without it no backup can be used.",
        Vault::key_file(&config.data_dir).display()
    );
    Ok(())
}
