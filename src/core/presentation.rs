//! How a page presents a payment: in which language, for which merchant, on which chain.

use serde::{Deserialize, Serialize};
use usdt_protocol::{RedirectUrl, TronAddress, UtcTime};

use crate::core::support::SupportLink;
use crate::core::text::Texts;

/// What a page needs to know besides the payment.
#[derive(Clone, Debug)]
pub struct Presentation {
    pub(crate) texts: &'static Texts,
    pub merchant: Merchant,
    pub chain: Chain,
    pub place: Place,
    pub(crate) lang: String,
    /// Writes a moment in the payer's own zone, shorter where it is of the same day as now. Without
    /// it times are in UTC.
    pub(crate) local_time: Option<WriteTime>,
}

/// Writes a moment in a language, as a clock shows it on the day of another moment.
pub(crate) type WriteTime = fn(&str, UtcTime, UtcTime) -> Option<String>;

/// Who is paid, as the payer knows him.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merchant {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The path of a square picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// Where the merchant answers questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support: Option<SupportLink>,
}

/// The chain on which the payment is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The contract of the token.
    pub token: TronAddress,
    /// No real money.
    pub is_test: bool,
    /// Where a transaction can be looked at: a URL that the transaction's ID completes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explorer: Option<RedirectUrl>,
}

/// In what kind of page the checkout is shown, and so what it can offer there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The gateway's own, in a window of its own.
    #[default]
    OwnPage,
    /// A frame in a shop's page: what is pressed there may have been meant for something else, and
    /// what is remembered there is not known to other pages, nor always kept.
    Frame,
    /// A shop's own document, from which the gateway takes no question but for the status.
    ForeignPage,
}

impl Place {
    /// Whether a wallet may be asked to sign.
    pub const fn can_sign(self) -> bool {
        matches!(self, Self::OwnPage)
    }

    /// Whether a payer can point to a transaction.
    pub const fn can_claim(self) -> bool {
        !matches!(self, Self::ForeignPage)
    }
}

/// Dark on light or light on dark, where that is not left to the payer's device.
#[cfg(feature = "ssr")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

#[cfg(feature = "ssr")]
impl Theme {
    /// The theme of that name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.as_str() == name)
    }

    /// The value of `data-theme` on the root element, and of `theme` in a page's query.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A presentation on its way from the gateway to the browser.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub texts: String,
    pub merchant: Merchant,
    pub chain: Chain,
    #[serde(default)]
    pub place: Place,
    #[serde(default)]
    pub lang: String,
}
