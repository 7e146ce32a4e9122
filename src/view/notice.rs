//! Words beside the payment: explanations, and the mark at the top.

use leptos::prelude::*;

pub(super) fn explanation(text: &'static str) -> AnyView {
    view! { <p class="why">{text}</p> }.into_any()
}

/// Something that the payer must not overlook.
pub(super) fn warning(text: &'static str) -> AnyView {
    view! { <p class="warning">{text}</p> }.into_any()
}

/// The token's sign, drawn so that it needs no request.
pub(super) fn mark() -> AnyView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
            <circle cx="16" cy="16" r="16" />
            <path d="M8 8.5h16v4h-6v2.6c3.9.3 6.8 1.3 6.8 2.6s-2.900 2.300-6.800 2.600v6.200h-4v-6.200c-3.900-.3-6.800-1.300-6.800-2.600s2.900-2.300 6.800-2.600v-2.600h-6z" />
        </svg>
    }
    .into_any()
}
