//! The files for browsers, embedded by the build script: one binary is all there is to deploy.

pub mod template;

use axum::body::Bytes;
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

/// The same of any version.
#[derive(Clone, Debug)]
pub struct File {
    pub etag: HeaderValue,
    pub content_type: HeaderValue,
    pub bytes: Bytes,
    pub brotli: Bytes,
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

/// All that a page of this version, or of a shop that has pinned a script, may ask for under a name
/// that stands for its content.
pub fn immutable() -> impl Iterator<Item = &'static Asset> {
    ASSETS
        .iter()
        .chain(SCRIPTS.iter().map(|script| &script.asset))
}

/// Whether a name is like those that the build script gives to files: with the hash of the content.
pub fn is_hashed(name: &str) -> bool {
    let parts = name
        .split_once('.')
        .and_then(|(stem, extension)| Some((stem.rsplit_once('-')?, extension)));
    let Some(((stem, hash), extension)) = parts else {
        return false;
    };
    let is_word = |text: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=64).contains(&text.len()) && text.bytes().all(is_part)
    };
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_hash = hash.len() == 8 && hash.bytes().all(is_digit);
    is_word(stem) && is_hash && is_word(extension)
}

/// Whether a name is like those of the versions of the script for shops.
pub fn is_script(name: &str) -> bool {
    let version = name
        .strip_prefix("widget-")
        .and_then(|rest| rest.strip_suffix(".js"));
    version.is_some_and(|version| {
        let is_number = |part: &str| {
            (1..=9).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        version.split('.').count() == 3 && version.split('.').all(is_number)
    })
}

impl Asset {
    /// The answer to a request, compressed if that is accepted.
    pub fn answer(&self, request: &HeaderMap, freshness: Freshness) -> Response {
        let file = File {
            etag: HeaderValue::from_static(self.etag),
            content_type: HeaderValue::from_static(self.content_type),
            bytes: Bytes::from_static(self.bytes),
            brotli: Bytes::from_static(self.brotli),
        };
        file.answer(request, freshness)
    }
}

impl File {
    /// The answer to a request, compressed if that is accepted.
    pub fn answer(self, request: &HeaderMap, freshness: Freshness) -> Response {
        let is_known = request
            .get(header::IF_NONE_MATCH)
            .is_some_and(|known| *known == self.etag);
        let cache = match freshness {
            Freshness::Forever => "public, max-age=31536000, immutable",
            Freshness::Minutes => "public, max-age=300",
        };
        let head = [
            (header::CONTENT_TYPE, self.content_type),
            (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
            (header::ETAG, self.etag),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            (
                header::ACCESS_CONTROL_ALLOW_ORIGIN,
                HeaderValue::from_static("*"),
            ),
        ];
        // Pages that are isolated from others load only what says that it may be loaded.
        let policy = [("cross-origin-resource-policy", "cross-origin")];
        if is_known {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_files_are_told_from_others() {
        assert!(ASSETS.iter().all(|asset| is_hashed(asset.name)));
        assert!(SCRIPTS.iter().all(|script| is_script(script.asset.name)));
        for name in ["start-0123abcd.js", "usdt-checkout_bg-ffffffff.wasm"] {
            assert!(is_hashed(name) && !is_script(name), "{name}");
        }
        assert!(is_script("widget-12.0.3.js") && !is_hashed("widget-12.0.3.js"));
        for name in [
            "",
            "start.js",
            "start-0123abcd",
            "start-0123ABCD.js",
            "start-0123abcde.js",
            "-0123abcd.js",
            "a b-0123abcd.js",
            "start-0123abcd.tar.gz",
            "widget-1.2.js",
            "widget-1.2.x.js",
            "widget-1.2.3.css",
        ] {
            assert!(!is_hashed(name) && !is_script(name), "{name}");
        }
    }
}
