//! The page's own link as a QR code, to go on by phone.

use super::element::Element;
use super::{address, fold};
use crate::core::checkout::Checkout;
use crate::core::text::Texts;

pub(super) fn phone(checkout: &Checkout, texts: &'static Texts) -> Element {
    let link = checkout.entered.link.as_ref();
    let inside = fold::inside("phone", texts.phone_why())
        .maybe(link.map(|qr| address::picture(qr, "link", texts.phone_label().to_owned())));
    fold::prepared("phone", texts.phone_title(), Some("phone"), inside)
}
