//! The sites that may show a project's payments in pages of their own.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use url::Url;

/// All sites of a project stand in one header.
const MOST: usize = 20;

/// How any site is written, in a policy and in the database.
const ANY: &str = "*";

/// Scheme, host and port of a site, as a browser writes them in `Origin` (RFC 6454, section 6.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SiteOrigin(String);

/// Why sites cannot be allowed: the operator's to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmbeddersError {
    #[error("{0:?} is not the origin of a site, such as https://shop.example, without a path")]
    NotAnOrigin(String),
    #[error("{0} must be https: only test projects may be shown in plain http")]
    NotHttps(SiteOrigin),
    #[error("a project can have at most {MOST} origins")]
    TooMany,
}

impl SiteOrigin {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl FromStr for SiteOrigin {
    type Err = EmbeddersError;

    fn from_str(text: &str) -> Result<Self, EmbeddersError> {
        let url = Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .filter(|url| url.username().is_empty() && url.password().is_none())
            .filter(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none());
        url.map(|url| url.origin().ascii_serialization())
            // A URL's host may hold what would end a source in a policy.
            .filter(|origin| origin.chars().all(is_plain))
            .map(Self)
            .ok_or_else(|| EmbeddersError::NotAnOrigin(text.to_owned()))
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".-_:/[]".contains(c)
}

impl fmt::Display for SiteOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which sites may show a project's payments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Embedders {
    /// All, also those that mean harm.
    Any,
    /// These, and with none of them nobody.
    These(BTreeSet<SiteOrigin>),
}

impl Embedders {
    /// Nobody.
    pub const fn none() -> Self {
        Self::These(BTreeSet::new())
    }

    /// These sites. Without real money, in plain http too.
    pub fn these(
        sites: impl IntoIterator<Item = SiteOrigin>,
        is_test: bool,
    ) -> Result<Self, EmbeddersError> {
        let sites: BTreeSet<_> = sites.into_iter().collect();
        if let Some(site) = sites.iter().find(|site| !is_test && !site.is_https()) {
            return Err(EmbeddersError::NotHttps(site.clone()));
        }
        if sites.len() > MOST {
            return Err(EmbeddersError::TooMany);
        }
        Ok(Self::These(sites))
    }

    /// Whether a page of this origin may.
    pub fn allow(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(sites) => sites.iter().any(|site| site.0 == origin),
        }
    }

    /// As they are written down: see [`Self::from_words`].
    pub fn words(&self) -> Vec<&str> {
        match self {
            Self::Any => vec![ANY],
            Self::These(sites) => sites.iter().map(SiteOrigin::as_str).collect(),
        }
    }

    /// From what was written down. A word that is no origin allows nobody.
    pub fn from_words(words: &[String]) -> Self {
        if words.iter().any(|word| word == ANY) {
            return Self::Any;
        }
        Self::These(words.iter().filter_map(|word| word.parse().ok()).collect())
    }
}

/// The sources of `frame-ancestors` in a content security policy.
impl fmt::Display for Embedders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words().as_slice() {
            [] => f.write_str("'none'"),
            words => f.write_str(&words.join(" ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Result<SiteOrigin, EmbeddersError> {
        text.parse()
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, written) in [
            ("https://shop.example", "https://shop.example"),
            ("HTTPS://Shop.Example/", "https://shop.example"),
            ("https://shop.example:443", "https://shop.example"),
            ("http://localhost:8000", "http://localhost:8000"),
            ("http://[::1]:80", "http://[::1]"),
            ("https://магазин.example", "https://xn--80aairftm.example"),
        ] {
            assert_eq!(origin(text).unwrap().as_str(), written);
        }
    }

    #[test]
    fn nothing_that_could_mean_more_than_one_site_is_an_origin() {
        for text in [
            "",
            "*",
            "null",
            "shop.example",
            "https:",
            "https://*.shop.example ; script-src *",
            "https://shop.example;script-src",
            "https://shop.example,stranger.example",
            "https://*.shop.example",
            "https://'none'",
            "https://a.example https://b.example",
            "https://shop.example/pay",
            "https://shop.example?a",
            "https://shop.example#a",
            "https://user@shop.example",
            "https://:secret@shop.example",
            "file:///",
            "javascript:alert(1)",
            "data:text/html,x",
        ] {
            let error = EmbeddersError::NotAnOrigin(text.to_owned());
            assert_eq!(origin(text), Err(error));
        }
    }

    #[test]
    fn only_what_is_listed_to_the_letter_is_allowed() {
        let sites = ["https://shop.example", "https://b.example:8443"].map(|s| origin(s).unwrap());
        let listed = Embedders::these(sites, false).unwrap();
        assert_eq!(
            listed.to_string(),
            "https://b.example:8443 https://shop.example"
        );
        assert!(listed.allow("https://shop.example"));
        for other in [
            "null",
            "",
            "http://shop.example",
            "https://shop.example.evil.example",
            "https://shop.exampl",
            "https://b.example",
        ] {
            assert!(!listed.allow(other), "{other}");
        }
        assert_eq!(Embedders::none().to_string(), "'none'");
        assert!(!Embedders::none().allow("https://shop.example"));
        assert_eq!(Embedders::Any.to_string(), "*");
        assert!(Embedders::Any.allow("https://evil.example"));
    }

    #[test]
    fn real_money_is_shown_in_https_only_and_a_list_ends() {
        let plain = origin("http://shop.example").unwrap();
        let refused = Embedders::these([plain.clone()], false);
        assert_eq!(refused, Err(EmbeddersError::NotHttps(plain.clone())));
        assert!(Embedders::these([plain], true).is_ok());
        let many = (0..=MOST).map(|n| origin(&format!("https://{n}.example")).unwrap());
        assert_eq!(Embedders::these(many, false), Err(EmbeddersError::TooMany));
    }

    #[test]
    fn what_is_written_down_is_read_again() {
        let sites = [origin("https://shop.example").unwrap()];
        for embedders in [
            Embedders::Any,
            Embedders::none(),
            Embedders::these(sites, false).unwrap(),
        ] {
            let words: Vec<_> = embedders.words().into_iter().map(str::to_owned).collect();
            assert_eq!(Embedders::from_words(&words), embedders);
        }
        assert_eq!(Embedders::from_words(&["x".to_owned()]), Embedders::none());
    }
}
