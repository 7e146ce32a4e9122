//! The form of a value in words, from its schema.

use maud::{Markup, html};
use serde_json::Value;

/// A type's name, with a link to it where it has one of its own.
pub fn in_words(schema: &Value) -> Markup {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap_or(name);
        return html! { a href={ "#type-" (name) } { (name) } };
    }
    if let Some(value) = schema.get("const") {
        return html! { code { (value) } };
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        return html! {
            @for (number, value) in values.iter().enumerate() {
                @if number > 0 { ", " }
                code { (text(value)) }
            }
        };
    }
    for (several, word) in [("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")] {
        if let Some(Value::Array(forms)) = schema.get(several) {
            return html! {
                @for (number, form) in forms.iter().enumerate() {
                    @if number > 0 { (word) }
                    (in_words(form))
                }
            };
        }
    }
    match schema.get("type") {
        Some(Value::String(kind)) if kind == "array" => html! {
            "list of " (schema.get("items").map(in_words).unwrap_or_default())
        },
        Some(Value::String(kind)) => html! { (name(kind)) },
        Some(Value::Array(kinds)) => html! {
            @for (number, kind) in kinds.iter().filter_map(Value::as_str).enumerate() {
                @if number > 0 { " or " }
                (name(kind))
            }
        },
        _ => html! { "anything" },
    }
}

fn name(kind: &str) -> &str {
    match kind {
        "string" => "text",
        "integer" => "whole number",
        "boolean" => "true or false",
        other => other,
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
