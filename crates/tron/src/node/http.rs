//! The connection to one node: requests within its rate limit, and answers told from errors.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::endpoint::{Bases, Endpoint, origin};
use super::error::{NodeError, refusal, refusal_by_status, senseless, throttles};
use super::rate_limit::RateLimit;
use super::requests::{Call, Requests, Tally};
use super::unreachable::{no_client, unreachable};
use super::words::{Secrets, words_of};

/// What every request says of its sender. Some providers refuse requests that say nothing.
const USER_AGENT: &str = concat!("usdt-gateway/", env!("CARGO_PKG_VERSION"));

/// Above java-tron's own limit for an answer, 25 MiB. Counted after unpacking.
const MAX_ANSWER_BYTES: usize = 32 << 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

const API_KEY: HeaderName = HeaderName::from_static("tron-pro-api-key");

pub struct Connection {
    client: Client,
    bases: Bases,
    label: String,
    limit: Option<RateLimit>,
    secrets: Secrets,
    requests: Requests,
}

impl Connection {
    pub fn new(endpoint: &Endpoint) -> Result<Self, NodeError> {
        let bases = Bases::of(endpoint)?;
        let mut headers = HeaderMap::new();
        if let Some(key) = &endpoint.api_key {
            let mut key = HeaderValue::from_str(key).map_err(|_| {
                NodeError::Misconfigured("its API key has characters that no key has")
            })?;
            key.set_sensitive(true);
            headers.insert(API_KEY, key);
        }
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(headers)
            .build()
            .map_err(no_client)?;
        Ok(Self {
            client,
            label: origin(&bases.url),
            secrets: Secrets::of(endpoint, &bases),
            bases,
            limit: endpoint.requests_per_second.map(RateLimit::new),
            requests: Requests::default(),
        })
    }

    pub fn label(&self) -> &str {
        &self.label
    }

    pub fn tally(&self, call: Call) -> Tally {
        self.requests.tally(call)
    }

    /// Posts to `path`; `call` names the request in errors. `read` makes of the answer what the
    /// call promises, here, so that whatever it tells of the answer keeps our secrets.
    pub async fn post<T: DeserializeOwned, U>(
        &self,
        path: &str,
        call: &'static str,
        body: &Value,
        read: impl FnOnce(T) -> Result<U, NodeError>,
    ) -> Result<U, NodeError> {
        let url = self.bases.join(path);
        let request = self.client.post(url.clone()).json(body);
        self.ask(call, &url, request, read).await
    }

    /// Gets `path` with the parameters, which may hold any characters. The rest is as for
    /// [`Connection::post`].
    pub async fn get<T: DeserializeOwned, U>(
        &self,
        path: &str,
        call: &'static str,
        parameters: &[(&str, String)],
        read: impl FnOnce(T) -> Result<U, NodeError>,
    ) -> Result<U, NodeError> {
        let mut url = self.bases.join(path);
        url.query_pairs_mut().extend_pairs(parameters);
        let request = self.client.get(url.clone());
        self.ask(call, &url, request, read).await
    }

    async fn ask<T: DeserializeOwned, U>(
        &self,
        call: &'static str,
        url: &Url,
        request: RequestBuilder,
        read: impl FnOnce(T) -> Result<U, NodeError>,
    ) -> Result<U, NodeError> {
        if let Some(limit) = &self.limit {
            limit.permit().await;
        }
        let underway = self.requests.begin(call);
        let answer = match request.send().await {
            Ok(response) => Answer::receive(response, call).await,
            Err(error) => Err(unreachable(error, url)),
        };
        if let Ok(answer) = &answer {
            underway.received(answer.body.len());
        }
        drop(underway);
        let content = answer.and_then(|answer| answer.understand(call));
        content
            .and_then(read)
            .map_err(|error| self.secrets.kept_from(error))
    }
}

struct Answer {
    status: StatusCode,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

/// `{"Error":"…"}`, which full nodes and TronGrid write with HTTP 200.
#[derive(Deserialize)]
enum WireError {
    Error(String),
}

impl Answer {
    async fn receive(mut response: Response, call: &'static str) -> Result<Self, NodeError> {
        let status = response.status();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let url = response.url().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| unreachable(error, &url))?
        {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(senseless(call, "the answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self {
            status,
            retry_after,
            body,
        })
    }

    /// What the answer holds. Nodes report most errors with HTTP 200.
    fn understand<T: DeserializeOwned>(&self, call: &'static str) -> Result<T, NodeError> {
        if self.status != StatusCode::OK {
            let words = words_of(&self.body);
            let why = if words.is_empty() {
                format!("HTTP {}", self.status)
            } else {
                format!("HTTP {}: {words}", self.status.as_u16())
            };
            let status = self.status.as_u16();
            return Err(refusal_by_status(call, status, &why, self.retry_after));
        }
        if let Ok(WireError::Error(message)) = serde_json::from_slice(&self.body) {
            return Err(refusal(call, &message));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            // Only an answer that is none is told: in others, senders choose texts.
            if !error.is_syntax() {
                return senseless(call, error.to_string());
            }
            let words = words_of(&self.body);
            if throttles(&words) {
                refusal(call, &words)
            } else {
                senseless(call, format!("{error}: {words}"))
            }
        })
    }
}
