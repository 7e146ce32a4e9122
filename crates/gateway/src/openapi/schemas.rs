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
pub fn exact(mut generator: SchemaGenerator) -> Map<String, Value> {
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
        list_names(object);
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

/// A choice between names is a list of them, which every tool understands.
fn list_names(object: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = object.get("oneOf") else {
        return;
    };
    let mut names = Vec::new();
    let mut meanings = Vec::new();
    for choice in choices {
        match (choice.get("const"), choice.get("enum")) {
            (Some(Value::String(name)), _) => {
                names.push(name.as_str().into());
                if let Some(Value::String(meaning)) = choice.get("description") {
                    meanings.push(format!("`{name}`: {meaning}"));
                }
            }
            // Those without a word of their own.
            (None, Some(Value::Array(more))) => names.extend(more.iter().cloned()),
            _ => return,
        }
    }
    object.remove("oneOf");
    if let Some(Value::String(about)) = object.get("description") {
        meanings.insert(0, about.clone());
    }
    object.insert("type".to_owned(), "string".into());
    object.insert("enum".to_owned(), names.into());
    object.insert("description".to_owned(), meanings.join(" ").into());
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
