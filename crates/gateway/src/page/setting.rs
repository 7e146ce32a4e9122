//! In which language and theme, for which merchant and on which chain a page is shown.

use axum::http::{HeaderMap, header};
use usdt_checkout::core::presentation::{Chain, Merchant, Theme};
use usdt_checkout::server::language::Language;
use usdt_checkout::server::pages::Pages;
use usdt_tron::Network;

use crate::brand::Brand;
use crate::http::AppState;

/// How a payer wants the page.
#[derive(Clone, Copy, Debug)]
pub struct Wishes<'a> {
    /// The language that the payer chose.
    pub language: Option<&'a str>,
    /// Asked for in the URL, by the payer or by a shop that sends payers in its own theme.
    pub theme: Option<Theme>,
    /// What the browser says of itself.
    pub headers: &'a HeaderMap,
}

impl Wishes<'_> {
    /// The language that the payer chose, or else one that the browser accepts, or else the
    /// merchant's.
    fn language(self, brand: &Brand) -> &'static Language {
        let accepted = self
            .headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let default = brand.language.map(|language| language.code);
        Language::choose(self.language, accepted, default)
    }
}

/// The pages of a merchant's payments on `network`. Files are asked for at the origin `base`, or with
/// none at the page's own.
pub fn pages(
    state: &AppState,
    wishes: Wishes<'_>,
    brand: &Brand,
    network: Network,
    base: &str,
) -> Pages {
    let chain = Chain {
        token: state
            .chain(network)
            .map_or_else(|| network.usdt_contract(), |chain| chain.token),
        is_test: network != Network::Mainnet,
        explorer: network.explorer().and_then(|url| url.parse().ok()),
    };
    let merchant = Merchant {
        name: brand.name.as_ref().map(|name| name.as_str().to_owned()),
        logo: brand.logo.map(|logo| format!("{base}{}", logo.path())),
        support: brand.support.clone(),
    };
    Pages::new(wishes.language(brand), merchant, chain).in_theme(wishes.theme.or(brand.theme))
}

/// The pages that show no payment, and so no merchant.
pub fn pages_without_payment(wishes: Wishes<'_>) -> Pages {
    let chain = Chain {
        token: Network::Mainnet.usdt_contract(),
        is_test: false,
        explorer: None,
    };
    let language = wishes.language(&Brand::default());
    Pages::new(language, Merchant::default(), chain).in_theme(wishes.theme)
}
