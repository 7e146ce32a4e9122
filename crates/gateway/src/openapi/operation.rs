//! One call of the API, as it is described beside the function that answers it.

use axum::http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::field::{Field, Form};
use crate::http::error_code::ErrorCode;

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Whoever knows a payment's ID.
    Anyone,
    /// The same, and a project that proves itself, which sees more.
    AnyoneOrProject,
    /// A project that proves itself.
    Project,
}

/// The part of the API to which a call belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Payments,
    Project,
    Events,
    Reviews,
    Tests,
    Payers,
}

impl Part {
    pub const ALL: [Self; 6] = [
        Self::Payments,
        Self::Project,
        Self::Events,
        Self::Reviews,
        Self::Tests,
        Self::Payers,
    ];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Payments => "Payments",
            Self::Project => "Project",
            Self::Events => "Webhook events",
            Self::Reviews => "Transfers in review",
            Self::Tests => "Tests",
            Self::Payers => "Payers",
        }
    }

    pub const fn about(self) -> &'static str {
        match self {
            Self::Payments => "Creates, asks, lists and cancels payments.",
            Self::Project => "How your project is set up and stands, and what it lacks.",
            Self::Events => "What the gateway has told your server, and how each attempt went.",
            Self::Reviews => "Transfers that pay nothing by themselves, and decisions about them.",
            Self::Tests => "What a test project does to its simulated chain.",
            Self::Payers => {
                "What the payment page calls. No key is needed, and no other site may read the answers."
            }
        }
    }
}

/// What a call answers where it does what was asked.
#[derive(Clone, Copy)]
pub struct Answer {
    pub status: StatusCode,
    pub about: &'static str,
    pub content: Content,
}

#[derive(Clone, Copy)]
pub enum Content {
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// Of this media type.
    Text(&'static str),
    None,
}

/// What another call takes of an answer.
#[derive(Clone, Copy)]
pub struct Link {
    /// The other call's name.
    pub to: &'static str,
    /// Which of its fields or parameters, and of the part of its path that varies.
    pub field: &'static str,
    /// Where it stands in the answer, as in RFC 6901.
    pub pointer: &'static str,
}

/// One call: a method of a path.
#[derive(Clone, Copy)]
pub struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    pub part: Part,
    /// For programs.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    pub about: &'static str,
    pub caller: Caller,
    pub parameters: &'static [Field],
    pub headers: &'static [Field],
    pub body: Option<&'static [Field]>,
    pub answers: &'static [Answer],
    pub links: &'static [Link],
    /// What it refuses for, besides what every call of its kind does.
    pub refusals: &'static [ErrorCode],
}

impl Operation {
    const NONE: Self = Self {
        method: "",
        path: "",
        part: Part::Payments,
        name: "",
        title: "",
        about: "",
        caller: Caller::Project,
        parameters: &[],
        headers: &[],
        body: None,
        answers: &[],
        links: &[],
        refusals: &[],
    };

    /// Of a project that asks.
    pub const ASKS: Self = Self {
        method: "GET",
        ..Self::NONE
    };

    /// Of a project that creates or changes something, or has something sent.
    pub const CHANGES: Self = Self {
        method: "POST",
        body: Some(&[]),
        headers: &[Field::optional(
            "Idempotency-Key",
            Form::RequestName,
            "A name of your choice for this request. Sent again within 24 hours, the call does nothing and has the \
             answer that it had.",
        )],
        ..Self::NONE
    };

    /// Of a payer's browser.
    pub const OF_PAYER: Self = Self {
        method: "POST",
        part: Part::Payers,
        caller: Caller::Anyone,
        body: Some(&[]),
        ..Self::NONE
    };

    /// What it can refuse for, each once, by their status.
    pub fn all_refusals(&self) -> Vec<ErrorCode> {
        let kind: &[&[ErrorCode]] = match (self.caller, self.body) {
            (Caller::Project, Some(_)) => &[&BODY, &SIGNED, &CHANGING],
            (Caller::Project, None) => &[&SIGNED, &ASKING],
            (_, Some(_)) => &[&BODY, &LIMITED],
            (_, None) => &[&SIGNED],
        };
        let all = [&ANY[..], self.refusals]
            .into_iter()
            .chain(kind.iter().copied());
        let mut codes: Vec<_> = all.flatten().copied().collect();
        codes.sort_by_key(|code| (code.status().as_u16(), *code));
        codes.dedup();
        codes
    }

    /// The part of its path that varies.
    pub fn path_parameter(&self) -> Option<Field> {
        let (before, _) = self.path.split_once("{id}")?;
        let (form, about) = match before {
            "/api/v1/payments/" => (Form::PaymentId, "The payment's ID."),
            "/api/v1/events/" => (Form::EventId, "The event's ID."),
            "/api/v1/reviews/" => (Form::ReviewId, "The transfer's ID."),
            _ => return None,
        };
        Some(Field::required("id", form, about))
    }
}

impl Link {
    pub const fn new(to: &'static str, field: &'static str, pointer: &'static str) -> Self {
        Self { to, field, pointer }
    }
}

impl Answer {
    pub const fn json<T: JsonSchema>(about: &'static str) -> Self {
        Self {
            status: StatusCode::OK,
            about,
            content: Content::Json(SchemaGenerator::subschema_for::<T>),
        }
    }
}

const ANY: [ErrorCode; 6] = [
    ErrorCode::MalformedRequest,
    ErrorCode::RequestTimeout,
    ErrorCode::UrlTooLong,
    ErrorCode::HeadersTooLarge,
    ErrorCode::InternalError,
    ErrorCode::Unavailable,
];

const LIMITED: [ErrorCode; 1] = [ErrorCode::TooManyRequests];

const SIGNED: [ErrorCode; 3] = [
    ErrorCode::InvalidApiKey,
    ErrorCode::InvalidSignature,
    ErrorCode::TooManyRequests,
];

const ASKING: [ErrorCode; 2] = [ErrorCode::InvalidParameter, ErrorCode::UnknownParameter];

const BODY: [ErrorCode; 8] = [
    ErrorCode::MalformedJson,
    ErrorCode::NoObject,
    ErrorCode::UnreadableBody,
    ErrorCode::BodyTimeout,
    ErrorCode::BodyTooLarge,
    ErrorCode::UnsupportedMediaType,
    ErrorCode::MissingField,
    ErrorCode::NotText,
];

const CHANGING: [ErrorCode; 6] = [
    ErrorCode::UnknownParameter,
    ErrorCode::InvalidParameter,
    ErrorCode::ProjectDisabled,
    ErrorCode::ReadOnlyKey,
    ErrorCode::IdempotencyKeyReused,
    ErrorCode::RequestUnderWay,
];
