//! Queries of URLs. Reading one cannot fail: whatever stands there is text, and means something or
//! not.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use url::form_urlencoded;

/// The parameters of a query.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    fn parse(text: &str) -> Self {
        Self(
            form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// The names of the parameters, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The parameter of this name; of several the first, as in the page.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut parameters = self.0.iter();
        parameters
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The same without blanks and line breaks around it; absent and empty are the same.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_counts_and_garbage_is_text() {
        let query = Query::parse("id=%201%0A&id=2&lang&theme=%zz&x=%ff%fe&=&&y=a%20b+c");
        assert_eq!(query.text("id"), Some("1"));
        assert_eq!(query.get("lang"), Some(""));
        assert_eq!(query.text("lang"), None);
        assert_eq!(query.get("theme"), Some("%zz"));
        assert_eq!(query.get("x"), Some("\u{fffd}\u{fffd}"));
        assert_eq!(query.get("y"), Some("a b c"));
        assert_eq!(query.get("z"), None);
    }
}
