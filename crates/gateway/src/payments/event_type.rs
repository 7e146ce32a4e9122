//! The types of webhook events.

use std::collections::BTreeSet;

/// What an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// A payment is paid: the published event, which no project can do without.
    Paid,
    /// A payment's window has ended before it was paid.
    Expired,
    /// A transfer waits for a decision.
    Review,
    /// A payment's exact amount is in a block that is not final.
    Seen,
}

impl EventType {
    pub const ALL: [Self; 4] = [Self::Paid, Self::Expired, Self::Review, Self::Seen];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "payment.paid",
            Self::Expired => "payment.expired",
            Self::Review => "payment.review",
            Self::Seen => "payment.seen",
        }
    }

    /// The type that [`Self::as_str`] writes so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Those of these names, each of which a project can ask for.
    pub fn asked_for<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<BTreeSet<Self>> {
        let optional = |name| Self::named(name).filter(|kind| *kind != Self::Paid);
        names.into_iter().map(optional).collect()
    }
}
