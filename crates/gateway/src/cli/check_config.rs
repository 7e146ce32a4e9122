//! `usdt-gateway config check`: says what a configuration means, or what is wrong with it.

use std::path::Path;

use super::Failure;
use crate::config::Config;

pub fn run(file: &Path) -> Result<(), Failure> {
    let config = Config::read(file)?;
    println!("{} is sound.", file.display());
    println!(
        "Listens on {}, as {}.",
        config.listen,
        config.public_url.as_str()
    );
    println!("Keeps its data in {}.", config.data_dir.display());
    for chain in &config.chains {
        println!(
            "Watches {} at {}, token {}.",
            chain.network, chain.node_url, chain.token
        );
    }
    Ok(())
}
