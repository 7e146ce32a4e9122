//! The sign of a stage: large above the headline, and small on the window's tab.

use super::element::{Element, element};
use crate::core::checkout::{Shown, Stage};

const DISC: &str = "M16 0a16 16 0 1 0 0 32a16 16 0 1 0 0-32z";
const RING: &str = "M16 2a14 14 0 1 1 0 28a14 14 0 1 1 0-28z";
const CHECK: &str = "m8 17 5 5 11-12";
const CLOCK: &str = "M16 8v9l6 4";
const EXCLAMATION: &str = "M16 7v11m0 4v3";
const CROSS: &str = "m10 10 12 12m0-12-12 12";

/// What stands on a disc in the color of the stage, where the payer need not act.
pub(super) fn sign(shown: &Shown, stage: Option<Stage>) -> Option<&'static str> {
    match stage {
        Some(Stage::Paid) => Some(CHECK),
        Some(Stage::Seen { .. } | Stage::Checking) => Some(CLOCK),
        Some(Stage::Short | Stage::Over | Stage::Review | Stage::Expired) => Some(EXCLAMATION),
        Some(Stage::Failed | Stage::Changed) => Some(CROSS),
        Some(Stage::Waiting) => None,
        None => match shown {
            Shown::Unavailable | Shown::Unknown => Some(EXCLAMATION),
            _ => None,
        },
    }
}

pub(super) fn figure(shown: &Shown, stage: Option<Stage>) -> Option<Element> {
    if let Some(Stage::Seen {
        confirmations,
        required,
    }) = stage
    {
        return Some(ring(confirmations, required));
    }
    let sign = sign(shown, stage)?;
    let picture = drawing("0 0 32 32").class("sign");
    Some(picture.element(path(DISC)).element(path(sign)))
}

/// A picture that says nothing which is not said in words.
pub(super) fn drawing(view_box: &'static str) -> Element {
    element("svg")
        .set("viewBox", view_box)
        .set("aria-hidden", "true")
}

pub(super) fn path(way: &'static str) -> Element {
    element("path").set("d", way)
}

/// How far the network is, all around.
fn ring(confirmations: u8, required: u8) -> Element {
    let (n, total) = (confirmations.to_string(), required.to_string());
    let done = u32::from(confirmations) * 100 / u32::from(required).max(1);
    let arc = path(RING)
        .set("pathLength", "100")
        .set("stroke-dasharray", [&done.to_string(), " 100"].concat());
    let number = element("span")
        .untranslated()
        .text([&n, "/", &total].concat());
    element("div")
        .class("ring")
        .set("role", "progressbar")
        .set("aria-labelledby", "confirmations")
        .set("aria-valuenow", n)
        .set("aria-valuemax", total)
        .element(drawing("0 0 32 32").element(path(RING)).element(arc))
        .element(number)
}
