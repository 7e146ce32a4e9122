//! The command line.

mod address;
mod alarm;
mod brand;
mod check_config;
mod demo;
mod devchain;
mod doctor;
mod origins;
mod project;
mod receiving;
mod review;
mod serve;
mod shutdown;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::addresses::private_key::{self, PrivateKeyGiven};

/// The environment variable that says what is logged.
const LOG: &str = "USDT_GATEWAY_LOG";

/// Accepts USDT payments on TRON (TRC20) and holds no private key.
#[derive(Debug, Parser)]
#[command(name = "usdt-gateway", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
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
    /// Look at everything that can be wrong, and fail if something is
    Doctor {
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
    let arguments = Arguments::parse();
    // The log goes to standard error, so that answers on standard output can be piped.
    let filter = match std::env::var(LOG) {
        Ok(text) => EnvFilter::try_new(text),
        Err(_) => EnvFilter::try_new("info,sqlx=warn"),
    };
    let filter = match filter {
        Ok(filter) => filter,
        Err(error) => {
            eprintln!("usdt-gateway: {LOG} is no log filter: {error}");
            return ExitCode::FAILURE;
        }
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        // It would tell of a broken log on the broken log, and that panics.
        .log_internal_errors(false)
        .init();
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(run(arguments.command)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("usdt-gateway: {error}");
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
        Command::Serve { config } => serve::run(&config).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Doctor { config } => doctor::run(&config).await,
        Command::Alarm(command) => alarm::run(command).await,
        Command::Project(command) => project::run(command).await,
        Command::Address(command) => address::run(command).await,
        Command::Review(command) => review::run(command).await,
        Command::Config(ConfigCommand::Check { file }) => check_config::run(&file),
        Command::Devchain(arguments) => devchain::run(arguments).await,
    }
}
