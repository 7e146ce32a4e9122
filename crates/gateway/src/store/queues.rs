//! The two queues of webhook events: that payments are paid, and what projects ask for besides. Both have the same
//! form. They are apart so that nothing of the second stands before anything of the first, and so that programs
//! which know nothing of the second go on as they did.

use sqlx::AssertSqlSafe;

use crate::payments::event_type::EventType;

/// Where events wait for delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    Payments,
    Notices,
}

impl Queue {
    /// In the order in which they are served.
    pub const ALL: [Self; 2] = [Self::Payments, Self::Notices];

    pub const fn of(kind: EventType) -> Self {
        match kind {
            EventType::Paid => Self::Payments,
            EventType::Expired | EventType::Review | EventType::Seen => Self::Notices,
        }
    }

    /// A statement in which `{events}` and `{attempts}` stand for this queue's tables, and `{type}` for the type of
    /// an event `e`.
    pub(super) fn text(self, statement: &'static str) -> String {
        let (events, attempts, kind) = match self {
            Self::Payments => ("webhook_events", "delivery_attempts", "'payment.paid'"),
            Self::Notices => ("notices", "notice_attempts", "e.type"),
        };
        statement
            .replace("{events}", events)
            .replace("{attempts}", attempts)
            .replace("{type}", kind)
    }

    pub(super) fn statement(self, statement: &'static str) -> AssertSqlSafe<String> {
        AssertSqlSafe(self.text(statement))
    }
}
