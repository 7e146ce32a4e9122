//! Where a node is, and how it may be asked.

use std::fmt;
use std::num::NonZeroU32;

use reqwest::Url;

use super::NodeError;

/// What begins the paths that java-tron serves on a port of its own each.
const SOLIDITY: &str = "/walletsolidity/";
const JSONRPC: &str = "/jsonrpc";

/// Where a node is, and how it may be asked.
///
/// All three URLs are bases, under which the node's paths are: `http://10.0.0.2:8545` for a node
/// that answers at `http://10.0.0.2:8545/jsonrpc`. Many providers want their key in the path or
/// query. Whichever is asked, it is one node, with one key and one rate limit.
#[derive(Clone)]
pub struct Endpoint {
    /// Such as `https://api.trongrid.io`.
    pub url: String,
    /// Where `/walletsolidity/…` is, if elsewhere.
    pub solidity_url: Option<String>,
    /// Where `/jsonrpc` is, if elsewhere.
    pub jsonrpc_url: Option<String>,
    /// TronGrid's API key, sent as `TRON-PRO-API-KEY`.
    pub api_key: Option<String>,
    /// How many requests a second the node is asked at the most, evenly spaced; `None` sets no
    /// limit.
    pub requests_per_second: Option<NonZeroU32>,
    /// How many requests the node answers in a day of UTC; `None` where no limit is known. It is
    /// not enforced here: see [`Node::tally`](super::Node::tally).
    pub requests_per_day: Option<NonZeroU32>,
}

impl Endpoint {
    /// The node that has everything under `url`, asked without a key and without a limit.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            solidity_url: None,
            jsonrpc_url: None,
            api_key: None,
            requests_per_second: None,
            requests_per_day: None,
        }
    }
}

/// The bases of a node's paths, parsed.
pub(super) struct Bases {
    pub url: Url,
    solidity: Option<Url>,
    jsonrpc: Option<Url>,
}

impl Bases {
    pub fn of(endpoint: &Endpoint) -> Result<Self, NodeError> {
        let other = |text: Option<&String>, why| text.map(|text| base(text, why)).transpose();
        Ok(Self {
            url: base(&endpoint.url, "its URL is no http or https address")?,
            solidity: other(
                endpoint.solidity_url.as_ref(),
                "its solidity_url is no http or https address",
            )?,
            jsonrpc: other(
                endpoint.jsonrpc_url.as_ref(),
                "its jsonrpc_url is no http or https address",
            )?,
        })
    }

    pub fn all(&self) -> impl Iterator<Item = &Url> {
        let others = [&self.solidity, &self.jsonrpc];
        [&self.url].into_iter().chain(others.into_iter().flatten())
    }

    /// The URL of a path, which begins with a slash.
    pub fn join(&self, path: &str) -> Url {
        let own = if path.starts_with(SOLIDITY) {
            self.solidity.as_ref()
        } else if path == JSONRPC {
            self.jsonrpc.as_ref()
        } else {
            None
        };
        let mut url = own.unwrap_or(&self.url).clone();
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        url
    }
}

fn base(text: &str, why: &'static str) -> Result<Url, NodeError> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or(NodeError::Misconfigured(why))
}

/// The part of a URL that holds no secret: scheme, host and port.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Both the API key and the rest of the URLs, which may hold one, are secrets.
        let origin_of = |text: &String| base(text, "").ok().as_ref().map(origin);
        f.debug_struct("Endpoint")
            .field("origin", &origin_of(&self.url))
            .field("solidity", &self.solidity_url.as_ref().map(origin_of))
            .field("jsonrpc", &self.jsonrpc_url.as_ref().map(origin_of))
            .field("requests_per_second", &self.requests_per_second)
            .finish_non_exhaustive()
    }
}
