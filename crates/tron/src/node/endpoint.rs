//! Where a node is, and how it may be asked.

use std::fmt;
use std::num::NonZeroU32;

use reqwest::Url;

use super::NodeError;

/// Where a node is, and how it may be asked.
#[derive(Clone)]
pub struct Endpoint {
    /// The URL under which the node's paths are, such as `https://api.trongrid.io`. Many
    /// providers want their key in its path or query.
    pub url: String,
    /// TronGrid's API key, sent as `TRON-PRO-API-KEY`.
    pub api_key: Option<String>,
    /// How many requests a second the node is asked at the most, evenly spaced; `None` sets no
    /// limit.
    pub requests_per_second: Option<NonZeroU32>,
}

impl Endpoint {
    pub(super) fn base_url(&self) -> Result<Url, NodeError> {
        Url::parse(&self.url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or(NodeError::Misconfigured(
                "its URL is no http or https address",
            ))
    }
}

/// The part of a URL that holds no secret: scheme, host and port.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Both the API key and the rest of the URL, which may hold one, are secrets.
        f.debug_struct("Endpoint")
            .field("origin", &self.base_url().ok().as_ref().map(origin))
            .field("requests_per_second", &self.requests_per_second)
            .finish_non_exhaustive()
    }
}
