//! `usdt-gateway payment`: finds payments by whatever somebody has of one, lists them, and gives one up.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::pin::pin;

use clap::{Args, Subcommand, ValueEnum};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use usdt_protocol::{PaymentId, PaymentStatus, Txid, UtcTime};

use super::Failure;
use super::ascii::ascii;
use super::author::author;
use super::webhook;
use crate::calendar::Month;
use crate::config::Config;
use crate::data;
use crate::payments::fields::Description;
use crate::payments::judge::ReviewReason;
use crate::payments::{Payment, ProjectId, csv};
use crate::store::{
    AddressError, Cancellation, Decision, Outcome, Page, PaymentFilter, RecordedTransfer, Store,
    StoreError,
};

/// More payments of one address or amount are not listed: by its ID each is found alone.
const MOST_ALIKE: u32 = 50;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show all that is known of a payment, by whatever somebody has of it
    Show(ShowArguments),
    /// List payments, the newest first, or write a month's as a table
    List(ListArguments),
    /// Give up a payment of which no money was seen
    Cancel(CancelArguments),
}

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// A payment's ID, order, address, amount, or the ID of a transaction
    #[arg(value_name = "WHAT")]
    what: String,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct ListArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// Only those of this project
    #[arg(long, value_name = "PROJECT_ID")]
    project: Option<ProjectId>,
    /// Only those of this status
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// Only those that were created in this month of UTC, such as 2026-07
    #[arg(long)]
    month: Option<Month>,
    /// How many at most
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
    /// Print all of a project's month as CSV, the oldest first, for bookkeeping
    #[arg(long, requires = "project", requires = "month", conflicts_with_all = ["json", "limit"])]
    csv: bool,
}

#[derive(Debug, Args)]
pub struct CancelArguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The payment's ID
    #[arg(value_name = "PAYMENT_ID")]
    payment: PaymentId,
    /// Why, for your records
    #[arg(long)]
    note: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Status {
    Pending,
    Paid,
    Expired,
    Failed,
}

impl From<Status> for PaymentStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Paid => Self::Paid,
            Status::Expired => Self::Expired,
            Status::Failed => Self::Failed,
        }
    }
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Show(arguments) => show(arguments).await,
        Command::List(arguments) => list(arguments).await,
        Command::Cancel(arguments) => cancel(arguments).await,
    }
}

async fn show(arguments: ShowArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (store, _) = data::open(&config).await?;
    let what = arguments.what.trim();
    let found = store.find_payments(what, MOST_ALIKE).await?;
    match found.as_slice() {
        [] if what.parse::<Txid>().is_ok() => Err(format!(
            "no payment has this transaction: `usdt-gateway review show {what}` shows what is known of it"
        )
        .into()),
        [] => Err("no payment has this ID, order, address, amount or transaction".into()),
        [payment] => {
            let whole = Whole::read(&store, payment).await?;
            store.close().await;
            if arguments.json {
                println!("{}", ascii(&whole.json()));
            } else {
                whole.print();
            }
            Ok(())
        }
        alike => {
            store.close().await;
            if arguments.json {
                let all: Vec<Value> = alike.iter().map(as_json).collect();
                println!("{}", ascii(&Value::from(all)));
            } else {
                print_list(alike);
                println!("Several payments have this: show one by its ID.");
            }
            Ok(())
        }
    }
}

/// A payment with all that belongs to it.
struct Whole<'a> {
    payment: &'a Payment,
    project: String,
    /// With what was decided about each.
    transfers: Vec<(RecordedTransfer, Vec<String>)>,
    cancellation: Option<Cancellation>,
    webhook: Option<webhook::Told>,
}

impl<'a> Whole<'a> {
    async fn read(store: &Store, payment: &'a Payment) -> Result<Self, StoreError> {
        let project = store.project_settings(payment.project_id).await?;
        let mut transfers = Vec::new();
        for transfer in store.transfers_for(payment.id).await? {
            let actions = store
                .review_actions(transfer.network, transfer.id())
                .await?;
            let decisions = actions.iter().map(|action| {
                let did = match action.accepted_for {
                    Some(_) => "accepted",
                    None => "dismissed",
                };
                format!("{did} at {} UTC by {}", action.acted_at, action.actor)
            });
            transfers.push((transfer, decisions.collect()));
        }
        Ok(Self {
            payment,
            project: project.ok_or(StoreError::Corrupt("project"))?.settings.name,
            transfers,
            cancellation: store.cancellation(payment.id).await?,
            webhook: webhook::Told::of_payment(store, payment.id).await?,
        })
    }

    fn print(&self) {
        let payment = self.payment;
        println!("Payment {}, {}:", payment.id, payment.status.as_str());
        println!(
            "Project:  {} ({}) on {}",
            payment.project_id, self.project, payment.network
        );
        println!("Order:    {}", ascii(&json!(payment.order_id.as_str())));
        if let Some(description) = &payment.description {
            println!("For:      {}", ascii(&json!(description.as_str())));
        }
        println!(
            "Amount:   {} USDT, to pay {}",
            payment.amount,
            payment.pay_amount.six_decimals()
        );
        println!("Address:  {}", payment.address);
        println!("Created:  {} UTC", payment.created_at);
        println!("Expires:  {} UTC", payment.expires_at);
        if let (Some(paid_at), Some(received)) = (payment.paid_at, payment.received_amount) {
            let late = if payment.late { ", late" } else { "" };
            println!(
                "Paid:     {paid_at} UTC{late}, with {}",
                received.six_decimals()
            );
        } else if let Some(txid) = payment.txid {
            println!("Seen:     {txid}, {} confirmations", payment.confirmations);
        }
        if let Some(cancellation) = &self.cancellation {
            println!(
                "Given up: {} UTC by {}",
                cancellation.cancelled_at,
                ascii(&cancellation.actor)
            );
            if let Some(note) = &cancellation.note {
                println!("  {}", ascii(&json!(note)));
            }
        }
        for (transfer, decisions) in &self.transfers {
            println!(
                "Transfer: {} UTC, {}, {} USDT: {}",
                transfer.transfer.block_time,
                transfer.id(),
                transfer.transfer.amount.six_decimals(),
                became(transfer)
            );
            for decision in decisions {
                println!("  {}", ascii(decision));
            }
        }
        match &self.webhook {
            Some(told) => told.print(),
            None => println!("Webhook:  none"),
        }
    }

    fn json(&self) -> Value {
        let mut shown = as_json(self.payment);
        let transfers = self.transfers.iter().map(|(transfer, decisions)| {
            json!({
                "transfer": transfer.id().to_string(),
                "block_time": transfer.transfer.block_time.rfc3339(),
                "amount": transfer.transfer.amount.six_decimals().to_string(),
                "outcome": transfer.outcome.as_str(),
                "reason": transfer.reason.map(ReviewReason::as_str),
                "decisions": decisions,
            })
        });
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("transfers".to_owned(), transfers.collect());
            let cancellation = self.cancellation.as_ref().map(|one| {
                json!({
                    "at": one.cancelled_at.rfc3339(),
                    "actor": one.actor,
                    "note": one.note,
                })
            });
            fields.insert("cancellation".to_owned(), cancellation.into());
            let webhook = self.webhook.as_ref().map(webhook::Told::json);
            fields.insert("webhook".to_owned(), webhook.into());
        }
        shown
    }
}

fn became(transfer: &RecordedTransfer) -> String {
    let reason = transfer.reason.map_or("", ReviewReason::as_str);
    match transfer.outcome {
        Outcome::Review => format!("waits for review ({reason})"),
        outcome => outcome.as_str().to_owned(),
    }
}

async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (store, _) = data::open(&config).await?;
    if let Some(id) = arguments.project
        && store.project(id).await?.is_none()
    {
        return Err(AddressError::UnknownProject(id).into());
    }
    let filter = PaymentFilter {
        project: arguments.project,
        status: arguments.status.map(PaymentStatus::from),
        from: arguments.month.map(|month| month.begin),
        to: arguments.month.map(|month| month.end),
        ..PaymentFilter::default()
    };
    if arguments.csv {
        write_table(&store, filter).await?;
        store.close().await;
        return Ok(());
    }
    let page = Page::newest(usize::try_from(arguments.limit)?);
    let payments = store.payments(&filter, &page).await?;
    store.close().await;
    if arguments.json {
        let all: Vec<Value> = payments.iter().map(as_json).collect();
        println!("{}", ascii(&Value::from(all)));
    } else {
        print_list(&payments);
    }
    Ok(())
}

async fn write_table(store: &Store, filter: PaymentFilter) -> Result<(), Failure> {
    let mut out = io::stdout();
    out.write_all(csv::HEAD.as_bytes())?;
    let mut all = pin!(store.all_payments(filter));
    while let Some(payments) = all.try_next().await? {
        for payment in &payments {
            out.write_all(csv::row(payment).as_bytes())?;
        }
    }
    Ok(out.flush()?)
}

async fn cancel(arguments: CancelArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let (store, _) = data::open(&config).await?;
    let by = author();
    let decision = Decision {
        note: arguments.note.as_deref(),
        ..Decision::from(&by)
    };
    let payment = store.cancel_payment(arguments.payment, decision).await?;
    store.close().await;
    println!(
        "Payment {} is {}: its page says so. Money that comes all the same waits for review, and its amount \
         stays reserved.",
        payment.id,
        payment.status.as_str()
    );
    Ok(())
}

fn print_list(payments: &[Payment]) {
    println!("created (UTC)        project  payment           status         to pay USDT  order");
    for payment in payments {
        println!(
            "{}  {:>7}  {}  {:<7}  {:>17}  {}",
            payment.created_at,
            payment.project_id,
            payment.id,
            payment.status.as_str(),
            payment.pay_amount.six_decimals().to_string(),
            ascii(&json!(payment.order_id.as_str()))
        );
    }
}

fn as_json(payment: &Payment) -> Value {
    let received = payment.received_amount;
    json!({
        "payment_id": payment.id,
        "app_id": payment.project_id,
        "network": payment.network.as_str(),
        "order_id": payment.order_id.as_str(),
        "description": payment.description.as_ref().map(Description::as_str),
        "status": payment.status.as_str(),
        "amount": payment.amount.to_string(),
        "pay_amount": payment.pay_amount.six_decimals().to_string(),
        "received_amount": received.map(|amount| amount.six_decimals().to_string()),
        "address": payment.address,
        "txid": payment.txid,
        "created_at": payment.created_at.rfc3339(),
        "expires_at": payment.expires_at.rfc3339(),
        "paid_at": payment.paid_at.map(UtcTime::rfc3339),
        "late": payment.late,
    })
}
