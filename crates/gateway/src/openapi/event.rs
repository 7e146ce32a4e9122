//! One kind of event that the gateway sends to a project's webhook URL, as it is described.

use schemars::{JsonSchema, Schema, SchemaGenerator};

#[derive(Clone, Copy)]
pub struct Event {
    /// Its type.
    pub name: &'static str,
    pub about: &'static str,
    pub body: fn(&mut SchemaGenerator) -> Schema,
}

impl Event {
    pub const fn of<Body: JsonSchema>(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            body: SchemaGenerator::subschema_for::<Body>,
        }
    }
}
