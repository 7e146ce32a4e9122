//! A presentation in a language, and on its way to the browser.

use crate::core::presentation::{Chain, Merchant, Place, Presentation, Sent};
use crate::server::language::Language;

impl Presentation {
    pub fn new(language: &'static Language, merchant: Merchant, chain: Chain) -> Self {
        Self {
            texts: &language.texts,
            merchant,
            chain,
            place: Place::default(),
            lang: language.code.to_owned(),
            local_time: None,
        }
    }
}

impl From<&Presentation> for Sent {
    fn from(presentation: &Presentation) -> Self {
        Self {
            texts: presentation.texts.to_lines(),
            merchant: presentation.merchant.clone(),
            chain: presentation.chain.clone(),
            place: presentation.place,
            lang: presentation.lang.clone(),
        }
    }
}
