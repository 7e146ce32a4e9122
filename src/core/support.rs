//! Where a merchant answers questions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use usdt_protocol::RedirectUrl;

/// The longest e-mail address (RFC 5321, section 4.5.3.1.3).
const MAX_ADDRESS_LEN: usize = 254;

/// A link for payers: an `https` URL, or `mailto:` and an address of plain characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SupportLink(String);

/// A text is no link to a merchant's support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupportLinkError;

impl SupportLink {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether nothing in the text can end the address and begin something else of the mail.
fn is_address(text: &str) -> bool {
    let is_plain = |part: &str, more: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    text.len() <= MAX_ADDRESS_LEN
        && text
            .split_once('@')
            .is_some_and(|(name, host)| is_plain(name, "._+-") && is_plain(host, ".-"))
}

impl TryFrom<String> for SupportLink {
    type Error = SupportLinkError;

    fn try_from(text: String) -> Result<Self, SupportLinkError> {
        let is_sound = match text.strip_prefix("mailto:") {
            Some(address) => is_address(address),
            None => text.parse::<RedirectUrl>().is_ok_and(|url| url.is_https()),
        };
        is_sound.then_some(Self(text)).ok_or(SupportLinkError)
    }
}

impl FromStr for SupportLink {
    type Err = SupportLinkError;

    fn from_str(text: &str) -> Result<Self, SupportLinkError> {
        text.to_owned().try_into()
    }
}

impl From<SupportLink> for String {
    fn from(link: SupportLink) -> Self {
        link.0
    }
}

impl fmt::Display for SupportLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SupportLinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be an https URL, or mailto: and an e-mail address")
    }
}

impl std::error::Error for SupportLinkError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_plain_mail_addresses_are_links() {
        for link in [
            "https://shop.example/help?a=1",
            "mailto:help@shop.example",
            "mailto:Help.me+pay@xn--e1afmkfd.example",
        ] {
            assert_eq!(link.parse::<SupportLink>().unwrap().as_str(), link);
        }
        let long = format!("mailto:{}@shop.example", "a".repeat(MAX_ADDRESS_LEN));
        for link in [
            "",
            "help@shop.example",
            "http://shop.example",
            "javascript:alert(1)",
            "https://shop.example@evil.example/",
            "mailto:",
            "mailto:shop.example",
            "mailto:@shop.example",
            "mailto:a@",
            "mailto:a@b@c",
            "mailto:a@b?bcc=evil@evil.example",
            "mailto:a@b,c@d",
            "mailto:a%0a@b",
            "mailto:a b@c",
            "MAILTO:a@b",
            &long,
        ] {
            assert_eq!(link.parse::<SupportLink>(), Err(SupportLinkError), "{link}");
        }
    }
}
