//! Commands that hand in transactions: plain transfers in any number, and calls of any kind.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::txid::{decode_hex, decode_hex_bytes};
use usdt_protocol::{TronAddress, Usdt};

use super::{BadCommand, field, one, optional_field, parse, within};
use crate::call::{Call, Outcome, Transfer};
use crate::devchain::Devchain;
use crate::log::Log;

const MAX_COUNT: u32 = 100_000;

#[derive(Deserialize)]
struct TransferCommand {
    to: String,
    amount: String,
    from: Option<String>,
    contract: Option<String>,
    #[serde(default = "one")]
    count: u32,
    #[serde(default)]
    fail: bool,
}

pub async fn transfer(
    State(devchain): State<Devchain>,
    body: Bytes,
) -> Result<Json<Value>, BadCommand> {
    let command: TransferCommand = parse(&body)?;
    let transfer = Transfer {
        to: field("to", &command.to)?,
        amount: field("amount", &command.amount)?,
        from: optional_field("from", command.from.as_ref())?,
        contract: optional_field("contract", command.contract.as_ref())?,
        count: within("count", command.count, MAX_COUNT)?,
        fail: command.fail,
    };
    let txids = devchain.transfer(&transfer);
    Ok(Json(
        json!({ "ok": true, "txid": txids.first(), "txids": txids }),
    ))
}

#[derive(Deserialize)]
struct CallCommand {
    caller: Option<String>,
    contract: Option<String>,
    data: Option<String>,
    outcome: Option<Outcome>,
    logs: Vec<LogCommand>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum LogCommand {
    Raw {
        topics: Vec<String>,
        #[serde(default)]
        data: String,
        contract: Option<String>,
    },
    Event {
        to: String,
        amount: String,
        from: Option<String>,
        contract: Option<String>,
        #[serde(default)]
        event: EventName,
    },
}

#[derive(Default, Deserialize)]
enum EventName {
    #[default]
    Transfer,
    Approval,
}

pub async fn transaction(
    State(devchain): State<Devchain>,
    body: Bytes,
) -> Result<Json<Value>, BadCommand> {
    let command: CallCommand = parse(&body)?;
    let token = devchain.token();
    let contract = optional_field("contract", command.contract.as_ref())?.unwrap_or(token);
    let caller = optional_field("caller", command.caller.as_ref())?;
    let mut call = Call::new(contract, Vec::new());
    call.caller = caller.unwrap_or(call.caller);
    call.outcome = command.outcome.unwrap_or(call.outcome);
    if let Some(data) = &command.data {
        call.data = bytes("data", data)?;
    }
    for log in &command.logs {
        call.logs.push(read_log(log, token, call.caller)?);
    }
    let txid = devchain.submit(&call);
    Ok(Json(json!({ "ok": true, "txid": txid })))
}

/// Reads a log, of `token` and with `caller` as its sender unless it says otherwise.
fn read_log(
    command: &LogCommand,
    token: TronAddress,
    caller: TronAddress,
) -> Result<Log, BadCommand> {
    match command {
        LogCommand::Raw {
            topics,
            data,
            contract,
        } => Ok(Log {
            address: optional_field("contract", contract.as_ref())?.unwrap_or(token),
            topics: topics
                .iter()
                .map(|topic| {
                    decode_hex(topic).ok_or_else(|| {
                        BadCommand(format!("topics: {topic:?} is not 64 hex digits."))
                    })
                })
                .collect::<Result<_, _>>()?,
            data: bytes("data", data)?,
        }),
        LogCommand::Event {
            to,
            amount,
            from,
            contract,
            event,
        } => {
            let token = optional_field("contract", contract.as_ref())?.unwrap_or(token);
            let from = optional_field("from", from.as_ref())?.unwrap_or(caller);
            let to = field("to", to)?;
            let amount: Usdt = field("amount", amount)?;
            Ok(match event {
                EventName::Transfer => Log::transfer(token, from, to, amount),
                EventName::Approval => Log::approval(token, from, to, amount),
            })
        }
    }
}

fn bytes(name: &str, hex: &str) -> Result<Vec<u8>, BadCommand> {
    decode_hex_bytes(hex).ok_or_else(|| BadCommand(format!("{name}: {hex:?} is not hex.")))
}
