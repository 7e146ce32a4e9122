//! The token transfers of an account.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri};
use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::TronAddress;

use super::page::{Row, RowPlace, Window};
use super::{BadRequest, parse_address};
use crate::chain::{Mined, Place, Snapshot, View};
use crate::devchain::Devchain;
use crate::faults::Lag;
use crate::log::Event;
use crate::token;

#[derive(Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the published parameters"
)]
pub struct TransfersQuery {
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

/// The question after parsing.
struct Question {
    account: TronAddress,
    query: TransfersQuery,
    contract: Option<TronAddress>,
    window: Window,
}

impl Question {
    fn new(address: &str, query: TransfersQuery, uri: &Uri) -> Result<Self, BadRequest> {
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
        let window = Window::new(
            uri,
            query.order_by.as_deref(),
            query.limit,
            query.fingerprint.as_deref(),
        )?;
        Ok(Self {
            account,
            query,
            contract,
            window,
        })
    }

    /// The rows of the page, and one more if more follow it.
    fn page(&self, chain: Snapshot<'_>) -> Vec<Row> {
        let places = chain.places_of(self.account);
        // Only the part on the far side of the last page; its transaction may have more rows.
        let (skip, end) = match self.window.after {
            Some(after) if self.window.ascending => (
                places.partition_point(|place| *place < after.place),
                places.len(),
            ),
            Some(after) => (0, places.partition_point(|place| *place <= after.place)),
            None => (0, places.len()),
        };
        let places = places.get(skip..end).unwrap_or_default().iter();
        let wanted = self.window.limit + 1;
        if self.window.ascending {
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
        }
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
                self.wants(event) && self.window.wants(RowPlace { place, log: *log })
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
}

pub async fn transfers(
    State(devchain): State<Devchain>,
    lag: Lag,
    Path(address): Path<String>,
    query: Result<Query<TransfersQuery>, QueryRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, BadRequest> {
    let Query(query) = query.map_err(|_| BadRequest("a query parameter is malformed"))?;
    let question = Question::new(&address, query, &uri)?;
    let (now, rows) = devchain.ask(lag, |chain| (chain.now(), question.page(chain)));
    Ok(Json(question.window.answer(rows, now, &headers)))
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
