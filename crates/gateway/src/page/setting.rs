//! In which language, for which merchant and on which chain a page is shown.

use axum::http::{HeaderMap, header};
use usdt_checkout::language::Language;
use usdt_checkout::presentation::{Chain, Merchant};
use usdt_checkout::server::Pages;
use usdt_tron::Network;

use crate::http::AppState;

/// The language that the payer chose, or else one that the browser accepts.
pub fn language(chosen: Option<&str>, headers: &HeaderMap) -> &'static Language {
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Language::choose(chosen, accepted, None)
}

/// The pages of payments on `network`.
pub fn pages(state: &AppState, language: &'static Language, network: Network) -> Pages {
    let chain = Chain {
        token: state
            .chain(network)
            .map_or_else(|| network.usdt_contract(), |chain| chain.token),
        is_test: network != Network::Mainnet,
        explorer: network.explorer().and_then(|url| url.parse().ok()),
    };
    Pages::new(language, Merchant::default(), chain)
}

/// The pages that show no payment.
pub fn pages_without_payment(language: &'static Language) -> Pages {
    let chain = Chain {
        token: Network::Mainnet.usdt_contract(),
        is_test: false,
        explorer: None,
    };
    Pages::new(language, Merchant::default(), chain)
}
