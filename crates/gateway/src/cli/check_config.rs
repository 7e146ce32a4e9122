//! `usdt-gateway config check`: says what a configuration means, or what is wrong with it.

use std::path::Path;

use usdt_tron::Node;

use super::Failure;
use crate::config::{Config, MasterKey};

pub fn run(file: &Path) -> Result<(), Failure> {
    let config = Config::read(file)?;
    println!("{} is sound.", file.display());
    println!(
        "Listens on {}, as {}.",
        config.listen,
        config.public_url.as_str()
    );
    let folder = config.data_dir.display();
    match &config.database {
        Some(database) => println!("Keeps its data in {database}."),
        None => println!("Keeps its data in {folder}."),
    }
    match &config.master_key {
        MasterKey::Own(file) => println!("Has a master key of its own, {}.", file.display()),
        given => {
            given.open()?;
            println!("Takes its master key from {given}.");
        }
    }
    match &config.client_ip_header {
        Some(header) => println!("Takes clients' addresses from the header {header}."),
        None => println!("Takes clients' addresses from their connections: not behind a proxy."),
    }
    if config.allow_private_webhooks {
        println!("Sends webhooks to private addresses too.");
    }
    for chain in &config.chains {
        println!("Watches {}, token {}.", chain.network, chain.token);
        for node in &chain.nodes {
            println!("  Asks the node {}.", Node::new(node)?.label());
        }
        let indexer = Node::new(&chain.indexer)?;
        println!("  Compares with the indexer {}.", indexer.label());
    }
    Ok(())
}
