//! Hints: what the caller of the API sent, and what to send instead, beside an error's message.
//!
//! A hint repeats nothing but what this very request holds, cut and escaped; of keys and signatures
//! not even that, only their form. So it tells neither a secret, nor the signature that was
//! expected, nor which keys exist.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use usdt_protocol::txid::Hex;

/// More of what came helps nobody.
const MOST_CHARS: usize = 40;
const MOST_FIELDS: usize = 10;

/// The mark that some editors put before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const SIGNATURE_DIGITS: usize = 64;

const HASH_DIGITS: usize = 12;

const TXID_DIGITS: usize = 64;
const BASE64_CHARS: usize = 44;

/// What came, cut and in quotes, with everything escaped that is not simply printed.
pub fn quoted(text: &str) -> String {
    let mut kept = text.chars();
    let start: String = kept.by_ref().take(MOST_CHARS).collect();
    let end = if kept.next().is_some() { "…" } else { "" };
    format!("{start:?}{end}")
}

pub fn content_type(value: Option<&HeaderValue>) -> String {
    value.map_or_else(
        || "the request has no Content-Type header".to_owned(),
        |value| {
            let came = quoted(&String::from_utf8_lossy(value.as_bytes()));
            format!("Content-Type came as {came}: send the JSON itself as the body")
        },
    )
}

/// Of a body that is JSON and no object.
pub fn no_object(first: u8) -> &'static str {
    match first {
        b'[' => "the body is an array: send its one object alone",
        b'"' => "the body is a string: was it encoded twice?",
        b'n' => "the body is null",
        _ => "the body is a single value",
    }
}

/// Of a body that cannot be read.
pub fn unreadable(body: &[u8], error: &serde_json::Error) -> String {
    if let Some(told) = suspicious_start(body) {
        return told.to_owned();
    }
    if let Err(error) = std::str::from_utf8(body) {
        let at = error.valid_up_to();
        return format!("the body is not UTF-8: see the byte after the first {at}");
    }
    let told = error.to_string();
    let twice = told
        .strip_prefix("duplicate field `")
        .and_then(|rest| rest.split_once('`'));
    if let Some((field, _)) = twice {
        return format!("field {field} twice: send each field once");
    }
    if body.contains(&b'=') && !body.trim_ascii_start().starts_with(b"{") {
        return "the body looks like a form: send JSON".to_owned();
    }
    format!("the body is no JSON: {told}")
}

/// What stands before, or instead of, all JSON.
fn suspicious_start(body: &[u8]) -> Option<&'static str> {
    if body.is_empty() {
        Some(
            "the body is empty: in PHP, json_encode returns false for text that is not UTF-8, see \
             json_last_error_msg()",
        )
    } else if body.starts_with(BYTE_ORDER_MARK) {
        Some("the body begins with a byte order mark: save and send it without one")
    } else {
        None
    }
}

/// Of a field that is not there, or that holds nothing.
pub fn missing(field: &str, body: &[u8]) -> String {
    let sent: BTreeMap<String, &RawValue> = serde_json::from_slice(body).unwrap_or_default();
    if sent.contains_key(field) {
        return format!("{field} came empty");
    }
    if sent.is_empty() {
        return "the body has no fields".to_owned();
    }
    let mut told = "the body has the fields".to_owned();
    for name in sent.keys().take(MOST_FIELDS) {
        let _ = write!(told, " {}", quoted(name));
    }
    if sent.len() > MOST_FIELDS {
        told.push_str(" …");
    }
    told
}

/// Of a field that holds neither text nor a number.
pub fn not_text(raw: &str) -> String {
    let came = match raw.as_bytes().first() {
        Some(b'[') => "an array",
        Some(b'{') => "an object",
        _ => raw,
    };
    format!("it came as {came}")
}

pub const HALF_A_CHARACTER: &str = "it holds half a character, such as \\ud83c without the escape \
                                    that belongs to it: was a text cut within an emoji?";

pub const DISABLED: &str = "the gateway's operator has disabled it: it may ask with GET, and create or change \
                            nothing; what is paid of its open payments is still credited and told";

pub const READ_ONLY: &str = "this key may ask with GET, and create or change nothing: use another key of \
                             the project";

pub fn order_id(text: &str) -> String {
    let disruptive = |c: &char| crate::payments::legible::is_disruptive(*c);
    if let Some(c) = text.chars().find(disruptive) {
        format!("it holds the character U+{:04X}", u32::from(c))
    } else if crate::payments::legible::is_visible(text) {
        length(text)
    } else {
        format!("it came as {}, of which nothing can be seen", quoted(text))
    }
}

pub fn length(text: &str) -> String {
    format!("it came with {} characters", text.chars().count())
}

pub fn amount(text: &str) -> String {
    let advice = if text.contains(',') {
        "write the decimals behind a point, and nothing between thousands"
    } else if text.contains(['e', 'E']) {
        "write it without an exponent, as a string with at most 6 decimals, such as \"50.00\""
    } else if text.trim() != text {
        "send it without blanks"
    } else {
        "send a string with at most 6 decimals, such as \"50.00\""
    };
    format!("the amount came as {}: {advice}", quoted(text))
}

/// Of a URL; its end may hold what is nobody's business.
pub fn url(text: &str) -> String {
    let unsafe_one = |c: &char| c.is_control() || c.is_whitespace() || *c == '\\';
    if let Some(c) = text.chars().find(unsafe_one) {
        return format!("it holds the character U+{:04X}: encode it", u32::from(c));
    }
    let begin = text.split(['?', '#']).next().unwrap_or_default();
    if begin.contains('@') {
        return "it names a user before the host: leave that out".to_owned();
    }
    format!("it came with {} bytes, as {}…", text.len(), quoted(begin))
}

pub fn txid(text: &str) -> String {
    let runs = text.split(|c: char| !c.is_ascii_hexdigit()).map(str::len);
    if runs.clone().filter(|&run| run == TXID_DIGITS).count() > 1 {
        return "it holds more than one transaction ID: send one".to_owned();
    }
    let longest = runs.max().unwrap_or_default();
    let count = text.chars().count();
    format!("{TXID_DIGITS} hex digits in a row expected, got {longest} among {count} characters")
}

/// Of a key that no project has. `only_mode` is for a gateway with projects of one mode only: whether
/// those are test projects.
pub fn api_key(headers: &HeaderMap, name: &HeaderName, only_mode: Option<bool>) -> String {
    let key = match header(headers, name) {
        Ok(key) => key,
        Err(told) => return told,
    };
    let of_test_mode = key.starts_with("pk_test_");
    if key.starts_with("sk_") {
        "it holds an API secret: send the key, which begins with pk_, and never the secret"
    } else if key == "pk_your_api_key" {
        "it holds the key of the published sample: put in your own"
    } else if key.contains(|c: char| c.is_whitespace() || "\"'<>".contains(c)) {
        "the key has blanks or quotes in it: send it alone"
    } else if !key.starts_with("pk_") {
        "a key begins with pk_, that of a test project with pk_test_"
    } else if only_mode == Some(true) && !of_test_mode {
        "this is a live key, and this gateway has test projects only"
    } else if only_mode == Some(false) && of_test_mode {
        "this is a test key, and this gateway has no test projects"
    } else {
        "the key has the right form: is it complete, and of this gateway?"
    }
    .to_owned()
}

/// Of a signature that is neither that of `body` nor that of `query`.
pub fn signature(
    headers: &HeaderMap,
    name: &HeaderName,
    (body, query): (&[u8], Option<&str>),
) -> String {
    let signature = match header(headers, name) {
        Ok(signature) => signature,
        Err(told) => return told,
    };
    let count = signature.chars().count();
    let is_hex = signature.bytes().all(|byte| byte.is_ascii_hexdigit());
    let expected = format!("{SIGNATURE_DIGITS} hex digits expected, got");
    if is_hex && count == SIGNATURE_DIGITS {
        let start = suspicious_start(body).filter(|_| !body.is_empty());
        return match (start, body.len(), query) {
            (Some(told), ..) => told.to_owned(),
            (None, 0, Some(query)) => format!(
                "the request came without a body: sign the empty string, or the query as it came, \
                 {}, with the secret of this very key, its sk_ included",
                measured(query.as_bytes())
            ),
            (None, 0, None) => "the request came without a body: sign the empty string, with the \
                                secret of this very key, its sk_ included"
                .to_owned(),
            (None, length, _) => format!(
                "the form is right: sign the {length} bytes that came as the body, byte for byte, \
                 with the secret of this very key, its sk_ included; what came is {}",
                measured(body)
            ),
        };
    }
    let digest = signature
        .split_once('=')
        .filter(|(prefix, digits)| is_name(prefix) && !digits.is_empty());
    if let Some((prefix, _)) = digest {
        return format!(
            "{expected} the prefix {}: leave it out",
            quoted(&format!("{prefix}="))
        );
    }
    if count == BASE64_CHARS && signature.ends_with('=') {
        return format!("{expected} {count} characters that look like Base64");
    }
    if is_hex {
        return format!("{expected} {count}: HMAC-SHA256 is what is needed");
    }
    format!("{expected} {count} characters, not all of them hex digits")
}

/// By which what was signed is compared with what came. A few digits of the hash tell two texts apart and
/// nothing of what is in them.
fn measured(bytes: &[u8]) -> String {
    let hash = Hex(&Sha256::digest(bytes)).to_string();
    let digits = hash.get(..HASH_DIGITS).unwrap_or_default();
    format!("{} bytes whose SHA-256 begins with {digits}", bytes.len())
}

/// Whether it may name an algorithm.
fn is_name(prefix: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    (1..=MOST_CHARS / 2).contains(&prefix.len()) && prefix.chars().all(is_part)
}

/// The one value of a header, without blanks around; or what is wrong with it.
fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, String> {
    let mut values = headers.get_all(name).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str(),
        (Some(_), Some(_)) => return Err(format!("the header {name} came twice")),
        (None, _) => return Err(format!("the header {name} is missing")),
    };
    match value.map(str::trim) {
        Ok("") => Err(format!("the header {name} is empty")),
        Ok(value) => Ok(value),
        Err(_) => Err(format!(
            "the header {name} holds other characters than ASCII"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_is_cut_and_escaped() {
        assert_eq!(quoted("0.30000000000000004"), r#""0.30000000000000004""#);
        assert_eq!(quoted("a\u{202e}\u{1b}\n"), r#""a\u{202e}\u{1b}\n""#);
        let long = quoted(&"é".repeat(9_999));
        assert_eq!(long, format!("{:?}…", "é".repeat(MOST_CHARS)));
    }

    #[test]
    fn a_url_is_told_without_its_user_and_its_query() {
        for text in [
            "https://user:word@shop.example/",
            "ftp://shop.example/?token=word",
        ] {
            assert!(!url(text).contains("word"), "{}", url(text));
        }
    }
}
