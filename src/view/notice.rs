//! Words beside the payment: explanations, and the mark at the top.

use leptos::prelude::*;

pub(super) fn explanation(text: &'static str) -> AnyView {
    view! { <p class="why">{text}</p> }.into_any()
}

/// Something that the payer must not overlook.
pub(super) fn warning(text: &'static str) -> AnyView {
    view! { <p class="warning">{text}</p> }.into_any()
}

/// A bar across a stem, with a ring around: the token's sign, drawn so that it needs no request.
const SIGN: &str = "M8 8.5h16v4h-6v2.6c3.9.3 6.8 1.3 6.8 2.6s-2.9 2.3-6.8 2.6v6.2h-4v-6.2\
    c-3.9-.3-6.8-1.3-6.8-2.6s2.9-2.3 6.8-2.6v-2.6h-6z";

pub(super) fn mark() -> AnyView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
            <path d=SIGN />
        </svg>
    }
    .into_any()
}
