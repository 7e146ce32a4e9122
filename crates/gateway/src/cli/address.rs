//! `usdt-gateway address`: the receiving addresses of projects.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};
use usdt_protocol::TronAddress;

use super::author::author;
use super::{Failure, receiving};
use crate::config::Config;
use crate::data;
use crate::payments::ProjectId;
use crate::store::{AddressError, ReceivingAddress, Store};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add addresses to a project
    Add(AddArguments),
    /// List addresses
    List(ListArguments),
    /// Offer an address to no new payment; it is still watched
    Retire(OneArguments),
    /// Offer a retired address again
    Restore(OneArguments),
    /// Give an address to another project, with what comes to it from then on
    Move(MoveArguments),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("receiving").required(true)))]
pub struct AddArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(long)]
    project: ProjectId,
    /// A receiving address of the merchant; repeat it for more
    #[arg(long = "address", group = "receiving")]
    addresses: Vec<String>,
    /// The public key of an account, m/44'/195'/0', from which addresses are derived as they are
    /// needed
    #[arg(long, group = "receiving")]
    xpub: Option<String>,
    /// How many addresses are derived at once
    #[arg(long, requires = "xpub", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000))]
    count: u32,
}

#[derive(Debug, Args)]
pub struct ListArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// Only those of this project
    #[arg(long)]
    project: Option<ProjectId>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct OneArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The address
    address: String,
}

#[derive(Debug, Args)]
pub struct MoveArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The address
    address: String,
    /// The ID of the project that gets it, its `app_id`
    #[arg(long, value_name = "PROJECT_ID")]
    to: ProjectId,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add(arguments) => add(arguments).await,
        Command::List(arguments) => list(arguments).await,
        Command::Retire(arguments) => set_retired(arguments, true).await,
        Command::Restore(arguments) => set_retired(arguments, false).await,
        Command::Move(arguments) => move_to(arguments).await,
    }
}

async fn add(arguments: AddArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let (store, _) = data::open(&config).await?;
    let project = store.project(id).await?;
    let project = project.ok_or(AddressError::UnknownProject(id))?;
    let network = project.network;
    let chain = config
        .chain(network)
        .ok_or_else(|| format!("the configuration has no chain {network}"))?;
    let given = receiving::parse_addresses(&arguments.addresses, chain.token)?;
    if let Some(xpub) = arguments.xpub {
        let key = receiving::parse_account_key(&xpub)?;
        let first: Vec<_> = (0..arguments.count)
            .filter_map(|index| key.address(index))
            .collect();
        receiving::refuse_lost(network, &first)?;
        receiving::refuse_frozen(chain, &first).await?;
        let derived = store
            .add_account_key(id, &key, arguments.count, &author())
            .await?;
        println!("Derived for project {id}. Compare with the first addresses in your wallet:");
        for address in derived {
            println!("{address}");
        }
    } else {
        receiving::refuse_lost(network, &given)?;
        receiving::refuse_frozen(chain, &given).await?;
        store.add_addresses(id, &given, &author()).await?;
        println!("Added to project {id}: {}.", given.len());
    }
    store.close().await;
    Ok(())
}

async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (store, _) = data::open(&config).await?;
    let addresses = store.list_addresses(arguments.project).await?;
    store.close().await;
    if arguments.json {
        let all: Vec<Value> = addresses.iter().map(as_json).collect();
        println!("{}", Value::from(all));
        return Ok(());
    }
    println!("address                            project  position  live  from    offered");
    for one in &addresses {
        println!(
            "{:<34} {:>7}  {:>8}  {:>4}  {:<6}  {}",
            one.address.to_string(),
            one.project_id,
            one.position,
            one.live_slots,
            one.key_index
                .map_or("given".to_owned(), |index| format!("0/{index}")),
            match (one.retired, one.blacklisted) {
                (false, false) => "yes",
                (true, false) => "no, retired",
                (_, true) => "no, frozen by the token's contract",
            }
        );
    }
    Ok(())
}

fn as_json(one: &ReceivingAddress) -> Value {
    json!({
        "app_id": one.project_id,
        "network": one.network.as_str(),
        "address": one.address,
        "position": one.position,
        "key_index": one.key_index,
        "live_slots": one.live_slots,
        "retired": one.retired,
        "blacklisted": one.blacklisted,
    })
}

async fn set_retired(arguments: OneArguments, retired: bool) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let address = parse(&arguments.address)?;
    let (store, _) = data::open(&config).await?;
    let projects = store.set_retired(address, retired, &author()).await?;
    if retired {
        println!("{address} is offered to no new payment. It is still watched.");
    } else {
        println!("{address} is no longer retired.");
    }
    for project in projects {
        warn_of_none_offered(&store, project).await?;
    }
    store.close().await;
    Ok(())
}

/// What was given is not repeated: it could be a key.
fn parse(address: &str) -> Result<TronAddress, Failure> {
    let parsed = address.trim().parse();
    Ok(parsed.map_err(|error| format!("this is {error}"))?)
}

async fn move_to(arguments: MoveArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (address, to) = (parse(&arguments.address)?, arguments.to);
    let (store, _) = data::open(&config).await?;
    if !arguments.yes {
        let meaning = format!(
            "{address} is offered to payments of project {to} then, and to none of the project that has it. \
             Whatever comes to it is project {to}'s: also money for old payments of the other project, which \
             goes to the review list and cannot be accepted for those. What came to it before is listed \
             with project {to}'s transfers. So both projects should be of one merchant, who holds its key"
        );
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(format!("nothing was moved. {meaning}: to move it, add --yes").into());
        }
        eprint!("{meaning}. Move it? [y/N] ");
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Err("nothing was moved".into());
        }
    }
    let from = store.move_address(address, to, &author()).await?;
    println!("{address} is project {to}'s now, and no longer project {from}'s.");
    warn_of_none_offered(&store, from).await?;
    store.close().await;
    Ok(())
}

async fn warn_of_none_offered(store: &Store, project: ProjectId) -> Result<(), Failure> {
    let addresses = store.list_addresses(Some(project)).await?;
    if addresses.iter().all(|one| one.retired || one.blacklisted) {
        eprintln!(
            "Project {project} has no address left to offer: without an account key, it gets no \
             new payments."
        );
    }
    Ok(())
}
