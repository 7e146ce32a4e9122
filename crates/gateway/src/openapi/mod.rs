//! The description of the API, made of the calls as they are served: <https://spec.openapis.org/oas/v3.1.1>.

pub mod event;
pub mod field;
pub mod operation;
mod schemas;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use self::event::Event;
use self::field::{Field, Form};
use self::operation::{Answer, Caller, Content, Operation, Part};
use crate::http::error_code::ErrorCode;
use crate::http::refusal;

const ABOUT: &str = "Payments in USDT on TRON (TRC20). Times are in UTC, amounts are decimal text, and \
    each error has a code for programs. A signed call has the headers X-API-Key and X-Signature: the \
    HMAC-SHA256 of the raw body under the API secret, in hex. A GET has no body: sign the empty string, or \
    the query as it stands in the URL behind the question mark. Where a body has text, a number may stand for it.";

/// What proves that an event is the gateway's.
pub const SIGNED_WITH: [Field; 4] = [
    Field::required(
        "X-Signature",
        Form::Text(64),
        "The HMAC-SHA256 of the raw body under the API secret, in hex.",
    ),
    Field::required(
        "webhook-id",
        Form::Text(64),
        "The event's ID, the same in each attempt.",
    ),
    Field::required(
        "webhook-timestamp",
        Form::Whole(0, 1 << 40),
        "When the attempt was made, in seconds of Unix time.",
    ),
    Field::required(
        "webhook-signature",
        Form::Text(200),
        "The signature of Standard Webhooks, which covers ID, time and body; during a change of the secret one for each.",
    ),
];

/// The document, for a gateway at that address.
pub fn document(operations: &[Operation], events: &[Event], gateway: &str) -> Value {
    let mut generator = schemas::generator();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations {
        let described = describe(operation, operations, &mut generator);
        let path = paths.entry(operation.path).or_default();
        path.insert(operation.method.to_lowercase(), described);
    }
    let webhooks: Map<String, Value> = events
        .iter()
        .map(|event| (event.name.to_owned(), webhook(event, &mut generator)))
        .collect();
    let tags = Part::ALL.map(|part| json!({ "name": part.title(), "description": part.about() }));
    generator.subschema_for::<refusal::Answer>();
    let mut types = schemas::exact(generator);
    types.extend(operations.iter().filter_map(|operation| {
        let fields = operation.body?;
        Some((body_name(operation), body(fields)))
    }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "USDT gateway",
            "summary": "Payments in USDT on TRON (TRC20)",
            "description": ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": gateway }],
        "tags": tags,
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "schemas": types,
            "securitySchemes": {
                "apiKey": { "type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The key of your project." },
                "signature": { "type": "apiKey", "in": "header", "name": "X-Signature", "description": "The HMAC-SHA256 of the raw body under the API secret, in hex." },
            },
        },
    })
}

fn describe(operation: &Operation, all: &[Operation], generator: &mut SchemaGenerator) -> Value {
    let proof = json!({ "apiKey": [], "signature": [] });
    let security = match operation.caller {
        Caller::Anyone => json!([]),
        Caller::AnyoneOrProject => json!([{}, proof]),
        Caller::Project => json!([proof]),
    };
    let path = operation.path_parameter();
    let parameters = path.iter().map(|one| one.parameter("path"));
    let query = operation
        .parameters
        .iter()
        .map(|one| one.parameter("query"));
    let headers = operation.headers.iter().map(|one| one.parameter("header"));
    let parameters: Vec<_> = parameters.chain(query).chain(headers).collect();
    let mut described = json!({
        "operationId": operation.name,
        "summary": operation.title,
        "description": operation.about,
        "tags": [operation.part.title()],
        "security": security,
        "parameters": parameters,
        "responses": responses(operation, all, generator),
    });
    if let (true, Some(described)) = (operation.body.is_some(), described.as_object_mut()) {
        let schema = json!({ "$ref": format!("#/components/schemas/{}", body_name(operation)) });
        let content = json!({ "application/json": { "schema": schema } });
        described.insert(
            "requestBody".to_owned(),
            json!({ "required": true, "content": content }),
        );
    }
    described
}

/// The name of the type of what the operation takes.
fn body_name(operation: &Operation) -> String {
    let (first, rest) = operation.name.split_at_checked(1).unwrap_or_default();
    format!("{}{rest}Body", first.to_uppercase())
}

fn body(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| (field.name.to_owned(), field.property()))
        .collect();
    let required = fields.iter().filter(|field| field.required);
    let required: Vec<_> = required.map(|field| field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn responses(operation: &Operation, all: &[Operation], generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for answer in operation.answers {
        let links = links(operation, all);
        responses.insert(
            answer.status.as_str().to_owned(),
            done(answer, &links, generator),
        );
    }
    let mut refusals: BTreeMap<StatusCode, Vec<ErrorCode>> = BTreeMap::new();
    for code in operation.all_refusals() {
        refusals.entry(code.status()).or_default().push(code);
    }
    for (status, codes) in refusals {
        let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
        let about: Vec<_> = codes
            .iter()
            .map(|code| format!("{}: {}", code.as_str(), code.meaning()))
            .collect();
        let schema = json!({
            "allOf": [{ "$ref": "#/components/schemas/Error" }],
            "properties": { "code": { "enum": names } },
        });
        let headers = match status {
            StatusCode::TOO_MANY_REQUESTS => json!({
                "Retry-After": {
                    "description": "Seconds to wait.",
                    "required": true,
                    "schema": { "type": "integer", "minimum": 0 },
                },
            }),
            _ => json!({}),
        };
        let response = json!({
            "description": about.join("\n\n"),
            "headers": headers,
            "content": { "application/json": { "schema": schema } },
        });
        responses.insert(status.as_str().to_owned(), response);
    }
    responses.into()
}

fn done(answer: &Answer, links: &Value, generator: &mut SchemaGenerator) -> Value {
    let content = match answer.content {
        Content::Json(schema) => json!({ "application/json": { "schema": schema(generator) } }),
        Content::Text(kind) => json!({ kind: { "schema": { "type": "string" } } }),
        Content::None => return json!({ "description": answer.about }),
    };
    json!({ "description": answer.about, "content": content, "links": links })
}

fn links(operation: &Operation, all: &[Operation]) -> Value {
    let links = operation.links.iter().filter_map(|link| {
        let to = all.iter().find(|one| one.name == link.to)?;
        let value = format!("$response.body#{}", link.pointer);
        let mut parameters = Map::new();
        if let Some(name) = to.path_parameter() {
            parameters.insert(format!("path.{}", name.name), value.as_str().into());
        }
        let is_named = |field: &Field| field.name == link.field;
        if to.parameters.iter().any(is_named) {
            parameters.insert(format!("query.{}", link.field), value.as_str().into());
        }
        let mut described = json!({ "operationId": to.name, "parameters": parameters });
        let is_in_body = to.body.is_some_and(|body| body.iter().any(is_named));
        if let (true, Some(described)) = (is_in_body, described.as_object_mut()) {
            described.insert("requestBody".to_owned(), json!({ link.field: value }));
        }
        Some((to.name.to_owned(), described))
    });
    links.collect::<Map<_, _>>().into()
}

fn webhook(event: &Event, generator: &mut SchemaGenerator) -> Value {
    let body = (event.body)(generator);
    let schema = match event.always {
        [] => json!(body),
        always => json!({
            "allOf": [body],
            "properties": { "type": { "const": event.name } },
            "required": always.concat(),
        }),
    };
    json!({
        "post": {
            "operationId": event.name,
            "summary": event.name,
            "security": [],
            "parameters": SIGNED_WITH.map(|header| header.parameter("header")),
            "description": event.about,
            "requestBody": {
                "required": true,
                "content": { "application/json": { "schema": schema } },
            },
            "responses": { "2XX": { "description": "It is stored. Anything else is a failure, and the event comes again." } },
        },
    })
}
