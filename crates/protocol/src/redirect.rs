//! Redirect URLs: the only kind of URL that the page may ever navigate to.

use std::fmt;
use std::str::FromStr;

use crate::wire_text::text_on_the_wire;

/// The longest URL that is accepted, in bytes.
pub const MAX_URL_LEN: usize = 2048;

/// An absolute `http` or `https` URL of the merchant.
///
/// The check needs no URL parser, so that it is small enough for the browser: scheme, a host
/// without user information, and no character that a browser would drop or reinterpret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUrl(String);

/// Why a text is not a redirect URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectUrlError {
    TooLong,
    /// Not `http://` or `https://` with a host.
    NotHttp,
    /// A user name or password before the host, with which a link can pose as another.
    UserInfo,
    /// Spaces, control characters or backslashes, which browsers drop or rewrite.
    Unsafe,
}

impl RedirectUrl {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_https(&self) -> bool {
        self.0
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case("https://"))
    }

    /// Host and port, to show where a link leads.
    pub fn host(&self) -> &str {
        host_of(&self.0).unwrap_or_default()
    }
}

fn host_of(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.get(..end)
        .filter(|host| !host.is_empty() && !host.starts_with(':'))
}

impl FromStr for RedirectUrl {
    type Err = RedirectUrlError;

    fn from_str(text: &str) -> Result<Self, RedirectUrlError> {
        if text.len() > MAX_URL_LEN {
            return Err(RedirectUrlError::TooLong);
        }
        if text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
        {
            return Err(RedirectUrlError::Unsafe);
        }
        let host = host_of(text).ok_or(RedirectUrlError::NotHttp)?;
        if host.contains('@') {
            return Err(RedirectUrlError::UserInfo);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for RedirectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RedirectUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "must be at most 2048 characters",
            Self::NotHttp => "must be an absolute http or https URL",
            Self::UserInfo => "must not contain a user name or password",
            Self::Unsafe => "must not contain spaces, control characters or backslashes",
        })
    }
}

impl std::error::Error for RedirectUrlError {}

text_on_the_wire!(RedirectUrl);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn absolute_http_urls_pass_unchanged() {
        for url in [
            "https://merchant-site.com/success",
            "http://localhost:8000",
            "HTTPS://Shop.example/ok?order=1#top",
            "https://пример.рф/ok",
        ] {
            assert_eq!(url.parse::<RedirectUrl>().unwrap().as_str(), url);
        }
        let url: RedirectUrl = "https://shop.example:8443/ok?to=/x".parse().unwrap();
        assert_eq!(url.host(), "shop.example:8443");
        assert!(url.is_https());
    }

    #[test]
    fn everything_that_could_run_or_mislead_is_refused() {
        for (url, error) in [
            ("javascript:alert(1)", RedirectUrlError::NotHttp),
            (
                "javascript://shop.example/%0aalert(1)",
                RedirectUrlError::NotHttp,
            ),
            ("data:text/html,hi", RedirectUrlError::NotHttp),
            ("//shop.example", RedirectUrlError::NotHttp),
            ("/relative", RedirectUrlError::NotHttp),
            ("https://", RedirectUrlError::NotHttp),
            ("https:///path", RedirectUrlError::NotHttp),
            (
                "https://shop.example@evil.example/",
                RedirectUrlError::UserInfo,
            ),
            (
                "https://shop.example\\@evil.example/",
                RedirectUrlError::Unsafe,
            ),
            ("java\nscript:alert(1)", RedirectUrlError::Unsafe),
            (" https://shop.example", RedirectUrlError::Unsafe),
        ] {
            assert_eq!(url.parse::<RedirectUrl>(), Err(error), "{url}");
        }
        let long = format!("https://shop.example/{}", "a".repeat(MAX_URL_LEN));
        assert_eq!(long.parse::<RedirectUrl>(), Err(RedirectUrlError::TooLong));
    }

    proptest! {
        #[test]
        fn what_passes_is_http(text in "\\PC{0,60}|https?://\\PC{0,40}") {
            if let Ok(url) = text.parse::<RedirectUrl>() {
                let lower = url.as_str().to_ascii_lowercase();
                prop_assert!(lower.starts_with("http://") || lower.starts_with("https://"));
                prop_assert!(!url.host().is_empty());
            }
        }
    }
}
