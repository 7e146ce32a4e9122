//! A number in a JSON document, by its digits: no float comes near a rate.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The number or the text at a pointer as RFC 6901 has it.
pub fn at<'a>(document: &'a [u8], pointer: &str) -> Option<Cow<'a, str>> {
    let mut value: &RawValue = serde_json::from_slice(document).ok()?;
    for token in pointer.strip_prefix('/')?.split('/') {
        let token = token.replace("~1", "/").replace("~0", "~");
        value = match value.get().as_bytes().first()? {
            b'{' => {
                let fields: BTreeMap<Cow<'_, str>, &RawValue> =
                    serde_json::from_str(value.get()).ok()?;
                fields.get(token.as_str()).copied()?
            }
            b'[' => {
                let entries: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
                entries.get(token.parse::<usize>().ok()?).copied()?
            }
            _ => return None,
        };
    }
    let text = value.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str(text).ok().map(Cow::Owned),
        b'0'..=b'9' => Some(Cow::Borrowed(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_a_text_is_found_by_its_pointer_and_keeps_its_digits() {
        let document = br#" {"rates": {"EUR": 1.08500000000000000001, "a/b~c": "0.5", "list": [{"x": 2e-5}]}, "ok": true} "#;
        for (pointer, found) in [
            ("/rates/EUR", Some("1.08500000000000000001")),
            ("/rates/a~1b~0c", Some("0.5")),
            ("/rates/list/0/x", Some("2e-5")),
            ("/rates/list/1/x", None),
            ("/rates/list/x", None),
            ("/rates/GBP", None),
            ("/rates", None),
            ("/ok", None),
            ("/rates/EUR/x", None),
            ("rates", None),
            ("", None),
        ] {
            assert_eq!(at(document, pointer).as_deref(), found, "{pointer}");
        }
        assert_eq!(at(b"{", "/a"), None);
        assert_eq!(at(b"[-1]", "/0"), None);
    }
}
