//! `usdt-gateway review`: shows transfers that pay nothing by themselves, and carries out what
//! the operator decides about them.

mod text;

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use usdt_protocol::txid::ParseTxidError;
use usdt_protocol::{PaymentId, Txid};

use super::Failure;
use super::author::author;
use crate::config::Config;
use crate::data;
use crate::payments::ProjectId;
use crate::store::{
    Decision, Outcome, RecordedTransfer, ReviewError, ReviewFilter, Store, StoreError, TransferId,
    terms,
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the transfers that wait for a decision, oldest first
    List(ListArguments),
    /// Show all that is known of a transfer
    Show(ShowArguments),
    /// Take transfers for a payment
    Accept(AcceptArguments),
    /// Take a transfer out of review, as nobody's payment
    Dismiss(DismissArguments),
}

#[derive(Debug, Args)]
pub struct ListArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// Only those of the project with this number
    #[arg(long)]
    project: Option<ProjectId>,
    /// Those that are decided too
    #[arg(long)]
    all: bool,
    /// Dust too: transfers of less than 0.10 USDT that fit no payment
    #[arg(long)]
    dust: bool,
    /// Print one line of JSON for each
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// TXID, or TXID:POSITION
    transfer: TransferName,
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
}

#[derive(Debug, Args)]
pub struct AcceptArguments {
    /// TXID, or TXID:POSITION; several where the payment was sent in parts
    #[arg(value_name = "TRANSFER", required = true)]
    transfers: Vec<TransferName>,
    /// The payment to take them for
    #[arg(long)]
    payment: PaymentId,
    /// Do it without asking, whatever is doubtful about it
    #[arg(long)]
    yes: bool,
    /// Why, for your records
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    note: Option<String>,
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
}

#[derive(Debug, Args)]
pub struct DismissArguments {
    /// TXID, or TXID:POSITION
    transfer: TransferName,
    /// Why, for your records
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    note: String,
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
}

/// How the operator names a transfer. The position is needed where the transaction has several.
#[derive(Clone, Copy, Debug)]
struct TransferName {
    txid: Txid,
    position: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
enum BadName {
    #[error("{0}")]
    Txid(ParseTxidError),
    #[error("the position must be a number, as the list prints it")]
    Position,
}

impl FromStr for TransferName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let (txid, position) = match text.split_once(':') {
            Some((txid, position)) => {
                (txid, Some(position.parse().map_err(|_| BadName::Position)?))
            }
            None => (text, None),
        };
        Ok(Self {
            txid: txid.parse().map_err(BadName::Txid)?,
            position,
        })
    }
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::List(arguments) => list(arguments).await,
        Command::Show(arguments) => show(arguments).await,
        Command::Accept(arguments) => accept(arguments).await,
        Command::Dismiss(arguments) => dismiss(arguments).await,
    }
}

async fn open(config: &Path) -> Result<Store, Failure> {
    let config = Config::read(config)?;
    let (store, _) = data::open(&config).await?;
    Ok(store)
}

async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let store = open(&arguments.config).await?;
    if let Some(project) = arguments.project
        && store.project(project).await?.is_none()
    {
        return Err(format!("there is no project {project}").into());
    }
    let filter = ReviewFilter {
        project: arguments.project,
        decided: arguments.all,
        dust: arguments.dust,
    };
    let reviews = store.reviews(filter).await?;
    let mut text = String::new();
    for recorded in &reviews {
        let best = store.candidates(recorded).await?.into_iter().next();
        if arguments.json {
            writeln!(text, "{}", text::json(recorded, best.as_ref()))?;
        } else {
            text.push_str(&text::brief(recorded, best.as_ref())?);
        }
    }
    if reviews.is_empty() && !arguments.json {
        text.push_str("Nothing waits for review.\n");
    }
    if !arguments.dust && !arguments.json {
        let hidden = store.dust_in_review(arguments.project).await?;
        if hidden > 0 {
            writeln!(text, "Not listed: {hidden} of dust, which --dust shows.")?;
        }
    }
    store.close().await;
    print(&text)
}

async fn show(arguments: ShowArguments) -> Result<(), Failure> {
    let store = open(&arguments.config).await?;
    let recorded = find(&store, arguments.transfer).await?;
    let text = text::whole(&store, &recorded).await?;
    store.close().await;
    print(&text)
}

async fn accept(arguments: AcceptArguments) -> Result<(), Failure> {
    let store = open(&arguments.config).await?;
    // Before the transfers: where another operator accepts them meanwhile, they tell of it, and the
    // payment is not taken for one that something else has paid.
    let id = arguments.payment;
    let payment = store.payment(id).await?;
    let payment = payment.ok_or(ReviewError::NoPayment(id))?;
    let mut transfers: Vec<RecordedTransfer> = Vec::new();
    for name in arguments.transfers {
        let recorded = find(&store, name).await?;
        if transfers.iter().any(|one| one.id() == recorded.id()) {
            return Err(format!("the transfer {} is named twice", recorded.id()).into());
        }
        transfers.push(recorded);
    }
    let shown = terms(&transfers, &payment)?;
    let concerns = store.concerns(&transfers, &payment).await?;
    let mut warnings = String::new();
    for concern in &concerns {
        writeln!(warnings, "Warning: {concern}.")?;
    }
    if arguments.yes {
        print(&warnings)?;
    } else if !concerns.is_empty() {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            let concerns = concerns.join("; ");
            return Err(format!(
                "nothing was accepted, since {concerns}: to accept it all the same, add --yes"
            )
            .into());
        }
        let plan = text::plan(&store, &transfers, &payment, shown).await?;
        eprint!("{plan}{warnings}Accept? It cannot be undone. [y/N] ");
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Err("nothing was accepted".into());
        }
    }
    let by = author();
    let decision = Decision {
        by: &by,
        note: arguments.note.as_deref(),
        project: None,
    };
    let ids: Vec<TransferId> = transfers.iter().map(RecordedTransfer::id).collect();
    // Whoever gives --yes wants it as it stands then; others, what they were shown or nothing.
    let agreed = Some(shown).filter(|_| !arguments.yes);
    let acceptance = store
        .accept_reviews(payment.network, &ids, id, agreed, decision)
        .await
        .map_err(|error| say_how_to_look(error, &ids))?;
    let payment = store.payment(id).await?;
    let payment = payment.ok_or(StoreError::Corrupt("payment"))?;
    let text = text::accepted(&store, &payment, acceptance).await?;
    store.close().await;
    print(&text)
}

async fn dismiss(arguments: DismissArguments) -> Result<(), Failure> {
    let store = open(&arguments.config).await?;
    let recorded = find(&store, arguments.transfer).await?;
    let by = author();
    let decision = Decision {
        by: &by,
        note: Some(&arguments.note),
        project: None,
    };
    store
        .dismiss_review(recorded.network, recorded.id(), decision)
        .await
        .map_err(|error| say_how_to_look(error, &[recorded.id()]))?;
    store.close().await;
    print(&format!(
        "Transfer {} is dismissed. It can still be accepted later.\n",
        recorded.id()
    ))
}

/// A decision that may be made or not can be looked up by its transfers.
fn say_how_to_look(error: ReviewError, transfers: &[TransferId]) -> Failure {
    match (&error, transfers.first()) {
        (ReviewError::Store(StoreError::Unanswered(_)), Some(first)) => {
            format!("{error}. `usdt-gateway review show {first}` tells what became of it").into()
        }
        _ => error.into(),
    }
}

/// The one transfer that is meant.
async fn find(store: &Store, name: TransferName) -> Result<RecordedTransfer, Failure> {
    let mut meant = store.transfers_of(name.txid).await?;
    if let Some(position) = name.position {
        meant.retain(|recorded| recorded.id().position == position);
    } else if meant
        .iter()
        .any(|recorded| recorded.outcome == Outcome::Review)
    {
        meant.retain(|recorded| recorded.outcome == Outcome::Review);
    }
    if meant.len() > 1 {
        let mut text = "the transaction has several such transfers, name one:".to_owned();
        for recorded in &meant {
            let transfer = &recorded.transfer;
            let amount = transfer.amount.six_decimals();
            write!(
                text,
                "\n  {} ({amount} USDT to {})",
                recorded.id(),
                transfer.to
            )?;
        }
        return Err(text.into());
    }
    meant
        .pop()
        .ok_or_else(|| "no such transfer to an address of this gateway is recorded".into())
}

fn print(text: &str) -> Result<(), Failure> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}
