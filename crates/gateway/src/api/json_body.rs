//! Bodies of requests, in JSON.

use std::borrow::Cow;
use std::fmt;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, Visitor};
use serde_json::value::RawValue;

use super::error::ApiError;
use super::hint;
use crate::payments::fields::FieldError;

/// The body, if it says that it is JSON.
pub fn whole(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, ApiError> {
    if !is_json(headers) {
        let came = hint::content_type(headers.get(header::CONTENT_TYPE));
        return Err(ApiError::UnsupportedMediaType.hint(came));
    }
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::BodyTooLarge,
        _ => ApiError::UnreadableBody,
    })
}

/// Reads the body's fields. A body that is no object is refused before serde takes an array for
/// one, whose values it would read as the fields in their order.
pub fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    let first = body.trim_ascii_start().first().copied();
    if let Some(first) = first.filter(|first| *first != b'{')
        && serde_json::from_slice::<IgnoredAny>(body).is_ok()
    {
        let told = hint::no_object(first);
        return Err(ApiError::NoObject.hint(told));
    }
    serde_json::from_slice(body)
        .map_err(|error| ApiError::MalformedJson.hint(hint::unreadable(body, &error)))
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// A field that must be there.
pub fn required<T>(value: Option<T>, field: &'static str, body: &[u8]) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::from(FieldError::Missing(field)).hint(hint::missing(field, body)))
}

/// The text of a field; absent, `null` and `""` are the same. A number stands for its digits as
/// they were sent: `50.10` is never read as a float.
pub fn text<'a>(
    field: &'static str,
    value: Option<&'a RawValue>,
) -> Result<Option<Cow<'a, str>>, ApiError> {
    whole_text(field, value, FieldError::NotText(field))
}

/// The same, with an error to use where the text holds half a character.
pub fn whole_text<'a>(
    field: &'static str,
    value: Option<&'a RawValue>,
    error: FieldError,
) -> Result<Option<Cow<'a, str>>, ApiError> {
    match read(field, value)? {
        Some(text) if text.was_cut => Err(ApiError::from(error).hint(hint::HALF_A_CHARACTER)),
        text => Ok(text.map(|text| text.value)),
    }
}

/// The same, with U+FFFD where half a character stands.
pub fn mended_text<'a>(
    field: &'static str,
    value: Option<&'a RawValue>,
) -> Result<Option<Cow<'a, str>>, ApiError> {
    Ok(read(field, value)?.map(|text| text.value))
}

/// A field that is `true` or `false`; absent and `null` are the same.
pub fn flag(field: &'static str, value: Option<&RawValue>) -> Result<Option<bool>, ApiError> {
    let read = value.map(|value| serde_json::from_str(value.get()));
    Ok(read.transpose().map_err(|_| FieldError::NotFlag(field))?)
}

struct Text<'a> {
    value: Cow<'a, str>,
    /// It held half a character: the escape of one surrogate without the other.
    was_cut: bool,
}

fn read<'a>(
    field: &'static str,
    value: Option<&'a RawValue>,
) -> Result<Option<Text<'a>>, ApiError> {
    let Some(raw) = value.map(RawValue::get).filter(|raw| *raw != "null") else {
        return Ok(None);
    };
    let not_text = || ApiError::from(FieldError::NotText(field)).hint(hint::not_text(raw));
    let text = match raw.as_bytes().first() {
        Some(b'"') => {
            let SurrogatesToo(bytes) = serde_json::from_str(raw).map_err(|_| not_text())?;
            mend(bytes).ok_or_else(not_text)?
        }
        Some(b'-' | b'0'..=b'9') => Text {
            value: Cow::Borrowed(raw),
            was_cut: false,
        },
        _ => return Err(not_text()),
    };
    Ok(Some(text).filter(|text| !text.value.is_empty()))
}

/// A JSON string as `serde_json` reads it into bytes: a lone surrogate stands there as three bytes,
/// which no text in UTF-8 has.
struct SurrogatesToo(Vec<u8>);

impl<'de> Deserialize<'de> for SurrogatesToo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = SurrogatesToo;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(SurrogatesToo(bytes.to_owned()))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

/// Puts U+FFFD, which has three bytes too, where a lone surrogate stands.
fn mend(mut bytes: Vec<u8>) -> Option<Text<'static>> {
    let mut was_cut = false;
    let mut rest = bytes.as_mut_slice();
    while let Some((first, behind)) = rest.split_first_mut() {
        if let (0xed, [second @ 0xa0..=0xbf, third, ..]) = (*first, &mut *behind) {
            (*first, *second, *third) = (0xef, 0xbf, 0xbd);
            was_cut = true;
        }
        rest = behind;
    }
    let value = Cow::Owned(String::from_utf8(bytes).ok()?);
    Some(Text { value, was_cut })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_json(json: &str) -> Option<(String, bool)> {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let text = read("field", Some(raw)).unwrap()?;
        Some((text.value.into_owned(), text.was_cut))
    }

    #[test]
    fn half_a_character_becomes_one_that_says_so() {
        for (json, text, was_cut) in [
            (r#""Pizza \ud83c""#, "Pizza \u{fffd}", true),
            (r#""\ud83cx\udf55""#, "\u{fffd}x\u{fffd}", true),
            (r#""\ud83c\ud83c\udf55""#, "\u{fffd}🍕", true),
            (r#""\ud83c\udf55""#, "🍕", false),
            (
                "\"퀀\u{d7ff}\u{e000}\u{fffd}\"",
                "퀀\u{d7ff}\u{e000}\u{fffd}",
                false,
            ),
            ("50.10", "50.10", false),
        ] {
            assert_eq!(read_json(json), Some((text.to_owned(), was_cut)), "{json}");
        }
        for json in ["null", r#""""#] {
            assert_eq!(read_json(json), None);
        }
    }

    proptest! {
        #[test]
        fn whole_texts_stay_as_they_are(text in "\\PC{1,40}") {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(read_json(&json), Some((text, false)));
        }
    }
}
