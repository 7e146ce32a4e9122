//! Parameters of queries, each read into a type that cannot be wrong. One that is not known here is an error
//! and not ignored: a filter with a slip in its name would list everything.

use std::fmt::Write as _;

use usdt_protocol::{Usdt, UtcTime};

use super::cursor::{self, Kind};
use crate::api::error::ApiError;
use crate::api::hint;
use crate::calendar;
use crate::http::Query;
use crate::openapi::field::{Field, Form};
use crate::payments::fields::MAX_AMOUNT;

pub const CREATED_FROM: Field = Field::optional(
    "created_from",
    Form::Time,
    "Only what was created then or later.",
);

pub const CREATED_TO: Field = Field::optional(
    "created_to",
    Form::Time,
    "Only what was created before then.",
);

pub const CURSOR: Field = Field::optional(
    "cursor",
    Form::Text(200),
    "The next_cursor of the page before, with the same filters.",
);

pub const LIMIT: Field = Field::optional(
    "limit",
    Form::Whole(1, 100),
    "The most rows of a page: 20 where it is not said.",
);

const LEAST_LIMIT: usize = 1;
const USUAL_LIMIT: usize = 20;
const MOST_LIMIT: usize = 100;

/// The parameters of a query, all of which are known and stand there once.
pub struct Parameters<'a>(&'a Query);

impl<'a> Parameters<'a> {
    pub fn of(query: &'a Query, fields: &[Field]) -> Result<Self, ApiError> {
        let known: Vec<_> = fields.iter().map(|field| field.name).collect();
        let mut seen = Vec::new();
        for name in query.names() {
            let told = if !known.contains(&name) {
                match known.as_slice() {
                    [] => "this call takes no parameters in its URL".to_owned(),
                    known => format!("it takes {}", listed(known)),
                }
            } else if seen.contains(&name) {
                "it stands there twice: send it once".to_owned()
            } else {
                seen.push(name);
                continue;
            };
            return Err(ApiError::UnknownParameter(hint::quoted(name)).hint(told));
        }
        Ok(Self(query))
    }

    /// The value as it came; absent and empty are the same.
    pub fn whole(&self, name: &'static str) -> Result<Option<&'a str>, ApiError> {
        whole(self.0, name)
    }

    /// The value, which must be of a form that is told in words.
    pub fn parsed<T>(
        &self,
        name: &'static str,
        form: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.0.text(name) else {
            return Ok(None);
        };
        let wrong = || {
            let told = format!("it came as {}", hint::quoted(text));
            ApiError::InvalidParameter(name, form).hint(told)
        };
        parse(text).map(Some).ok_or_else(wrong)
    }

    pub fn limit(&self) -> Result<usize, ApiError> {
        let read = |text: &str| {
            let limit = text.parse().ok()?;
            (LEAST_LIMIT..=MOST_LIMIT).contains(&limit).then_some(limit)
        };
        let limit = self.parsed("limit", "a number from 1 to 100", read)?;
        Ok(limit.unwrap_or(USUAL_LIMIT))
    }

    /// Where the page begins.
    pub fn cursor<Id>(
        &self,
        kind: Kind,
        parse: impl FnOnce(&str) -> Option<Id>,
    ) -> Result<Option<(UtcTime, Id)>, ApiError> {
        let form = "the next_cursor of an answer of this call";
        self.parsed("cursor", form, |text| cursor::read(kind, text, parse))
    }

    pub fn time(&self, name: &'static str) -> Result<Option<UtcTime>, ApiError> {
        let form = "a time in UTC, such as 2026-07-01 18:00:00, 2026-07-01T18:00:00Z or 2026-07-01";
        self.parsed(name, form, calendar::parse_time)
    }

    pub fn amount(&self, name: &'static str) -> Result<Option<Usdt>, ApiError> {
        let read = |text: &str| {
            let amount = text.parse::<Usdt>().ok()?;
            (amount <= most_to_pay()).then_some(amount)
        };
        self.parsed(name, "a decimal number such as 50.00", read)
    }
}

/// A parameter as it came; absent and empty are the same. No database is asked for U+0000, which PostgreSQL cannot have.
pub fn whole<'a>(query: &'a Query, name: &'static str) -> Result<Option<&'a str>, ApiError> {
    match query.get(name).filter(|value| !value.is_empty()) {
        Some(value) if value.contains('\0') => Err(ApiError::InvalidParameter(
            name,
            "text without the character U+0000",
        )),
        value => Ok(value),
    }
}

/// The largest price, and what can be added to it.
const fn most_to_pay() -> Usdt {
    Usdt::from_micro(MAX_AMOUNT.micro() + usdt_protocol::money::MICRO_PER_USDT)
}

/// Names in words, such as `a, b and c`.
pub fn listed(names: &[&str]) -> String {
    let mut text = String::new();
    for (number, name) in names.iter().enumerate() {
        let between = match number {
            0 => "",
            _ if number + 1 == names.len() => " and ",
            _ => ", ",
        };
        let _ = write!(text, "{between}{name}");
    }
    text
}
