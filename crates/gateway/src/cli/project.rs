//! `usdt-gateway project`: adds merchants' projects, and sets how they are shown.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::author::author;
use super::settings::{Late, QUARANTINE_HOURS, WINDOW_MINUTES, parse_name};
use super::{Failure, brand, currencies, key, origins, receiving, secret, settings};
use crate::config::Config;
use crate::data;
use crate::embedders::{Embedders, SiteOrigin};
use crate::outbound::target;
use crate::payments::slot::MostAddition;
use crate::secrets::{ApiKey, ApiSecret};
use crate::store::{AddressError, NewProject, StoreError};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a project and print its key pair, this once
    Add(AddArguments),
    /// Set or show how a project's payment pages look
    Brand(brand::Arguments),
    /// Set or show the sites that may show a project's payments in their pages
    Origins(origins::Arguments),
    /// Allow or show the currencies in which a project may price, besides USDT
    Currencies(currencies::Arguments),
    /// List all projects
    List(settings::ListArguments),
    /// Change a project's settings
    Set(settings::SetArguments),
    /// Show a project's settings
    Show(settings::ShowArguments),
    /// Give a project's own key a new secret and print it, this once
    RotateSecret(secret::RotateArguments),
    /// End the old secret of a project whose secret was rotated, or call that off
    RevokeSecret(secret::RevokeArguments),
    /// Give a project no new payments; its open ones are still watched, credited and told
    Disable(settings::OneArguments),
    /// Give a disabled project new payments again
    Enable(settings::OneArguments),
    /// Manage a project's further keys
    #[command(subcommand)]
    Key(key::Command),
}

#[derive(Debug, Args)]
pub struct AddArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// A name for your own records
    #[arg(long, value_parser = parse_name)]
    name: String,
    /// A receiving address of the merchant; repeat it for more, which are used when the unique
    /// amounts of the first run out
    #[arg(long = "address", required_unless_present = "xpub")]
    addresses: Vec<String>,
    /// The public key of the merchant's account, m/44'/195'/0', from which addresses are derived
    /// as they are needed
    #[arg(long)]
    xpub: Option<String>,
    /// Where the webhooks go
    #[arg(long)]
    webhook_url: Option<String>,
    /// A test project, which lives on the simulated chain
    #[arg(long)]
    test: bool,
    /// Minutes that a payer has
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(WINDOW_MINUTES))]
    window_minutes: u64,
    /// Hours that an amount stays reserved after the window, for late payments
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(QUARANTINE_HOURS))]
    quarantine_hours: u64,
    /// The most that is added to a price to tell payments apart, in USDT, from 0.0999 to 0.9999. More
    /// than the least is added only when the smaller additions are used up
    #[arg(long, default_value = "0.0999", value_name = "USDT")]
    most_addition: MostAddition,
    /// What becomes of an exact payment that comes after the window
    #[arg(long, value_enum, default_value_t = Late::Accept)]
    late: Late,
    /// A site that may show the payments in its pages, by its scheme, host and port; repeat it for
    /// more. Without one it is no site, and for a test project any
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<SiteOrigin>,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add(arguments) => add(arguments).await,
        Command::Brand(arguments) => brand::run(arguments).await,
        Command::Origins(arguments) => origins::run(arguments).await,
        Command::Currencies(arguments) => currencies::run(arguments).await,
        Command::List(arguments) => settings::list(arguments).await,
        Command::Set(arguments) => settings::set(arguments).await,
        Command::Show(arguments) => settings::show(arguments).await,
        Command::RotateSecret(arguments) => secret::rotate(arguments).await,
        Command::RevokeSecret(arguments) => secret::revoke(arguments).await,
        Command::Disable(arguments) => settings::set_disabled(arguments, true).await,
        Command::Enable(arguments) => settings::set_disabled(arguments, false).await,
        Command::Key(command) => key::run(command).await,
    }
}

async fn add(arguments: AddArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let test = arguments.test;
    let network = config.network(test).ok_or(if test {
        "test projects need a [test_chain] in the configuration"
    } else {
        "live projects need a [chain] in the configuration"
    })?;
    let embedders = if test && arguments.origins.is_empty() {
        Embedders::Any
    } else {
        Embedders::these(arguments.origins, test)?
    };
    let webhook_url = arguments
        .webhook_url
        .map(|text| target::parse(&text, test, config.allow_private_webhooks))
        .transpose()?;
    let chain = config
        .chain(network)
        .ok_or_else(|| format!("the configuration has no chain {network}"))?;
    let addresses = receiving::parse_addresses(&arguments.addresses, chain.token)?;
    let account_key = arguments
        .xpub
        .map(|xpub| receiving::parse_account_key(&xpub))
        .transpose()?;
    let first = account_key.as_ref().and_then(|key| key.address(0));
    let all: Vec<_> = addresses.iter().copied().chain(first).collect();
    receiving::refuse_lost(network, &all)?;
    let (store, vault) = data::open(&config).await?;
    receiving::refuse_frozen(chain, &all).await?;
    let (api_key, api_secret) = (ApiKey::generate(test)?, ApiSecret::generate(test)?);
    let project = NewProject {
        name: arguments.name,
        network,
        test,
        sealed_secret: vault.seal(&api_key, &api_secret)?,
        api_key,
        webhook_url,
        late_policy: arguments.late.into(),
        window: Duration::from_secs(arguments.window_minutes * 60),
        quarantine: Duration::from_secs(arguments.quarantine_hours * 3_600),
        most_addition: arguments.most_addition,
        addresses,
        account_key,
        embedders,
    };
    let added = store.add_project(&project, &author()).await;
    if let Err(AddressError::Store(error @ StoreError::Unanswered(_))) = &added {
        // Nobody can add it again, if it is added, and nobody else knows them.
        println!("API key:    {}", project.api_key.as_str());
        println!("API secret: {}", api_secret.reveal());
        return Err(format!(
            "{error}. `usdt-gateway address list` shows whether its addresses belong to a project; if \
             they do, these are its keys, which are not shown again, and if not, add it once more"
        )
        .into());
    }
    let app_id = added?;
    let addresses = store.list_addresses(Some(app_id)).await?;
    store.close().await;
    if arguments.json {
        println!(
            "{}",
            json!({
                "app_id": app_id,
                "api_key": project.api_key.as_str(),
                "api_secret": api_secret.reveal(),
            })
        );
    } else {
        println!("Project {app_id} ({}) on {network}.", project.name);
        for one in addresses {
            println!("Address:    {}", one.address);
        }
        match &project.webhook_url {
            Some(url) => println!("Webhooks:   to {url}"),
            None => println!(
                "Webhooks:   none, since no --webhook-url was given: the merchant's server has to \
                 ask for the status of each payment"
            ),
        }
        println!("API key:    {}", project.api_key.as_str());
        println!("API secret: {}", api_secret.reveal());
        println!("The secret is not shown again: hand it to the merchant's server now.");
    }
    Ok(())
}
