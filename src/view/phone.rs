//! The page's own link as a QR code, to go on by phone.

use leptos::prelude::*;

use super::{address, fold};
use crate::checkout::Checkout;
use crate::text::Texts;

pub(super) fn phone(checkout: &Checkout, texts: &'static Texts) -> AnyView {
    let picture = checkout
        .entered
        .link
        .as_ref()
        .map(|qr| address::picture(qr, "link", texts.phone_label().to_owned()));
    let inside = view! {
        <p>{texts.phone_why()}</p>
        {picture}
    };
    fold::prepared(
        "phone",
        texts.phone_title(),
        Some("phone"),
        inside.into_any(),
    )
}
