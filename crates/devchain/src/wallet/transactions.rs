//! Transactions: handed in, waiting for a block, and mined, with what became of them.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::Txid;

use super::blocks::NumberQuery;
use super::{Node, found};
use crate::account_json;
use crate::broadcast::{self, SignedHex, SignedTransaction, Unreadable};
use crate::chain::{Chain, Mined, Place, View};
use crate::faults::Lag;
use crate::node_json::{self, TransactionInfo};
use crate::params::{NodeError, Params};
use crate::transaction::Transaction;

#[derive(Deserialize)]
pub struct TransactionQuery {
    #[serde(default)]
    value: String,
}

impl TransactionQuery {
    fn txid(&self) -> Option<Txid> {
        self.value.parse().ok()
    }
}

/// A full node keeps what waits for a block in the same place as what is mined.
pub async fn by_id(
    State(node): State<Node>,
    lag: Lag,
    Params(query, visible): Params<TransactionQuery>,
) -> Json<Value> {
    found(query.txid().and_then(|txid| {
        node.ask(lag, |chain, view| {
            let mined = chain.mined(txid, view).map(|mined| mined.transaction);
            let known = match view {
                View::Head => mined.or_else(|| chain.waiting(txid)),
                View::Solid => mined,
            };
            known.map(|known| node_json::transaction(known, visible))
        })
    }))
}

pub async fn info(
    State(node): State<Node>,
    lag: Lag,
    Params(query, visible): Params<TransactionQuery>,
) -> Response {
    let info = query.txid().and_then(|txid| {
        node.ask(lag, |chain, view| {
            chain
                .mined(txid, view)
                .map(|mined| TransactionInfo::new(mined, visible))
        })
    });
    info.map_or_else(
        || found(None).into_response(),
        |info| Json(info).into_response(),
    )
}

pub async fn infos_of_block(
    State(node): State<Node>,
    lag: Lag,
    Params(NumberQuery { num }, visible): Params<NumberQuery>,
) -> Response {
    let Some(number) = u64::try_from(num).ok().filter(|number| *number > 0) else {
        return found(None).into_response();
    };
    let infos: Vec<TransactionInfo> = node.ask(lag, |chain, view| {
        chain.block(number, view).map_or_else(Vec::new, |block| {
            block
                .transactions
                .iter()
                .enumerate()
                .map(|(index, transaction)| {
                    let place = Place {
                        block: number,
                        index,
                    };
                    let mined = Mined {
                        place,
                        block,
                        transaction,
                    };
                    TransactionInfo::new(mined, visible)
                })
                .collect()
        })
    });
    Json(infos).into_response()
}

/// A transaction that the next block takes. Its result is the one that a node has found by itself.
pub async fn waiting(
    State(node): State<Node>,
    Params(query, visible): Params<TransactionQuery>,
) -> Json<Value> {
    found(query.txid().and_then(|txid| {
        node.devchain.read(|chain| {
            chain
                .waiting(txid)
                .map(|waiting| node_json::transaction(waiting, visible))
        })
    }))
}

/// An empty list is left out.
pub async fn all_waiting(State(node): State<Node>) -> Json<Value> {
    let txids: Vec<Txid> = node
        .devchain
        .read(|chain| chain.pool().iter().map(Transaction::id).collect());
    found((!txids.is_empty()).then(|| json!({ "txId": txids })))
}

pub async fn count_waiting(State(node): State<Node>) -> Json<Value> {
    let count = node.devchain.read(|chain: &Chain| chain.pool().len());
    Json(json!({ "pendingSize": count }))
}

pub async fn hand_in(
    State(node): State<Node>,
    Params(transaction, visible): Params<SignedTransaction>,
) -> Result<Json<Value>, NodeError> {
    node.devchain
        .write(|chain| broadcast::answer(&transaction, visible, chain))
        .map(Json)
}

pub async fn hand_in_hex(
    State(node): State<Node>,
    Params(transaction, _): Params<SignedHex>,
) -> Result<Json<Value>, NodeError> {
    node.devchain
        .write(|chain| broadcast::answer_to_hex(&transaction, chain))
        .map(Json)
}

pub async fn sign_weight(
    State(node): State<Node>,
    lag: Lag,
    Params(transaction, visible): Params<SignedTransaction>,
) -> Result<Json<Value>, NodeError> {
    let (raw, signatures) = match transaction.read(visible) {
        Ok(read) => read,
        Err(Unreadable::Empty) => {
            let message = "Invalid transaction: no valid contract";
            let result = json!({ "code": "OTHER_ERROR", "message": message });
            return Ok(Json(json!({ "result": result })));
        }
        Err(Unreadable::Broken(error)) => return Err(error),
    };
    Ok(Json(node.ask(lag, |chain, view| {
        let account = chain.account(raw.owner, view);
        account_json::sign_weight(&raw, &signatures, account.as_ref(), visible)
    })))
}
