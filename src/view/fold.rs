//! Help that opens when it is wanted, with and without a script.

use leptos::prelude::*;

/// `id` keeps it open when the live page takes over. A link to what is inside opens it.
pub(super) fn fold(id: &'static str, title: &'static str, inside: AnyView) -> AnyView {
    prepared(id, title, None, inside)
}

/// The same where opening it is a task for the live page.
pub(super) fn prepared(
    id: &'static str,
    title: &'static str,
    task: Option<&'static str>,
    inside: AnyView,
) -> AnyView {
    view! {
        <details class="fold" id=id>
            <summary id=format!("{id}-title") data-do=task>
                {title}
            </summary>
            <div class="inside" id=format!("{id}-inside")>
                {inside}
            </div>
        </details>
    }
    .into_any()
}
