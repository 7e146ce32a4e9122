//! The indexer beside the node: `/v1/accounts/{address}/transactions/trc20`.
//!
//! Reference: <https://developers.tron.network/reference/get-trc20-transaction-info-by-account-address>.

use std::str::FromStr;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use usdt_protocol::TronAddress;
use usdt_protocol::txid::Hex;

use crate::Devchain;
use crate::chain::{Mined, Place, Snapshot, View};
use crate::faults::Lag;
use crate::log::Event;
use crate::token;

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 200;

pub fn routes(devchain: &Devchain) -> Router {
    Router::new()
        .route("/v1/accounts/{address}/transactions/trc20", get(transfers))
        .with_state(devchain.clone())
}

struct BadRequest(&'static str);

impl IntoResponse for BadRequest {
    fn into_response(self) -> Response {
        let body = json!({ "success": false, "error": self.0, "statusCode": 400 });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

#[derive(Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the published parameters"
)]
struct TransfersQuery {
    #[serde(default)]
    only_confirmed: bool,
    #[serde(default)]
    only_unconfirmed: bool,
    #[serde(default)]
    only_to: bool,
    #[serde(default)]
    only_from: bool,
    limit: Option<usize>,
    fingerprint: Option<String>,
    order_by: Option<String>,
    min_timestamp: Option<i64>,
    max_timestamp: Option<i64>,
    contract_address: Option<String>,
}

/// Where a row is on the chain: rows are sorted by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RowPlace {
    place: Place,
    log: usize,
}

/// A row of the answer.
struct Row {
    at: RowPlace,
    json: Value,
}

/// The question after parsing.
struct Question {
    account: TronAddress,
    query: TransfersQuery,
    contract: Option<TronAddress>,
    ascending: bool,
    limit: usize,
    /// The last row of the page before.
    after: Option<RowPlace>,
    digest: String,
}

impl Question {
    fn new(address: &str, query: TransfersQuery, url: &str) -> Result<Self, BadRequest> {
        let account =
            parse_address(address).ok_or(BadRequest("A valid account address is required."))?;
        if query.only_confirmed && query.only_unconfirmed {
            return Err(BadRequest(
                "only_confirmed and only_unconfirmed exclude each other",
            ));
        }
        let contract = match &query.contract_address {
            Some(text) => {
                Some(parse_address(text).ok_or(BadRequest("contract_address is not an address"))?)
            }
            None => None,
        };
        let ascending = match query.order_by.as_deref() {
            None | Some("block_timestamp,desc") => false,
            Some("block_timestamp,asc") => true,
            Some(_) => {
                return Err(BadRequest(
                    "order_by must be block_timestamp,asc or block_timestamp,desc",
                ));
            }
        };
        let limit = match query.limit {
            Some(0) => return Err(BadRequest("limit must be between 1 and 200")),
            limit => limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT),
        };
        let digest = digest_of(url);
        let after = match &query.fingerprint {
            Some(text) => Some(read_fingerprint(text, &digest).ok_or(BadRequest(
                "fingerprint does not belong to these parameters",
            ))?),
            None => None,
        };
        Ok(Self {
            account,
            query,
            contract,
            ascending,
            limit,
            after,
            digest,
        })
    }

    /// The page, and whether more rows follow it.
    fn page(&self, chain: Snapshot<'_>) -> (Vec<Row>, bool) {
        let places = chain.places_of(self.account);
        // Only the part on the far side of the last page; its transaction may have more rows.
        let (skip, end) = match self.after {
            Some(after) if self.ascending => (
                places.partition_point(|place| *place < after.place),
                places.len(),
            ),
            Some(after) => (0, places.partition_point(|place| *place <= after.place)),
            None => (0, places.len()),
        };
        let places = places.get(skip..end).unwrap_or_default().iter();
        let wanted = self.limit + 1;
        let mut rows: Vec<Row> = if self.ascending {
            places
                .flat_map(|place| self.rows(*place, chain))
                .take(wanted)
                .collect()
        } else {
            places
                .rev()
                .flat_map(|place| self.rows(*place, chain).rev())
                .take(wanted)
                .collect()
        };
        let more = rows.len() == wanted;
        rows.truncate(self.limit);
        (rows, more)
    }

    /// The rows of one transaction in the order of its logs.
    fn rows(
        &self,
        place: Place,
        chain: Snapshot<'_>,
    ) -> impl DoubleEndedIterator<Item = Row> + use<> {
        let mined = chain
            .at(place, View::Head)
            .filter(|mined| self.wants_block(mined, chain));
        let rows: Vec<Row> = mined
            .iter()
            .flat_map(|mined| {
                mined
                    .transaction
                    .events()
                    .map(move |(log, event)| (mined, log, event))
            })
            .filter(|(_, log, event)| {
                self.wants(event) && self.is_after(RowPlace { place, log: *log })
            })
            .map(|(mined, log, event)| Row {
                at: RowPlace { place, log },
                json: row_json(mined, &event),
            })
            .collect();
        rows.into_iter()
    }

    fn wants_block(&self, mined: &Mined<'_>, chain: Snapshot<'_>) -> bool {
        let solid = mined.place.block <= chain.tip(View::Solid);
        let time = mined.block.timestamp.millis();
        (solid || !self.query.only_confirmed)
            && (!solid || !self.query.only_unconfirmed)
            && self.query.min_timestamp.is_none_or(|min| time >= min)
            && self.query.max_timestamp.is_none_or(|max| time <= max)
    }

    fn wants(&self, event: &Event) -> bool {
        let received = event.to == self.account;
        let sent = event.from == self.account;
        (received || !self.query.only_to)
            && (sent || !self.query.only_from)
            && (received || sent)
            && self.contract.is_none_or(|contract| event.token == contract)
    }

    fn is_after(&self, row: RowPlace) -> bool {
        self.after.is_none_or(|after| {
            if self.ascending {
                row > after
            } else {
                row < after
            }
        })
    }
}

async fn transfers(
    State(devchain): State<Devchain>,
    lag: Lag,
    Path(address): Path<String>,
    query: Result<Query<TransfersQuery>, QueryRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, BadRequest> {
    let Query(query) = query.map_err(|_| BadRequest("a query parameter is malformed"))?;
    let url = url_without_fingerprint(&uri);
    let question = Question::new(&address, query, &url)?;
    let (now, (rows, more)) = devchain.ask(lag, |chain| (chain.now(), question.page(chain)));
    let mut meta = json!({ "at": now.millis(), "page_size": rows.len() });
    if let (Some(last), Some(meta)) = (rows.last().filter(|_| more), meta.as_object_mut()) {
        let fingerprint = write_fingerprint(last.at, &question.digest);
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let next = format!("http://{host}{url}fingerprint={fingerprint}");
        meta.insert("links".into(), json!({ "next": next }));
        meta.insert("fingerprint".into(), fingerprint.into());
    }
    let data: Vec<Value> = rows.into_iter().map(|row| row.json).collect();
    Ok(Json(json!({ "data": data, "success": true, "meta": meta })))
}

/// The path and the parameters but the fingerprint in a fixed order, ready for another one to
/// follow.
fn url_without_fingerprint(uri: &Uri) -> String {
    let mut parameters: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|text| !text.is_empty() && !text.starts_with("fingerprint="))
        .collect();
    parameters.sort_unstable();
    parameters.push("");
    format!("{}?{}", uri.path(), parameters.join("&"))
}

/// Every token of this chain calls itself USDT: a reader has to compare contracts.
fn row_json(mined: &Mined<'_>, event: &Event) -> Value {
    json!({
        "transaction_id": mined.transaction.id(),
        "token_info": {
            "symbol": token::SYMBOL,
            "address": event.token,
            "decimals": token::DECIMALS,
            "name": token::NAME,
        },
        "block_timestamp": mined.block.timestamp.millis(),
        "from": event.from,
        "to": event.to,
        "type": event.kind.name(),
        "value": event.decimal_value(),
    })
}

fn parse_address(text: &str) -> Option<TronAddress> {
    TronAddress::from_str(text)
        .or_else(|_| TronAddress::from_hex(text))
        .ok()
}

/// A fingerprint is good for the question it was given out for, and for no other.
fn digest_of(question: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(question).into();
    Hex(digest.split_at(8).0).to_string()
}

fn write_fingerprint(last: RowPlace, digest: &str) -> String {
    format!(
        "{:x}-{:x}-{:x}-{digest}",
        last.place.block, last.place.index, last.log
    )
}

fn read_fingerprint(text: &str, digest: &str) -> Option<RowPlace> {
    let place = text.strip_suffix(digest)?.strip_suffix('-')?;
    let mut parts = place.split('-');
    let block = u64::from_str_radix(parts.next()?, 16).ok()?;
    let index = usize::from_str_radix(parts.next()?, 16).ok()?;
    let log = usize::from_str_radix(parts.next()?, 16).ok()?;
    parts.next().is_none().then_some(RowPlace {
        place: Place { block, index },
        log,
    })
}
