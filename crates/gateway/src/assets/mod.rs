//! The files for browsers, embedded by the build script: one binary is all there is to deploy.

pub mod template;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A file that any site may load.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    pub name: &'static str,
    /// Made of the content.
    pub etag: &'static str,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
    pub brotli: &'static [u8],
}

/// A version of the script for shops.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    pub version: &'static str,
    /// What a page pins it by (Subresource Integrity).
    pub integrity: &'static str,
    pub asset: Asset,
}

/// How long an answer is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// The name stands for this content and no other.
    Forever,
    /// The next version has the same name.
    Minutes,
}

/// The page that trunk built.
pub const PAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/index.html"));

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The file that was built as `stem.js`. None where trunk has not run.
pub fn built_script(stem: &str) -> Option<&'static Asset> {
    let hash_of = |name: &'static str| {
        name.strip_prefix(stem)?
            .strip_prefix('-')?
            .strip_suffix(".js")
    };
    ASSETS.iter().find(|asset| hash_of(asset.name).is_some())
}

impl Asset {
    /// The answer to a request, compressed if that is accepted.
    pub fn answer(&self, request: &HeaderMap, freshness: Freshness) -> Response {
        let cache = match freshness {
            Freshness::Forever => "public, max-age=31536000, immutable",
            Freshness::Minutes => "public, max-age=300",
        };
        let head = [
            (header::CONTENT_TYPE, self.content_type),
            (header::CACHE_CONTROL, cache),
            (header::ETAG, self.etag),
            (header::VARY, "accept-encoding"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ]
        .map(|(name, value)| (name, HeaderValue::from_static(value)));
        // Pages that are isolated from others load only what says that it may be loaded.
        let policy = [("cross-origin-resource-policy", "cross-origin")];
        let known = request.get(header::IF_NONE_MATCH);
        if known.is_some_and(|known| known.as_bytes() == self.etag.as_bytes()) {
            (StatusCode::NOT_MODIFIED, head, policy).into_response()
        } else if accepts_brotli(request) {
            (
                head,
                policy,
                [(header::CONTENT_ENCODING, "br")],
                self.brotli,
            )
                .into_response()
        } else {
            (head, policy, self.bytes).into_response()
        }
    }
}

fn accepts_brotli(request: &HeaderMap) -> bool {
    request
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let is_brotli = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("br"));
            is_brotli && !parts.any(|part| matches!(part, "q=0" | "q=0.0"))
        })
}
