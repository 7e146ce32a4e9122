//! Who changes something by the API, and why: a key of the project and whom the project names, for the records
//! that its operator sees too.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::caller::Caller;
use crate::api::error::ApiError;
use crate::api::hint;
use crate::api::json_body::{text, whole_text};
use crate::openapi::field::{Field, Form};
use crate::payments::ProjectId;
use crate::payments::fields::FieldError;
use crate::payments::legible;
use crate::store::{Author, Decision};

const MOST_OF_A_NAME: usize = 64;
const MOST_OF_A_NOTE: usize = 512;

pub const BY: Field = Field::optional(
    "by",
    Form::Text(MOST_OF_A_NAME),
    "Who decides: a person or program of yours.",
);

pub const NOTE: Field = Field::optional("note", Form::Text(MOST_OF_A_NOTE), "Why.");

/// The same where they must be said.
pub const REQUIRED: [Field; 2] = [
    Field {
        required: true,
        ..BY
    },
    Field {
        required: true,
        ..NOTE
    },
];

/// How a key of a project begins among those who act. No account of the operator's machine is named so.
const KEY: &str = "key pk_";

/// What a project decides about what is its own.
#[derive(Clone, Debug)]
pub struct Decided {
    by: Author,
    note: Option<String>,
    project: ProjectId,
}

impl Decided {
    /// With the fields `by` and `note`.
    pub fn parse(
        caller: &Caller,
        by: Option<&RawValue>,
        note: Option<&RawValue>,
    ) -> Result<Self, ApiError> {
        let by = line("by", by, MOST_OF_A_NAME)?;
        let note = line("note", note, MOST_OF_A_NOTE)?;
        let project = caller.project.id;
        Ok(Self {
            by: Author {
                actor: actor(caller.api_key.as_str(), project, by.as_deref()),
                origin: format!("API, from {}", caller.client),
                now: caller.now,
            },
            note: note.map(Cow::into_owned),
            project,
        })
    }

    /// The same where both must be said.
    pub fn required(
        caller: &Caller,
        by: Option<&RawValue>,
        note: Option<&RawValue>,
        body: &[u8],
    ) -> Result<Self, ApiError> {
        for (field, value) in [("by", by), ("note", note)] {
            if text(field, value)?.is_none() {
                let missing = ApiError::from(FieldError::Missing(field));
                return Err(missing.hint(hint::missing(field, body)));
            }
        }
        Self::parse(caller, by, note)
    }

    pub fn decision(&self) -> Decision<'_> {
        Decision {
            by: &self.by,
            note: self.note.as_deref(),
            project: Some(self.project),
        }
    }
}

/// Whom the project names is nobody's proof, and so stands in parentheses.
fn actor(api_key: &str, project: ProjectId, by: Option<&str>) -> String {
    let named = by.map_or_else(String::new, |by| format!(" ({by})"));
    format!("key {api_key} of project {project}{named}")
}

/// Who decided and why, as a project is told. The operator's own accounts and notes, and those of another project, are
/// no merchant's business.
pub fn shown(actor: &str, note: Option<String>, project: ProjectId) -> (String, Option<String>) {
    if !actor.starts_with(KEY) {
        return ("operator".to_owned(), None);
    }
    let own = format!(" of project {project}");
    let behind = actor
        .split_once(" of project ")
        .and_then(|(key, _)| actor.get(key.len()..));
    match behind.and_then(|behind| behind.strip_prefix(&own)) {
        Some("") => ("merchant".to_owned(), note),
        Some(by) => match by.strip_prefix(" (").and_then(|by| by.strip_suffix(')')) {
            Some(by) => (by.to_owned(), note),
            // A number that only begins alike.
            None => ("merchant".to_owned(), None),
        },
        None => ("merchant".to_owned(), None),
    }
}

fn line<'a>(
    field: &'static str,
    value: Option<&'a RawValue>,
    most: usize,
) -> Result<Option<Cow<'a, str>>, ApiError> {
    let wrong = FieldError::Line(field, most);
    let Some(text) = whole_text(field, value, wrong.clone())? else {
        return Ok(None);
    };
    let is_sound = text.chars().count() <= most
        && !text.chars().any(legible::is_disruptive)
        && legible::is_visible(&text);
    if is_sound {
        Ok(Some(text))
    } else {
        Err(ApiError::from(wrong).hint(hint::length(&text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_operator_is_told_and_a_merchant_s_name_is_told_whole() {
        let note = || Some("as agreed".to_owned());
        for actor in ["alice", "key as root", "root (SUDO_USER alice)"] {
            assert_eq!(shown(actor, note(), 7), ("operator".to_owned(), None));
        }
        let told = shown(&actor("pk_1", 7, None), note(), 7);
        assert_eq!(told, ("merchant".to_owned(), note()));
        for by in ["maria", "Maria (night shift)", ")", "x of project 2"] {
            let told = shown(&actor("pk_1", 7, Some(by)), note(), 7);
            assert_eq!(told, (by.to_owned(), note()));
            for other in [8, 71] {
                let told = shown(&actor("pk_1", other, Some(by)), note(), 7);
                assert_eq!(told, ("merchant".to_owned(), None), "{other}");
            }
        }
    }
}
