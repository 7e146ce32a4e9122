//! What a merchant keeps with a payment for itself: texts under names of its own, in the order in which they came.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::legible;

const MOST_KEYS: usize = 20;
const MOST_CHARS_OF_A_KEY: usize = 64;
/// Of the JSON without blanks.
const MOST_BYTES: usize = 4_096;

/// At least one key with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata(Vec<(String, String)>);

/// Why it is not taken. The text is the error message of the API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    #[error("metadata must be an object whose values are text")]
    NotTexts,
    #[error("metadata must have each key once, of 1 to 64 characters without control characters")]
    Key,
    #[error("metadata must have at most 20 keys")]
    Keys,
    #[error("metadata must have at most 4096 bytes as JSON")]
    Bytes,
}

impl Metadata {
    /// Reads what came as JSON; an object without keys is none, and so is what stands for one in some languages.
    pub fn parse(json: &str) -> Result<Option<Self>, MetadataError> {
        let Fields(fields) = serde_json::from_str(json).map_err(|_| MetadataError::NotTexts)?;
        if fields.len() > MOST_KEYS {
            return Err(MetadataError::Keys);
        }
        let mut texts: Vec<(String, String)> = Vec::with_capacity(fields.len());
        for (key, value) in fields {
            let is_sound = (1..=MOST_CHARS_OF_A_KEY).contains(&key.chars().count())
                && !key.chars().any(legible::is_disruptive)
                && texts.iter().all(|(before, _)| *before != key);
            if !is_sound {
                return Err(MetadataError::Key);
            }
            let Value::String(text) = value else {
                return Err(MetadataError::NotTexts);
            };
            texts.push((key, text));
        }
        let metadata = Self(texts);
        if metadata.to_string().len() > MOST_BYTES {
            return Err(MetadataError::Bytes);
        }
        Ok(Some(metadata).filter(|metadata| !metadata.0.is_empty()))
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, text)| (key, text)))
    }
}

impl JsonSchema for Metadata {
    fn schema_name() -> Cow<'static, str> {
        "Metadata".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Texts of the merchant, under names of its own.",
            "type": "object",
            "minProperties": 1,
            "maxProperties": MOST_KEYS,
            "additionalProperties": { "type": "string" },
        })
    }
}

/// As it is kept: JSON without blanks.
impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(&json)
    }
}

impl FromStr for Metadata {
    type Err = MetadataError;

    fn from_str(kept: &str) -> Result<Self, MetadataError> {
        Self::parse(kept)?.ok_or(MetadataError::NotTexts)
    }
}

/// An object's fields as they came, each key as often as it stands there.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }

            /// PHP writes an empty array for an empty object.
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Fields, A::Error> {
                match list.next_element::<IgnoredAny>()? {
                    None => Ok(Fields(Vec::new())),
                    Some(_) => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
                }
            }

            /// As any other field, which is not set by an empty text.
            fn visit_str<E: Error>(self, text: &str) -> Result<Fields, E> {
                match text {
                    "" => Ok(Fields(Vec::new())),
                    _ => Err(E::invalid_type(Unexpected::Str(text), &self)),
                }
            }
        }

        deserializer.deserialize_any(Read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(keys: usize, text: &str) -> String {
        let fields: Vec<String> = (0..keys).map(|n| format!(r#""k{n}":"{text}""#)).collect();
        format!("{{{}}}", fields.join(","))
    }

    #[test]
    fn what_came_is_kept_in_its_order_and_without_blanks() {
        let came = r#" { "cart" : "7", "a": "é\n\u0000", "": "" }"#;
        assert_eq!(Metadata::parse(came), Err(MetadataError::Key));
        let came = r#" { "cart" : "7", "a": "é\n\u0000\"", "b": "" }"#;
        let metadata = Metadata::parse(came).unwrap().unwrap();
        let kept = r#"{"cart":"7","a":"é\n\u0000\"","b":""}"#;
        assert_eq!(metadata.to_string(), kept);
        assert_eq!(kept.parse(), Ok(metadata));
        for none in ["{}", "{ }", "[]", "[ ]", "\"\""] {
            assert_eq!(Metadata::parse(none), Ok(None), "{none}");
        }
    }

    #[test]
    fn only_a_few_keys_with_texts_are_taken() {
        for (came, error) in [
            ("[7]", MetadataError::NotTexts),
            ("{", MetadataError::NotTexts),
            (r#""text""#, MetadataError::NotTexts),
            (r#"{"a":7}"#, MetadataError::NotTexts),
            (r#"{"a":null}"#, MetadataError::NotTexts),
            (r#"{"a":{"b":"c"}}"#, MetadataError::NotTexts),
            (r#"{"a":"\ud83c"}"#, MetadataError::NotTexts),
            (r#"{"a":"1","a":"2"}"#, MetadataError::Key),
            (r#"{"a\n":"1"}"#, MetadataError::Key),
            (&object(21, ""), MetadataError::Keys),
            (&object(1, &"x".repeat(4_088)), MetadataError::Bytes),
        ] {
            assert_eq!(Metadata::parse(came), Err(error), "{came}");
        }
        let longest = format!(r#"{{"{}":"{}"}}"#, "k".repeat(64), "x".repeat(4_025));
        assert_eq!(longest.len(), 4_096);
        for came in [&object(20, "é"), &longest, &object(1, &"x".repeat(4_087))] {
            assert!(Metadata::parse(came).unwrap().is_some(), "{came}");
        }
        let longer = format!(r#"{{"{}":""}}"#, "k".repeat(65));
        assert_eq!(Metadata::parse(&longer), Err(MetadataError::Key));
    }
}
