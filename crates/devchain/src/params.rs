//! Reads what callers send to node endpoints: the query of a GET or the JSON body of a POST.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, Query, Request};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::visible::Visible;

/// The parameters of a call, whichever way they came, and how the caller writes addresses. A missing
/// body is an empty object.
pub struct Params<T>(pub T, pub Visible);

/// An error as full nodes tell it: with HTTP 200, and named like the exception behind it.
pub struct NodeError {
    pub class: &'static str,
    pub message: String,
}

impl NodeError {
    /// What is no address in the caller's writing.
    pub fn address(Visible(visible): Visible) -> Self {
        let base = if visible { "base58" } else { "hex" };
        Self::parse(&format_args!("INVALID {base} String"))
    }

    fn parse(error: &impl fmt::Display) -> Self {
        let class = "org.tron.core.services.http.JsonFormat$ParseException";
        Self {
            class,
            message: error.to_string(),
        }
    }
}

impl IntoResponse for NodeError {
    fn into_response(self) -> Response {
        Json(json!({ "Error": format!("class {} : {}", self.class, self.message) })).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Params<T> {
    type Rejection = NodeError;

    async fn from_request(request: Request, state: &S) -> Result<Self, NodeError> {
        let sent: Value = if request.method() == Method::GET {
            let (mut parts, _) = request.into_parts();
            let Query(query) =
                Query::<BTreeMap<String, Value>>::from_request_parts(&mut parts, state)
                    .await
                    .map_err(|error| NodeError::parse(&error))?;
            query.into_iter().collect()
        } else {
            let body = Bytes::from_request(request, state)
                .await
                .map_err(|error| NodeError::parse(&error))?;
            if body.trim_ascii().is_empty() {
                json!({})
            } else {
                serde_json::from_slice(&body).map_err(|error| NodeError::parse(&error))?
            }
        };
        let visible = match sent.get("visible") {
            Some(Value::Bool(visible)) => *visible,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        };
        serde_json::from_value(sent)
            .map(|sent| Self(sent, Visible(visible)))
            .map_err(|error| NodeError::parse(&error))
    }
}

/// Accepts the text of a value in its place, as a query has nothing else.
pub fn or_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + FromStr,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OrText<T> {
        Value(T),
        Text(String),
    }

    match OrText::deserialize(deserializer)? {
        OrText::Value(value) => Ok(value),
        OrText::Text(text) => text
            .parse()
            .map_err(|_| serde::de::Error::custom(format_args!("unexpected value {text:?}"))),
    }
}
