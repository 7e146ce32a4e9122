//! The events that the gateway sends to a project's webhook URL, as they are described.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::payments::{notice, webhook_body};
use crate::webhooks::trial::TestEvent;

/// What a notice tells of a payment, where it is about one.
const OF_PAYMENT: [&str; 6] = [
    "payment_id",
    "order_id",
    "amount",
    "pay_amount",
    "currency",
    "network",
];

/// All of them.
pub const EVENTS: [Event; 5] = [
    Event::of::<webhook_body::Body>(
        "payment.paid",
        "A payment is paid. Its body has a status and no type. Every project is told it.",
    ),
    Event::of::<notice::Body>(
        "payment.expired",
        "A payment's window has ended before it was paid. It may still be paid late. Told where the project asks for it.",
    )
    .with(&[&OF_PAYMENT, &["expires_at"]]),
    Event::of::<notice::Body>(
        "payment.review",
        "A transfer waits for a decision. Told where the project asks for it.",
    )
    .with(&[&["review_id", "reason", "transfer"]]),
    Event::of::<notice::Body>(
        "payment.seen",
        "The exact amount of a payment is in a block that is not final, and may be withdrawn. Told where the project asks for it.",
    )
    .with(&[&OF_PAYMENT, &["transfer"]]),
    Event::of::<TestEvent>(
        "test",
        "A try of the receiver. It has no status, so that nobody takes it for a payment.",
    ),
];

/// One kind of event.
#[derive(Clone, Copy)]
pub struct Event {
    /// Its type.
    pub name: &'static str,
    pub about: &'static str,
    pub body: fn(&mut SchemaGenerator) -> Schema,
    /// The fields that are there in each event of this kind, besides those that every body of its type has.
    pub always: &'static [&'static [&'static str]],
}

impl Event {
    const fn of<Body: JsonSchema>(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            body: SchemaGenerator::subschema_for::<Body>,
            always: &[],
        }
    }

    /// One of the kinds that share a type, and tell themselves apart by `type`.
    const fn with(self, always: &'static [&'static [&'static str]]) -> Self {
        Self { always, ..self }
    }
}
