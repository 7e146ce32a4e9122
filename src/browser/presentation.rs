//! A presentation as the gateway sends it to the browser.

use crate::browser::json;
use crate::browser::local_time;
use crate::core::presentation::{Presentation, Sent};
use crate::core::text::Texts;

impl Presentation {
    /// Reads what the gateway sent.
    pub fn parse(json: &str) -> Option<Self> {
        let sent: Sent = json::parse(json)?;
        Some(Self {
            texts: Texts::kept(Texts::from_lines(&sent.texts)),
            merchant: sent.merchant,
            chain: sent.chain,
            place: sent.place,
            lang: sent.lang,
            local_time: Some(local_time::write),
        })
    }
}
