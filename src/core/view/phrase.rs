//! Sentences with values in them. A value stands in an element of its own, which keeps browsers from
//! translating it, and its direction apart from the sentence's.

use leptos::prelude::{AnyView, IntoAny as _};

use super::element::element;
use crate::core::text::next_name;

pub(super) fn phrase(text: &'static str, values: &[(&str, &str)]) -> AnyView {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, name, after)) = next_name(rest) {
        let value = values.iter().find(|(key, _)| *key == name);
        let value = value.map_or(name, |(_, value)| value).to_owned();
        let value = element("span").untranslated().text(value);
        parts.push(before.into_any());
        parts.push(value.into_any());
        rest = after;
    }
    parts.push(rest.into_any());
    parts.into_any()
}
