//! How far the network has confirmed the transfer.

use leptos::prelude::*;

use crate::text::{Texts, fill};

pub(super) fn progress(confirmations: u8, required: u8, texts: &'static Texts) -> AnyView {
    let count = fill(
        texts.confirmations(),
        &[
            ("{n}", &confirmations.to_string()),
            ("{total}", &required.to_string()),
        ],
    );
    view! {
        <div class="progress">
            <progress aria-labelledby="confirmations" value=confirmations.to_string() max=required.to_string()></progress>
            <p id="confirmations">{count}</p>
        </div>
    }
    .into_any()
}
