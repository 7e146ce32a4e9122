//! The schemas of answers, made from the types that are written.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// Collects the types of which answers are made.
pub fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let settings = settings.with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        settings.transforms.push(Box::new(Exact));
    });
    settings.into_generator()
}

/// The types, by their names.
pub fn closed(mut generator: SchemaGenerator) -> Map<String, Value> {
    generator.take_definitions(true)
}

/// What is written is no more than the fields that are named, and a field is left out rather than `null` where it
/// may be left out.
#[derive(Clone)]
struct Exact;

impl Transform for Exact {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        // Both tell how the gateway is written.
        object.remove("readOnly");
        if object
            .get("format")
            .is_some_and(|format| format != "date-time")
        {
            object.remove("format");
        }
        if let Some(Value::String(about)) = object.get_mut("description") {
            *about = about
                .replace("\n\n", "\u{2029}")
                .replace('\n', " ")
                .replace('\u{2029}', "\n\n");
        }
        let required: Vec<Value> = match object.get("required") {
            Some(Value::Array(names)) => names.clone(),
            _ => Vec::new(),
        };
        let Some(Value::Object(properties)) = object.get_mut("properties") else {
            return;
        };
        if let Some(ok) = properties.get_mut("ok").and_then(Value::as_object_mut) {
            ok.entry("const").or_insert(Value::Bool(true));
        }
        for (name, property) in properties {
            if !required.contains(&name.as_str().into()) {
                without_null(property);
            }
        }
        object
            .entry("additionalProperties")
            .or_insert(Value::Bool(false));
    }
}

fn without_null(property: &mut Value) {
    let Some(property) = property.as_object_mut() else {
        return;
    };
    if let Some(Value::Array(kinds)) = property.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = kinds.as_slice() {
            let kind = kind.clone();
            property.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(forms)) = property.get_mut("anyOf") {
        forms.retain(|form| form.get("type") != Some(&"null".into()));
        if let [form] = forms.as_mut_slice() {
            let form = form.take();
            property.remove("anyOf");
            if let Value::Object(form) = form {
                property.extend(form);
            }
        }
    }
}
