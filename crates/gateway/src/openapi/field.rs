//! Fields of request bodies and parameters of URLs: their names, which are all that a call takes, and their forms.

use serde_json::{Value, json};

/// One field or parameter.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub required: bool,
    pub form: Form,
    /// What it is for, in Markdown's plainest form.
    pub about: &'static str,
}

/// What may stand in it.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Text of 1 to so many characters.
    Text(usize),
    /// Decimal text that is a positive amount.
    Amount,
    PaymentId,
    ReviewId,
    EventId,
    Txid,
    /// What holds a transaction's ID, such as an explorer's link.
    TextWithTxid,
    Address,
    Url,
    UrlOrNull,
    /// A name of the caller's choice for a request.
    RequestName,
    /// A version as HTTP writes it.
    ETag,
    CurrencyCode,
    /// A time or day in UTC.
    Time,
    /// A month of UTC.
    Month,
    /// A whole number between two.
    Whole(u64, u64),
    Flag,
    OneOf(&'static [&'static str]),
    /// A list without another order than the caller's.
    ListOf(&'static [&'static str]),
    ReviewIds,
    /// Texts under names.
    Texts,
    /// The object that a wallet has signed.
    SignedTransaction,
}

impl Field {
    pub const fn required(name: &'static str, form: Form, about: &'static str) -> Self {
        Self {
            name,
            required: true,
            form,
            about,
        }
    }

    pub const fn optional(name: &'static str, form: Form, about: &'static str) -> Self {
        Self {
            required: false,
            ..Self::required(name, form, about)
        }
    }

    /// As it stands in a part of a request: `path`, `query` or `header`.
    pub fn parameter(&self, part: &str) -> Value {
        json!({
            "name": self.name,
            "in": part,
            "required": self.required,
            "description": self.about,
            "schema": self.form.schema(),
        })
    }

    /// As it stands in a body.
    pub fn property(&self) -> Value {
        let mut schema = self.form.schema();
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), self.about.into());
        }
        schema
    }
}

impl Form {
    /// In words.
    pub fn in_words(self) -> String {
        match self {
            Self::Text(most) => format!("1 to {most} characters"),
            Self::Amount => "decimal text, such as \"50.00\"".to_owned(),
            Self::PaymentId => "the ID of a payment".to_owned(),
            Self::ReviewId => "the ID of a transfer in review".to_owned(),
            Self::EventId => "the ID of an event".to_owned(),
            Self::Txid => "64 hex digits".to_owned(),
            Self::TextWithTxid => "text with 64 hex digits in it".to_owned(),
            Self::Address => "an address on TRON".to_owned(),
            Self::Url => "a URL of up to 2048 characters".to_owned(),
            Self::UrlOrNull => "a URL of up to 2048 characters, or null".to_owned(),
            Self::RequestName => "1 to 255 visible characters of ASCII".to_owned(),
            Self::ETag => "W/\"VERSION\"".to_owned(),
            Self::CurrencyCode => "three capital letters, such as EUR".to_owned(),
            Self::Time => "a time in UTC, such as 2026-07-01 18:00:00 or 2026-07-01".to_owned(),
            Self::Month => "a month of UTC, such as 2026-07".to_owned(),
            Self::Whole(least, most) => format!("{least} to {most}"),
            Self::Flag => "true or false".to_owned(),
            Self::OneOf(names) => names.join(", "),
            Self::ListOf(names) => format!("a list of {}", names.join(", ")),
            Self::ReviewIds => "a list of IDs of transfers in review".to_owned(),
            Self::Texts => "an object of texts".to_owned(),
            Self::SignedTransaction => "an object".to_owned(),
        }
    }

    fn schema(self) -> Value {
        match self {
            Self::Text(most) => json!({ "type": "string", "minLength": 1, "maxLength": most }),
            Self::Amount => json!({
                "type": "string",
                "pattern": r"^[0-9]{1,10}(\.[0-9]{1,6})?$",
                "examples": ["50.00"],
            }),
            Self::PaymentId => json!({
                "type": ["string", "integer"],
                "pattern": "^[0-9]{13,16}$",
                "minimum": usdt_protocol::PaymentId::MIN,
                "maximum": usdt_protocol::PaymentId::MAX,
            }),
            Self::ReviewId => json!({ "type": "string", "pattern": "^[0-9a-f]{64}:[0-9]+$" }),
            Self::EventId => json!({ "type": "string", "pattern": "^evt_[0-9a-fA-F]{32}$" }),
            Self::Txid => json!({ "type": "string", "pattern": "^[0-9a-fA-F]{64}$" }),
            Self::TextWithTxid => json!({ "type": "string", "minLength": 64 }),
            Self::Address => json!({ "type": "string", "pattern": "^T[1-9A-HJ-NP-Za-km-z]{33}$" }),
            Self::Url => json!({ "type": "string", "format": "uri", "maxLength": 2048 }),
            Self::UrlOrNull => json!({ "type": ["string", "null"], "maxLength": 2048 }),
            Self::RequestName => json!({ "type": "string", "pattern": "^[!-~]{1,255}$" }),
            Self::ETag => json!({ "type": "string", "pattern": "^W/\"[0-9]{1,15}\"$" }),
            Self::CurrencyCode => json!({ "type": "string", "pattern": "^[A-Z]{3}$" }),
            Self::Time => json!({
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}Z?)?$",
            }),
            Self::Month => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$" }),
            Self::Whole(least, most) => json!({
                "type": "integer",
                "minimum": least,
                "maximum": most,
            }),
            Self::OneOf(names) => json!({ "type": "string", "enum": names }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::ListOf(names) => json!({
                "type": "array",
                "items": { "type": "string", "enum": names },
            }),
            Self::ReviewIds => json!({
                "type": "array",
                "items": { "type": "string" },
                "uniqueItems": true,
            }),
            Self::Texts => json!({
                "type": "object",
                "maxProperties": 20,
                "additionalProperties": { "type": "string" },
            }),
            Self::SignedTransaction => json!({ "type": "object" }),
        }
    }
}
