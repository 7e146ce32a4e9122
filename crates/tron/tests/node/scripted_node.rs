//! A node on a free port that answers what the test says, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde_json::Value;
use usdt_tron::{Endpoint, Node};

/// A request to the node.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub parameters: BTreeMap<String, String>,
    pub api_key: Option<String>,
    pub headers: HeaderMap,
    /// `Null` where there is none.
    pub body: Value,
}

/// What the node answers, as it goes over the wire.
#[derive(Clone)]
pub struct Answer {
    status: u16,
    body: Vec<u8>,
    headers: Vec<(HeaderName, String)>,
}

impl Answer {
    pub fn text(status: u16, text: &str) -> Self {
        Self {
            status,
            body: text.as_bytes().to_vec(),
            headers: Vec::new(),
        }
    }

    /// What only unpacking makes of the bytes.
    pub fn gzipped(bytes: Vec<u8>) -> Self {
        let answer = Self {
            body: bytes,
            ..Self::text(200, "")
        };
        answer.with(CONTENT_ENCODING, "gzip")
    }

    pub fn with(mut self, header: HeaderName, value: &str) -> Self {
        self.headers.push((header, value.to_owned()));
        self
    }
}

impl From<Value> for Answer {
    fn from(json: Value) -> Self {
        Self::text(200, &json.to_string())
    }
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Self::text(200, text)
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap();
        (status, AppendHeaders(self.headers), self.body).into_response()
    }
}

pub struct ScriptedNode {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl ScriptedNode {
    /// A node whose answer is made from the request.
    pub async fn start<A: Into<Answer>>(
        script: impl Fn(&Asked) -> A + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let handler = async move |uri: Uri,
                                  Query(parameters): Query<Vec<(String, String)>>,
                                  headers: HeaderMap,
                                  body: Bytes| {
            let count = parameters.len();
            let parameters = BTreeMap::from_iter(parameters);
            assert_eq!(parameters.len(), count, "a parameter is given twice: {uri}");
            let asked = Asked {
                path: uri.path().to_owned(),
                parameters,
                api_key: headers
                    .get("TRON-PRO-API-KEY")
                    .map(|key| key.to_str().unwrap().to_owned()),
                headers,
                body: serde_json::from_slice(&body).unwrap_or_default(),
            };
            log.lock().unwrap().push(asked.clone());
            let answer: Answer = script(&asked).into();
            answer
        };
        let router = axum::Router::new().fallback(handler);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, asked }
    }

    /// A node that answers everything with the same.
    pub async fn always(answer: impl Into<Answer>) -> Self {
        let answer = answer.into();
        Self::start(move |_| answer.clone()).await
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint::at(&self.url)
    }

    pub fn client(&self) -> Node {
        Node::new(&self.endpoint()).unwrap()
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}
