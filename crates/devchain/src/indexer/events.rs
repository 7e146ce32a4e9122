//! Events of contracts, by contract, transaction or block.
//!
//! Reference: <https://developers.tron.network/reference/get-events-by-contract-address>. Logs that
//! are no event of the token's interface are left out.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use usdt_protocol::txid::Hex;
use usdt_protocol::{TronAddress, Txid};

use super::page::{Row, RowPlace, Window};
use super::{BadRequest, parse_address};
use crate::abi;
use crate::block::Block;
use crate::call::Outcome;
use crate::chain::{Place, Snapshot, View};
use crate::devchain::Devchain;
use crate::faults::Lag;
use crate::log::{Log, Word, decimal};

#[derive(Deserialize)]
pub struct EventsQuery {
    #[serde(default)]
    only_confirmed: bool,
    #[serde(default)]
    only_unconfirmed: bool,
    event_name: Option<String>,
    block_number: Option<u64>,
    min_block_timestamp: Option<i64>,
    max_block_timestamp: Option<i64>,
    order_by: Option<String>,
    limit: Option<usize>,
    fingerprint: Option<String>,
}

type Asked = Result<Query<EventsQuery>, QueryRejection>;

/// Whose events.
enum Subject {
    Contract(TronAddress),
    Transaction(Txid),
    Block(u64),
    Latest,
}

pub async fn of_contract(
    State(devchain): State<Devchain>,
    lag: Lag,
    Path(address): Path<String>,
    query: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, BadRequest> {
    let contract =
        parse_address(&address).ok_or(BadRequest("A valid contract address is required."))?;
    tell(
        &devchain,
        lag,
        &Subject::Contract(contract),
        query,
        &uri,
        &headers,
    )
}

pub async fn of_transaction(
    State(devchain): State<Devchain>,
    lag: Lag,
    Path(txid): Path<String>,
    query: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, BadRequest> {
    let txid = txid
        .parse()
        .map_err(|_| BadRequest("A valid transaction ID is required."))?;
    tell(
        &devchain,
        lag,
        &Subject::Transaction(txid),
        query,
        &uri,
        &headers,
    )
}

pub async fn of_block(
    State(devchain): State<Devchain>,
    lag: Lag,
    Path(number): Path<String>,
    query: Asked,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, BadRequest> {
    let subject = if number == "latest" {
        Subject::Latest
    } else {
        let number = number.parse();
        Subject::Block(number.map_err(|_| BadRequest("A valid block number is required."))?)
    };
    tell(&devchain, lag, &subject, query, &uri, &headers)
}

fn tell(
    devchain: &Devchain,
    lag: Lag,
    subject: &Subject,
    query: Asked,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Json<Value>, BadRequest> {
    let Query(query) = query.map_err(|_| BadRequest("a query parameter is malformed"))?;
    let window = Window::new(
        uri,
        query.order_by.as_deref(),
        query.limit,
        query.fingerprint.as_deref(),
    )?;
    let (now, rows) = devchain.ask(lag, |chain| {
        (chain.now(), rows(subject, &query, &window, chain))
    });
    Ok(Json(window.answer(rows, now, headers)))
}

/// The rows of the page, and one more if more follow it.
fn rows(subject: &Subject, query: &EventsQuery, window: &Window, chain: Snapshot<'_>) -> Vec<Row> {
    let (from, to) = match subject {
        Subject::Contract(_) => (chain.first_block(), u64::MAX),
        Subject::Block(number) => (*number, *number),
        Subject::Latest => {
            let view = if query.only_confirmed {
                View::Solid
            } else {
                View::Head
            };
            (chain.tip(view), chain.tip(view))
        }
        Subject::Transaction(txid) => match chain.mined(*txid, View::Head) {
            Some(mined) => (mined.place.block, mined.place.block),
            None => return Vec::new(),
        },
    };
    let solid = chain.tip(View::Solid);
    let of_block = |block: &Block| {
        let is_solid = block.number() <= solid;
        let time = block.timestamp.millis();
        let wanted = (is_solid || !query.only_confirmed)
            && !(is_solid && query.only_unconfirmed)
            && query
                .block_number
                .is_none_or(|number| number == block.number())
            && query.min_block_timestamp.is_none_or(|min| time >= min)
            && query.max_block_timestamp.is_none_or(|max| time <= max);
        if wanted {
            rows_of(block, is_solid, subject)
        } else {
            Vec::new()
        }
    };
    let named = |row: &Row| {
        let name = query.event_name.as_deref();
        window.wants(row.at)
            && name.is_none_or(|name| row.json.get("event_name").is_some_and(|own| own == name))
    };
    let blocks = chain.blocks(from, to).iter();
    let wanted = window.limit + 1;
    if window.ascending {
        blocks
            .flat_map(of_block)
            .filter(named)
            .take(wanted)
            .collect()
    } else {
        blocks
            .rev()
            .flat_map(|block| of_block(block).into_iter().rev())
            .filter(named)
            .take(wanted)
            .collect()
    }
}

fn rows_of(block: &Block, is_solid: bool, subject: &Subject) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, transaction) in block.transactions.iter().enumerate() {
        let meant = match subject {
            Subject::Transaction(txid) => transaction.id() == *txid,
            Subject::Contract(_) | Subject::Block(_) | Subject::Latest => true,
        };
        if !meant || transaction.outcome() != Outcome::Success {
            continue;
        }
        for (position, log) in transaction.logs().iter().enumerate() {
            if matches!(subject, Subject::Contract(contract) if *contract != log.address) {
                continue;
            }
            let Some(mut json) = event_json(log) else {
                continue;
            };
            json.insert("block_number".into(), block.number().into());
            let time = block.timestamp.millis();
            json.insert("block_timestamp".into(), time.into());
            json.insert("event_index".into(), position.into());
            json.insert("transaction_id".into(), json!(transaction.id()));
            if !is_solid {
                json.insert("_unconfirmed".into(), true.into());
            }
            let place = Place {
                block: block.number(),
                index,
            };
            rows.push(Row {
                at: RowPlace {
                    place,
                    log: position,
                },
                json: json.into(),
            });
        }
    }
    rows
}

/// What the log itself says; `None` if it is no event that is known.
fn event_json(log: &Log) -> Option<Map<String, Value>> {
    let (topic, indexed) = log.topics.split_first()?;
    let event = abi::event(topic)?;
    let (words, rest) = log.data.as_chunks::<32>();
    let complete = indexed.len() == event.indexed
        && rest.is_empty()
        && indexed.len() + words.len() == event.inputs.len();
    complete.then_some(())?;
    let mut result = Map::new();
    let mut types = Map::new();
    let mut declared = Vec::new();
    for (at, (word, (name, kind))) in indexed.iter().chain(words).zip(event.inputs).enumerate() {
        let value = readable(word, kind);
        result.insert(at.to_string(), value.clone().into());
        result.insert((*name).into(), value.into());
        types.insert((*name).into(), (*kind).into());
        let indexed = if at < event.indexed { " indexed" } else { "" };
        declared.push(format!("{kind}{indexed} {name}"));
    }
    let json = json!({
        "caller_contract_address": log.address,
        "contract_address": log.address,
        "event_name": event.name,
        "event": format!("{}({})", event.name, declared.join(", ")),
        "result": result,
        "result_type": types,
    });
    match json {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn readable(word: &Word, kind: &str) -> String {
    if kind == "address" {
        format!("0x{}", Hex(TronAddress::from_abi_word(word).bytes()))
    } else {
        decimal(*word)
    }
}
