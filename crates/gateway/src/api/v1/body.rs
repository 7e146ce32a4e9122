//! Bodies of calls that change something. A signature covers the body and not the path, so a body names what the
//! call changes and holds nothing that another call takes: it is signed for this call alone.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::parameters::listed;
use crate::api::error::ApiError;
use crate::api::hint;
use crate::api::json_body::{self, required, text};
use crate::openapi::field::Field;
use crate::payments::fields::FieldError;

/// Reads the fields of the body, all of which are known. One that is not is an error and not ignored: a slip in
/// a name would do something else than what was meant.
pub fn of<'a, T: Deserialize<'a>>(body: &'a [u8], fields: &[Field]) -> Result<T, ApiError> {
    let request = json_body::parse(body)?;
    let sent: BTreeMap<String, &RawValue> = json_body::parse(body)?;
    let known: Vec<_> = fields.iter().map(|field| field.name).collect();
    match sent.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(request),
        Some(name) => {
            let told = match known.as_slice() {
                [] => "this call takes no fields: send {}".to_owned(),
                known => format!("it takes {}", listed(known)),
            };
            Err(ApiError::UnknownParameter(hint::quoted(name)).hint(told))
        }
    }
}

/// Refuses a body whose field is not there or names another thing than the path.
pub fn require_named(
    field: &'static str,
    value: Option<&RawValue>,
    path: &str,
    body: &[u8],
) -> Result<(), ApiError> {
    let named = required(text(field, value)?, field, body)?;
    if named == path {
        Ok(())
    } else {
        Err(FieldError::NotOfPath(field).into())
    }
}
