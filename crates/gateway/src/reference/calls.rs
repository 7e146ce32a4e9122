//! `/docs`: every call with what it takes, answers and refuses, and the types of which answers are made.

use maud::{Markup, html};
use serde_json::Value;

use super::form;
use super::page::{self, prose};
use crate::openapi;
use crate::openapi::field::Field;
use crate::openapi::operation::{Caller, Operation, Part};

const FIRST_CALL: &str = r#"body='{"order_id":"ORDER_1","amount":"50.00"}'
signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$API_SECRET" -r | cut -d' ' -f1)
curl -sS "$GATEWAY/api/create-payment.php" -H 'Content-Type: application/json' \
  -H "X-API-Key: $API_KEY" -H "X-Signature: $signature" --data-raw "$body""#;

pub fn page(operations: &[Operation], document: &Value) -> Markup {
    let main = html! {
        p { (text(document, "/info/description")) }
        p {
            "Where a call is refused with 429, the header " code { "Retry-After" } " says for how many seconds to wait. "
            "Signed calls are answered with " code { "RateLimit" } ": how many the key may still make."
        }
        (first_call())
        nav #calls aria-label="Calls" {
            @for part in Part::ALL {
                h2 { (part.title()) }
                ul {
                    @for operation in of(part, operations) {
                        li { a href={ "#" (operation.name) } { (title(operation)) } " " (operation.title) }
                    }
                }
            }
            h2 { "More" }
            ul {
                li { a href="#webhooks" { "Webhooks" } " that the gateway sends" }
                li { a href="#types" { "Types" } " of which answers are made" }
            }
        }
        @for part in Part::ALL {
            section aria-labelledby=(anchor(part)) {
                h2 id=(anchor(part)) { (part.title()) }
                p { (part.about()) }
                @for operation in of(part, operations) { (call(operation, document)) }
            }
        }
        section aria-labelledby="webhooks" {
            h2 #webhooks { "Webhooks" }
            p {
                "The gateway posts each event to the project's webhook URL, signed as calls are: " code { "X-Signature" }
                " is the HMAC-SHA256 of the raw body under the API secret, in hex. Answer with 2xx once it is stored."
            }
            p { "Each has these headers:" }
            (fields(&openapi::SIGNED_WITH))
            p { "The events:" }
            dl {
                @for (name, event) in object(document, "/webhooks") {
                    div {
                        dt { code { (name) } }
                        dd {
                            p { (text(event, "/post/description")) }
                            p { "Body: " (form::in_words(at(event, "/post/requestBody/content/application~1json/schema"))) }
                        }
                    }
                }
            }
        }
        section aria-labelledby="types" {
            h2 #types { "Types" }
            @for (name, schema) in types(document) {
                section.type id={ "type-" (name) } {
                    h3 { (name) }
                    (fields_of(schema))
                }
            }
        }
    };
    page::page("API of the gateway", "/docs", &main)
}

fn call(operation: &Operation, document: &Value) -> Markup {
    let path = operation.path.replace('~', "~0").replace('/', "~1");
    let described = format!("/paths/{path}/{}", operation.method.to_lowercase());
    let answers = at(document, &format!("{described}/responses"));
    html! {
        article id=(operation.name) {
            h3 { (title(operation)) }
            p.title { (operation.title) }
            p { (prose(operation.about)) }
            p.muted { (who(operation.caller)) }
            @for (part, given) in [
                ("Path", operation.path_parameter().as_slice()),
                ("Parameters", operation.parameters),
                ("Headers", operation.headers),
            ] {
                @if !given.is_empty() {
                    h4 { (part) }
                    (fields(given))
                }
            }
            @if let Some(body) = operation.body {
                h4 { "Body" }
                @if body.is_empty() {
                    p { "An empty object: " code { "{}" } }
                } @else {
                    (fields(body))
                }
            }
            h4 { "Answer" }
            dl {
                @for answer in operation.answers {
                    div {
                        dt { (answer.status.as_str()) }
                        dd {
                            p {
                                (answer.about)
                                @for (kind, content) in object(answers, &format!("/{}/content", answer.status.as_str())) {
                                    " "
                                    @if kind == "application/json" { (form::in_words(at(content, "/schema"))) }
                                    @else { code { (kind) } }
                                }
                            }
                        }
                    }
                }
            }
            p.muted { a href="#calls" { "All calls" } }
            details {
                summary { "Errors" span.hidden { " of: " (operation.title) } }
                ul {
                    @for code in operation.all_refusals() {
                        li {
                            (code.status().as_str()) " "
                            a href={ "/docs/errors#" (code.as_str()) } { code { (code.as_str()) } }
                        }
                    }
                }
            }
        }
    }
}

fn title(operation: &Operation) -> Markup {
    html! { code { (operation.method) " " (operation.path) } }
}

const fn who(caller: Caller) -> &'static str {
    match caller {
        Caller::Anyone => "No key is needed.",
        Caller::AnyoneOrProject => {
            "No key is needed. With X-API-Key and X-Signature the project sees all of its payment."
        }
        Caller::Project => "Signed: X-API-Key and X-Signature.",
    }
}

fn fields(fields: &[Field]) -> Markup {
    html! {
        dl {
            @for field in fields {
                div {
                    dt {
                        code { (field.name) }
                        span.muted { @if field.required { " required, " } @else { " " } (field.form.in_words()) }
                    }
                    dd { p { (prose(field.about)) } }
                }
            }
        }
    }
}

/// What is answered; what is taken stands with each call.
fn types(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object(document, "/components/schemas").filter(|(name, _)| !name.ends_with("Body"))
}

/// A call that anybody can make who has a key.
fn first_call() -> Markup {
    html! {
        h2 { "A first call" }
        pre { code { (FIRST_CALL) } }
        p {
            "To check your code: under the secret " code { "sk_your_api_secret" } " the signature of the empty string is "
            code { "992091f198d15a9cef89c0d8868be2b47c25bf17233b7a4a1f101bacbce443dc" } "."
        }
    }
}

/// The fields of a type, or its form where it has none.
fn fields_of(schema: &Value) -> Markup {
    let required = || {
        let names = at(schema, "/required").as_array().into_iter().flatten();
        names.filter_map(Value::as_str)
    };
    let is_required = |name: &str| required().any(|one| one == name);
    // Those that are always there, in the order in which they are written.
    let mut properties: Vec<_> = object(schema, "/properties").collect();
    properties.sort_by_key(|(name, _)| {
        required()
            .position(|one| one == name.as_str())
            .unwrap_or(usize::MAX)
    });
    html! {
        @if let Some(about) = schema.get("description").and_then(Value::as_str) { p { (prose(about)) } }
        @if properties.is_empty() {
            p.muted {
                (form::in_words(schema))
                @for example in at(schema, "/examples").as_array().into_iter().flatten() {
                    ", such as " code { (example) }
                }
            }
        } @else {
            dl {
                @for (name, property) in properties {
                    div {
                        dt {
                            code { (name) }
                            span.muted {
                                " "
                                @if !is_required(name) { "may be absent, " }
                                (form::in_words(property))
                            }
                        }
                        @if let Some(about) = property.get("description").and_then(Value::as_str) {
                            dd { p { (prose(about)) } }
                        } @else {
                            dd {}
                        }
                    }
                }
            }
        }
    }
}

fn of(part: Part, operations: &[Operation]) -> impl Iterator<Item = &Operation> {
    operations
        .iter()
        .filter(move |operation| operation.part == part)
}

fn anchor(part: Part) -> String {
    part.title().to_lowercase().replace(' ', "-")
}

fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    at(value, pointer).as_str().unwrap_or_default()
}

fn object<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    at(value, pointer).as_object().into_iter().flatten()
}
