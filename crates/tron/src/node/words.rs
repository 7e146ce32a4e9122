//! A node's own words, made fit for a log: short, on one line, and without our secrets.

use reqwest::Url;
use serde_json::Value;

use super::NodeError;
use super::endpoint::{Bases, Endpoint};

/// How much of a node's own words is kept.
const LONGEST_EXCERPT: usize = 200;

/// How much of an error is read: proxies write whole pages.
const LONGEST_ERROR: usize = 64 << 10;

/// What is shorter is no secret, and is found in any text.
const SHORTEST_SECRET: usize = 4;

const HIDDEN: &str = "***";

/// What a node could repeat of what we send it: the API key, and all of its URLs but the hosts.
pub struct Secrets(Vec<String>);

impl Secrets {
    pub fn of(endpoint: &Endpoint, bases: &Bases) -> Self {
        let mut secrets: Vec<String> = bases.all().flat_map(parts).collect();
        secrets.extend(endpoint.api_key.clone());
        secrets.retain(|secret| secret.len() >= SHORTEST_SECRET);
        // One may hold another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// The error as it may be told.
    pub fn kept_from(&self, mut error: NodeError) -> NodeError {
        match &mut error {
            NodeError::Misconfigured(_) | NodeError::NoAuthorities | NodeError::Unreachable(_) => {}
            NodeError::Throttled { why, .. }
            | NodeError::Forbidden { why, .. }
            | NodeError::Refused { why, .. }
            | NodeError::Senseless { why, .. } => *why = self.excerpt(why),
        }
        error
    }

    fn excerpt(&self, text: &str) -> String {
        // Cut last, so that no part of a secret stays at the end.
        let mut text: String = text.chars().filter(|char| is_legible(*char)).collect();
        for secret in &self.0 {
            text = text.replace(secret, HIDDEN);
        }
        text.chars().take(LONGEST_EXCERPT).collect()
    }
}

/// The parts of a URL that may be secrets, as they stand there and as they are meant.
fn parts(url: &Url) -> Vec<String> {
    let raw = [url.username(), url.password().unwrap_or_default()];
    let segments = url.path_segments().into_iter().flatten();
    let pairs = url.query().unwrap_or_default().split('&');
    let values = pairs.map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
    let decoded = url.query_pairs().map(|(_, value)| value.into_owned());
    let as_written = raw.into_iter().chain(segments).chain(values);
    as_written.map(str::to_owned).chain(decoded).collect()
}

/// Whether the character is seen where it stands: not a control character, and none of those that
/// hide themselves or turn the text around.
fn is_legible(char: char) -> bool {
    let is_format = matches!(char,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    !char.is_control() && !is_format
}

/// What an answer says that is an error: the message in its JSON, the text of its HTML, or all.
pub fn words_of(answer: &[u8]) -> String {
    let answer = answer.get(..LONGEST_ERROR).unwrap_or(answer);
    let text = String::from_utf8_lossy(answer);
    let message = serde_json::from_slice(answer)
        .ok()
        .and_then(|json: Value| message(&json));
    let words = message.unwrap_or_else(|| without_tags(&text));
    // Words keep apart what line breaks kept apart.
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The message in the forms of java-tron, of `TronGrid`, of JSON-RPC and of common gateways.
fn message(json: &Value) -> Option<String> {
    ["/Error", "/error", "/error/message", "/message"]
        .iter()
        .find_map(|pointer| json.pointer(pointer)?.as_str())
        .map(str::to_owned)
}

fn without_tags(text: &str) -> String {
    if !text.trim_start().starts_with('<') {
        return text.to_owned();
    }
    let pieces = text.split('<');
    let texts = pieces.filter_map(|piece| piece.split_once('>').map(|(_, text)| text));
    texts.collect::<Vec<_>>().join(" ")
}
