//! The connection to one node: requests within its rate limit, and answers told from errors.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::endpoint::{Endpoint, origin};
use super::error::{NodeError, refusal, senseless, throttled, throttles, unreachable};
use super::rate_limit::RateLimit;

/// Above java-tron's own limit for an answer, 25 MiB.
const MAX_ANSWER_BYTES: usize = 32 << 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

const API_KEY: HeaderName = HeaderName::from_static("tron-pro-api-key");

pub struct Connection {
    client: Client,
    base_url: Url,
    label: String,
    limit: Option<RateLimit>,
}

impl Connection {
    pub fn new(endpoint: &Endpoint) -> Result<Self, NodeError> {
        let base_url = endpoint.base_url()?;
        let mut headers = HeaderMap::new();
        if let Some(key) = &endpoint.api_key {
            let mut key = HeaderValue::from_str(key).map_err(|_| {
                NodeError::Misconfigured("its API key has characters that no key has")
            })?;
            key.set_sensitive(true);
            headers.insert(API_KEY, key);
        }
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(headers)
            .build()
            .map_err(unreachable)?;
        Ok(Self {
            client,
            label: origin(&base_url),
            base_url,
            limit: endpoint.requests_per_second.map(RateLimit::new),
        })
    }

    pub fn label(&self) -> &str {
        &self.label
    }

    /// Posts to `path`; `call` names the request in errors.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        call: &'static str,
        body: &Value,
    ) -> Result<T, NodeError> {
        let request = self.client.post(self.url(path)).json(body);
        self.ask(call, request).await
    }

    /// Gets `path` with the parameters, which may hold any characters.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        call: &'static str,
        parameters: &[(&str, String)],
    ) -> Result<T, NodeError> {
        let mut url = self.url(path);
        url.query_pairs_mut().extend_pairs(parameters);
        self.ask(call, self.client.get(url)).await
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        url
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        call: &'static str,
        request: RequestBuilder,
    ) -> Result<T, NodeError> {
        if let Some(limit) = &self.limit {
            limit.permit().await;
        }
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if answer.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(senseless(call, "the answer is too long"));
            }
            answer.extend_from_slice(&chunk);
        }
        understand(call, status, &answer)
    }
}

/// Whether the status is one with which TronGrid throttles.
pub(super) fn throttling_status(status: u16) -> bool {
    matches!(status, 403 | 429 | 503)
}

/// `{"Error":"…"}`, which full nodes and TronGrid write with HTTP 200.
#[derive(Deserialize)]
enum WireError {
    Error(String),
}

/// Turns an answer into what the call promises. Nodes report most errors with HTTP 200.
pub(super) fn understand<T: DeserializeOwned>(
    call: &'static str,
    status: StatusCode,
    answer: &[u8],
) -> Result<T, NodeError> {
    if throttling_status(status.as_u16()) {
        return Err(throttled(&String::from_utf8_lossy(answer)));
    }
    if status != StatusCode::OK {
        return Err(NodeError::Refused(format!("HTTP {status}")));
    }
    if let Ok(WireError::Error(message)) = serde_json::from_slice(answer) {
        return Err(refusal(&message));
    }
    serde_json::from_slice(answer).map_err(|error| {
        // Only an answer that is none is searched: in others, senders choose texts.
        let text = String::from_utf8_lossy(answer);
        if throttles(&text) {
            throttled(&text)
        } else {
            senseless(call, error.to_string())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttling_is_recognised_in_every_form() {
        let seconds = |status, answer: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            match understand::<Vec<u64>>("call", status, answer.as_bytes()) {
                Err(error @ NodeError::Throttled { .. }) => {
                    error.asked_patience().map(|time| time.as_secs())
                }
                other => panic!("{other:?}"),
            }
        };
        let key = r#"{"Error":"The key exceeds the frequency limit(30), and the query server is suspended for 30s"}"#;
        assert_eq!(seconds(200, key), Some(30));
        let no_key =
            "request rate exceeded the allowed_rps(10), and the query server is suspended for 5 s";
        assert_eq!(seconds(403, no_key), Some(5));
        assert_eq!(seconds(200, no_key), Some(5));
        assert_eq!(seconds(403, "suspended for 86400s"), Some(300));
        assert_eq!(seconds(429, ""), None);
        assert_eq!(seconds(503, "<html>"), None);
    }

    #[test]
    fn a_text_that_a_sender_chose_throttles_nothing() {
        let answer = r#"["the key exceeds the frequency limit, suspended for 300s"]"#;
        let read: Vec<String> = understand("call", StatusCode::OK, answer.as_bytes()).unwrap();
        assert_eq!(read.len(), 1);
    }

    #[test]
    fn an_endless_or_multi_line_error_does_not_flood_the_log() {
        let answer = format!(r#"{{"Error":"line\nline {}"}}"#, "x".repeat(10_000));
        let error = understand::<Value>("call", StatusCode::OK, answer.as_bytes()).unwrap_err();
        let text = error.to_string();
        assert!(text.len() < 300 && !text.contains('\n'), "{text}");
    }
}
