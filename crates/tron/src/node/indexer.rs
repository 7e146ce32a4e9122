//! The indexer beside the node: a second opinion on which transactions paid an address.
//!
//! Shape: <https://developers.tron.network/reference/get-trc20-transaction-info-by-account-address>.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use serde::Deserialize;
use serde_json::Value;
use usdt_protocol::{TronAddress, Txid, UtcTime};

use super::error::{refusal_by_status, senseless};
use super::{Node, NodeError};

const CALL: &str = "/v1/accounts/…/transactions/trc20";

/// The most rows on a page.
const PAGE: usize = 200;

/// The most pages that are read for one question: 100 000 rows.
const MAX_PAGES: usize = 500;

impl Node {
    /// The transactions in solid blocks since `since` that moved `token` to `address`, as the
    /// indexer knows them. It is known to lose rows, so that one that is missing proves nothing,
    /// and its rows prove nothing until the receipt says the same.
    ///
    /// Rows of other contracts, of other kinds or without sense are passed over; but a page that
    /// is missing or leads nowhere fails the whole answer, and so does a row of `token` that
    /// names no transaction.
    pub async fn indexed_transfers(
        &self,
        token: TronAddress,
        address: TronAddress,
        since: UtcTime,
    ) -> Result<BTreeSet<Txid>, NodeError> {
        let path = format!("/v1/accounts/{address}/transactions/trc20");
        let question = [
            ("only_confirmed", "true".to_owned()),
            ("only_to", "true".to_owned()),
            ("limit", PAGE.to_string()),
            ("order_by", "block_timestamp,asc".to_owned()),
            ("min_timestamp", since.millis().to_string()),
            ("contract_address", token.to_string()),
        ];
        let mut parameters = question.to_vec();
        let mut progress = Progress::default();
        let mut found = BTreeSet::new();
        for _ in 0..MAX_PAGES {
            let page = self
                .connection
                .get(&path, CALL, &parameters, WirePage::content);
            let (rows, fingerprint) = page.await?;
            for row in &rows {
                found.extend(paying_transaction(row, token, address)?);
            }
            let Some(fingerprint) = fingerprint else {
                return Ok(found);
            };
            progress.check(&rows, &fingerprint)?;
            parameters.truncate(question.len());
            parameters.push(("fingerprint", fingerprint));
        }
        Err(senseless(CALL, format!("more than {MAX_PAGES} pages")))
    }
}

/// What earlier pages said, so that pages cannot lead in circles.
#[derive(Default)]
struct Progress {
    fingerprints: HashSet<String>,
    /// Hashes, since a node could send more than fits into memory.
    rows: HashSet<u64>,
    hasher: RandomState,
}

impl Progress {
    fn check(&mut self, rows: &[Value], next: &str) -> Result<(), NodeError> {
        let before = self.rows.len();
        self.rows
            .extend(rows.iter().map(|row| self.hasher.hash_one(row)));
        if self.rows.len() == before {
            return Err(senseless(CALL, "a page without a new row names another"));
        }
        if !self.fingerprints.insert(next.to_owned()) {
            return Err(senseless(CALL, "the fingerprint of a page repeats"));
        }
        Ok(())
    }
}

/// The transaction of a row that moved `token` to `address`; `None` for all other rows.
fn paying_transaction(
    row: &Value,
    token: TronAddress,
    address: TronAddress,
) -> Result<Option<Txid>, NodeError> {
    let text = |pointer: &str| row.pointer(pointer).and_then(Value::as_str);
    let is = |pointer: &str, address| text(pointer).and_then(parse_address) == Some(address);
    // The symbol is whatever the contract's maker likes.
    if !is("/token_info/address", token) {
        return Ok(None);
    }
    let txid: Txid = text("/transaction_id")
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| senseless(CALL, "a row of the token without a transaction"))?;
    let paid = text("/type") == Some("Transfer") && is("/to", address);
    Ok(paid.then_some(txid))
}

fn parse_address(text: &str) -> Option<TronAddress> {
    text.parse().or_else(|_| TronAddress::from_hex(text)).ok()
}

#[derive(Deserialize)]
struct WirePage {
    success: bool,
    data: Option<Vec<Value>>,
    meta: Option<WireMeta>,
    error: Option<String>,
    #[serde(rename = "statusCode")]
    status_code: Option<u16>,
}

#[derive(Deserialize)]
struct WireMeta {
    /// Present only where another page follows.
    fingerprint: Option<String>,
}

impl WirePage {
    /// The rows, and the fingerprint of the next page. `links.next` is never followed: it is a
    /// URL of the node's choice.
    fn content(self) -> Result<(Vec<Value>, Option<String>), NodeError> {
        if !self.success {
            let message = self
                .error
                .unwrap_or_else(|| "it gives no reason".to_owned());
            let status = self.status_code.unwrap_or_default();
            return Err(refusal_by_status(CALL, status, &message, None));
        }
        let (Some(rows), Some(meta)) = (self.data, self.meta) else {
            return Err(senseless(CALL, "a page without data or meta"));
        };
        if rows.len() > PAGE {
            return Err(senseless(CALL, format!("a page of {} rows", rows.len())));
        }
        Ok((rows, meta.fingerprint))
    }
}
