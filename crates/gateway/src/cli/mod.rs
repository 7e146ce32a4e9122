//! The command line.

mod address;
mod alarm;
mod ascii;
mod audit;
mod author;
mod backup;
mod brand;
mod check_config;
mod currencies;
mod demo;
mod devchain;
mod doctor;
mod init;
mod key;
mod listen;
mod log;
mod migrate;
mod move_to_postgres;
mod origins;
mod payment;
mod project;
mod receiving;
mod review;
mod secret;
mod serve;
mod settings;
mod shutdown;
mod webhook;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::log::LogFormat;
use crate::addresses::private_key::{self, PrivateKeyGiven};

/// Accepts USDT payments on TRON (TRC20) and holds no private key.
#[derive(Debug, Parser)]
#[command(name = "usdt-gateway", version)]
struct Arguments {
    /// How the log is written to standard error
    #[arg(long, global = true, value_enum, default_value_t)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new gateway, in the data folder or in an empty database on a server
    Init {
        /// The configuration file
        #[arg(long)]
        config: PathBuf,
    },
    /// Run the gateway
    Serve {
        /// The configuration file
        #[arg(long)]
        config: PathBuf,
    },
    /// Run a gateway to try out: a simulated chain, a demo shop and a first payment
    Demo(demo::Arguments),
    /// Manage projects
    #[command(subcommand)]
    Project(project::Command),
    /// Manage the addresses to which payers send
    #[command(subcommand)]
    Address(address::Command),
    /// Decide about transfers that pay nothing by themselves
    #[command(subcommand)]
    Review(review::Command),
    /// Find, list and cancel payments
    #[command(subcommand)]
    Payment(payment::Command),
    /// Look at what merchants are told, send it again, and try their receivers
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// Hand the webhooks of a test project on to your own machine
    Listen(listen::Arguments),
    /// Show who has changed what, when and from where
    Audit(audit::Arguments),
    /// Look at everything that can be wrong, and fail if something is
    Doctor(doctor::Arguments),
    /// Copy the database to a file, also while the gateway runs
    Backup(backup::Arguments),
    /// Put a backup in the place of the database
    Restore(backup::Arguments),
    /// Make a database safe that has taken the place of another
    Restored(backup::RestoredArguments),
    /// Move the database from the data folder to the PostgreSQL database of the configuration
    MoveToPostgres {
        /// The configuration file
        #[arg(long)]
        config: PathBuf,
    },
    /// Bring the database up to date, on a server also while gateways run
    Migrate {
        /// The configuration file
        #[arg(long)]
        config: PathBuf,
    },
    /// Manage alarms
    #[command(subcommand)]
    Alarm(alarm::Command),
    /// Check a configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Run a simulated TRON node, for the test projects of a gateway
    Devchain(devchain::Arguments),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Read a configuration file and say what is wrong with it
    Check {
        /// The configuration file
        file: PathBuf,
    },
}

/// What a command fails with: shown to the operator as one sentence.
type Failure = Box<dyn std::error::Error>;

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    // Before anything reads, and in a message could repeat, what is given.
    if let Err(refusal) = refuse_private_keys() {
        eprintln!("usdt-gateway: {refusal}");
        return ExitCode::FAILURE;
    }
    // Whatever is made here is for its owner alone.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let arguments = Arguments::parse();
    if let Err(error) = log::start(arguments.log_format) {
        eprintln!("usdt-gateway: {error}");
        return ExitCode::FAILURE;
    }
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(run(arguments.command)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match arguments.log_format {
                LogFormat::Text => eprintln!("usdt-gateway: {error}"),
                LogFormat::Json => tracing::error!(%error, "the command failed"),
            }
            ExitCode::FAILURE
        }
    }
}

/// Where addresses are given, a private key may be given by mistake.
fn refuse_private_keys() -> Result<(), PrivateKeyGiven> {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    match arguments.first().map(String::as_str) {
        Some("project" | "address") => private_key::refuse(arguments.iter().map(String::as_str)),
        _ => Ok(()),
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Init { config } => init::run(&config).await,
        Command::Serve { config } => serve::run(&config).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Doctor(arguments) => doctor::run(arguments).await,
        Command::Backup(arguments) => backup::back_up(arguments).await,
        Command::Restore(arguments) => backup::restore(arguments).await,
        Command::Restored(arguments) => backup::restored(arguments).await,
        Command::MoveToPostgres { config } => move_to_postgres::run(&config).await,
        Command::Migrate { config } => migrate::run(&config).await,
        Command::Alarm(command) => alarm::run(command).await,
        Command::Project(command) => project::run(command).await,
        Command::Address(command) => address::run(command).await,
        Command::Review(command) => review::run(command).await,
        Command::Payment(command) => payment::run(command).await,
        Command::Webhook(command) => webhook::run(command).await,
        Command::Listen(arguments) => listen::run(arguments).await,
        Command::Audit(arguments) => audit::run(arguments).await,
        Command::Config(ConfigCommand::Check { file }) => check_config::run(&file),
        Command::Devchain(arguments) => devchain::run(arguments).await,
    }
}
