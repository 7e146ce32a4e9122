//! Pages of rows in the order of the chain, and the fingerprint that leads to the next one.

use axum::http::{HeaderMap, Uri, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use usdt_protocol::UtcTime;
use usdt_protocol::txid::Hex;

use super::BadRequest;
use crate::chain::Place;

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 200;

/// Where a row is on the chain: rows are sorted by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowPlace {
    pub place: Place,
    pub log: usize,
}

/// A row of the answer.
pub struct Row {
    pub at: RowPlace,
    pub json: Value,
}

/// Which part of all rows is asked for.
pub struct Window {
    pub ascending: bool,
    pub limit: usize,
    /// The last row of the page before.
    pub after: Option<RowPlace>,
    url: String,
    digest: String,
}

impl Window {
    pub fn new(
        uri: &Uri,
        order_by: Option<&str>,
        limit: Option<usize>,
        fingerprint: Option<&str>,
    ) -> Result<Self, BadRequest> {
        let ascending = match order_by {
            None | Some("block_timestamp,desc") => false,
            Some("block_timestamp,asc") => true,
            Some(_) => {
                return Err(BadRequest(
                    "order_by must be block_timestamp,asc or block_timestamp,desc",
                ));
            }
        };
        let limit = match limit {
            Some(0) => return Err(BadRequest("limit must be between 1 and 200")),
            limit => limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT),
        };
        let url = url_without_fingerprint(uri);
        let digest = digest_of(&url);
        let after = match fingerprint {
            Some(text) => Some(read_fingerprint(text, &digest).ok_or(BadRequest(
                "fingerprint does not belong to these parameters",
            ))?),
            None => None,
        };
        Ok(Self {
            ascending,
            limit,
            after,
            url,
            digest,
        })
    }

    pub fn wants(&self, row: RowPlace) -> bool {
        self.after.is_none_or(|after| {
            if self.ascending {
                row > after
            } else {
                row < after
            }
        })
    }

    /// The answer from the rows of this page and, if there are more, one of the next.
    pub fn answer(&self, mut rows: Vec<Row>, now: UtcTime, headers: &HeaderMap) -> Value {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let mut meta = json!({ "at": now.millis(), "page_size": rows.len() });
        if let (Some(last), Some(meta)) = (rows.last().filter(|_| more), meta.as_object_mut()) {
            let fingerprint = write_fingerprint(last.at, &self.digest);
            let host = headers
                .get(header::HOST)
                .and_then(|host| host.to_str().ok())
                .unwrap_or_default();
            let next = format!("http://{host}{}fingerprint={fingerprint}", self.url);
            meta.insert("links".into(), json!({ "next": next }));
            meta.insert("fingerprint".into(), fingerprint.into());
        }
        let data: Vec<Value> = rows.into_iter().map(|row| row.json).collect();
        json!({ "data": data, "success": true, "meta": meta })
    }
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
