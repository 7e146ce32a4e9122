//! Links that open a wallet on the phone. Only one wallet takes a whole payment by link; the
//! others open this page in their own browser.

use super::element::{Element, element};
use super::fold;
use crate::core::checkout::Followed;
use crate::core::presentation::Presentation;
use crate::core::text::fill;

/// What is open in the wallet that is filled in: a token by its chain's SLIP-44 number.
/// Source: developer.trustwallet.com, "Deep linking".
const TRUST: &str = "https://link.trustwallet.com/send?asset=c195_t";

/// Wallets that open a page: their name, and what stands around the page's URL.
/// Sources: the wallets' own documents, and tronwallet-adapter.
const BROWSERS: [(&str, Link); 5] = [
    (
        "TronLink",
        Link {
            start: "tronlinkoutside://pull.activity?param=",
            json: Some((
                r#"{"url":""#,
                r#"","action":"open","protocol":"tronlink","version":"1.0"}"#,
            )),
        },
    ),
    (
        "OKX Wallet",
        Link {
            start: "okx://wallet/dapp/url?dappUrl=",
            json: None,
        },
    ),
    (
        "TokenPocket",
        Link {
            start: "tpdapp://open?params=",
            json: Some((r#"{"chain":"TRON","source":"web","url":""#, r#""}"#)),
        },
    ),
    (
        "imToken",
        Link {
            start: "imtokenv2://navigate/DappView?url=",
            json: None,
        },
    ),
    (
        "Bitget Wallet",
        Link {
            start: "https://bkcode.vip?action=dapp&url=",
            json: None,
        },
    ),
];

struct Link {
    start: &'static str,
    /// The URL stands in a JSON text.
    json: Option<(&'static str, &'static str)>,
}

/// On a chain without real money no wallet can pay, so that none is offered.
pub(super) fn wallets(followed: &Followed, presentation: &Presentation) -> Option<Element> {
    if presentation.chain.is_test {
        return None;
    }
    let texts = presentation.texts;
    let payment = &followed.payment;
    let trust = [
        TRUST,
        &presentation.chain.token.to_string(),
        "&address=",
        &payment.address.to_string(),
        "&amount=",
        &payment.pay_amount.to_string(),
    ]
    .concat();
    let page = payment.payment_url.as_str();
    let first = item(trust, texts.wallet_filled(), "Trust Wallet");
    let list = element("ul").class("wallets").element(first);
    let list = BROWSERS.iter().fold(list, |list, (name, link)| {
        list.element(item(link.to(page), texts.wallet_page(), name))
    });
    let inside = fold::inside("wallets", texts.wallet_check()).element(list);
    Some(fold::fold("wallets", texts.wallet_title(), inside))
}

fn item(href: String, text: &'static str, wallet: &str) -> Element {
    let text = fill(text, &[("{wallet}", wallet)]);
    let link = element("a").class("wallet").set("href", href).text(text);
    element("li").element(link)
}

impl Link {
    fn to(&self, page: &str) -> String {
        let inside = match self.json {
            Some((before, after)) => [before, page, after].concat(),
            None => page.to_owned(),
        };
        [self.start, &percent_encoded(&inside)].concat()
    }
}

/// Every byte that is not unreserved (RFC 3986), in hexadecimal.
fn percent_encoded(text: &str) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_opens_in_each_wallet() {
        let page = "https://pay.example/pay/?id=1234567890123";
        let links: Vec<String> = BROWSERS.iter().map(|(_, link)| link.to(page)).collect();
        let encoded = "https%3A%2F%2Fpay.example%2Fpay%2F%3Fid%3D1234567890123";
        assert_eq!(
            links,
            [
                format!(
                    "tronlinkoutside://pull.activity?param=%7B%22url%22%3A%22{encoded}%22%2C\
                     %22action%22%3A%22open%22%2C%22protocol%22%3A%22tronlink%22%2C\
                     %22version%22%3A%221.0%22%7D"
                ),
                format!("okx://wallet/dapp/url?dappUrl={encoded}"),
                format!(
                    "tpdapp://open?params=%7B%22chain%22%3A%22TRON%22%2C%22source%22%3A%22web%22\
                     %2C%22url%22%3A%22{encoded}%22%7D"
                ),
                format!("imtokenv2://navigate/DappView?url={encoded}"),
                format!("https://bkcode.vip?action=dapp&url={encoded}"),
            ]
        );
    }
}
