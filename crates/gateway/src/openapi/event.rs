//! The events that the gateway sends to a project's webhook URL, as they are described.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::payments::{notice, webhook_body};
use crate::webhooks::trial::TestEvent;

/// All of them.
pub const EVENTS: [Event; 5] = [
    Event::of::<webhook_body::Body>(
        "payment.paid",
        "A payment is paid. Its body has a status and no type. Every project is told it.",
    ),
    Event::of::<notice::Body>(
        "payment.expired",
        "A payment's window has ended before it was paid. It may still be paid late. Told where the project asks for it.",
    ),
    Event::of::<notice::Body>(
        "payment.review",
        "A transfer waits for a decision. Told where the project asks for it.",
    ),
    Event::of::<notice::Body>(
        "payment.seen",
        "The exact amount of a payment is in a block that is not final, and may be withdrawn. Told where the project asks for it.",
    ),
    Event::of::<TestEvent>(
        "test",
        "A try of the receiver, which can be taken for no payment.",
    ),
];

/// One kind of event.
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
