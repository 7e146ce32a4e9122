//! Answers that are wrong, in the very words of those who give them.

use std::io;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};

const LITE_NODE: &str = "this API is closed because this node is a lite fullnode";

/// A body that breaks before its first byte: the server closes the connection and sends nothing.
pub fn none() -> Response {
    let broken = Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset));
    Body::from_stream(stream::iter([broken])).into_response()
}

/// The indexer and the node word it differently.
pub fn suspended(path: &str, status: u16, seconds: u32, keyless: bool) -> Response {
    let indexer = path.starts_with("/v1/");
    let message = if keyless {
        format!(
            "request rate exceeded the allowed_rps(10), and the query server is suspended for \
             {seconds} s"
        )
    } else {
        let limit = if indexer { 15 } else { 30 };
        format!(
            "The key exceeds the frequency limit({limit}), and the query server is suspended for \
             {seconds}s"
        )
    };
    let body = if indexer {
        json!({ "success": false, "error": message, "statusCode": status })
    } else {
        json!({ "Error": message })
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    (status, Json(body)).into_response()
}

pub fn empty_object() -> Response {
    Json(json!({})).into_response()
}

pub fn error(message: &str) -> Response {
    Json(json!({ "Error": message })).into_response()
}

pub fn bare_text() -> Response {
    LITE_NODE.into_response()
}

pub fn unknown_key() -> Response {
    let body = json!({ "Error": "ApiKey not exists" });
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}

/// The page of the web server in a node, which lets nobody know that the path is what is wrong.
pub fn lacking(method: &Method, path: &str) -> Response {
    let sentence = format!("HTTP method {method} is not supported by this URL");
    let page = format!(
        "<html>\n<head>\n<title>Error 405 {sentence}</title>\n</head>\n\
         <body><h2>HTTP ERROR 405 {sentence}</h2>\n<table>\n\
         <tr><th>URI:</th><td>{path}</td></tr>\n<tr><th>STATUS:</th><td>405</td></tr>\n\
         <tr><th>MESSAGE:</th><td>{sentence}</td></tr>\n</table>\n</body>\n</html>\n"
    );
    (StatusCode::METHOD_NOT_ALLOWED, Html(page)).into_response()
}

pub fn rpc_error(id: &Value, code: i32, message: &str) -> Response {
    let error = json!({ "code": code, "message": message, "data": "{}" });
    Json(json!({ "jsonrpc": "2.0", "id": id, "error": error })).into_response()
}

pub async fn first_half(answer: Response) -> Response {
    rewritten(answer, |body| body.slice(..body.len() / 2)).await
}

/// The answer with its list changed: the result of the JSON-RPC, the indexer's rows, or receipts.
pub async fn with_list(answer: Response, change: impl FnOnce(&mut Vec<Value>)) -> Response {
    with_json(answer, |json| {
        let list = match json {
            Value::Array(list) => Some(list),
            Value::Object(object) => object
                .iter_mut()
                .find(|(key, _)| matches!(key.as_str(), "result" | "data"))
                .and_then(|(_, value)| value.as_array_mut()),
            _ => None,
        };
        let length = list.map(|list| {
            change(list);
            list.len()
        });
        if let Some(size) = json.pointer_mut("/meta/page_size") {
            *size = length.into();
        }
    })
    .await
}

/// The number of the block of a log.
pub fn block_of(log: &Value) -> Option<u64> {
    let number = log.get("blockNumber")?.as_str()?;
    u64::from_str_radix(number.strip_prefix("0x")?, 16).ok()
}

/// The indexer's page with another end: with a fingerprint of the page itself, or without any.
pub async fn with_fingerprint(answer: Response, fingerprint: Option<&str>) -> Response {
    with_json(answer, |json| {
        if let Some(meta) = json.get_mut("meta").and_then(Value::as_object_mut) {
            meta.remove("links");
            meta.remove("fingerprint");
            if let Some(fingerprint) = fingerprint {
                meta.insert("fingerprint".into(), fingerprint.into());
            }
        }
    })
    .await
}

async fn with_json(answer: Response, change: impl FnOnce(&mut Value)) -> Response {
    rewritten(answer, |body| {
        let Ok(mut json) = serde_json::from_slice(&body) else {
            return body;
        };
        change(&mut json);
        json.to_string().into()
    })
    .await
}

async fn rewritten(answer: Response, rewrite: impl FnOnce(Bytes) -> Bytes) -> Response {
    let (mut parts, body) = answer.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return none();
    };
    let body = rewrite(body);
    let length = HeaderValue::from(body.len());
    parts.headers.insert(header::CONTENT_LENGTH, length);
    Response::from_parts(parts, body.into())
}
