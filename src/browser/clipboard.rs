//! Copying, with and without the browser's clipboard interface.

use leptos::prelude::document;

use crate::browser::screen::focused;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDocument, HtmlElement, HtmlTextAreaElement};

/// Copies `text`, with the help of a field in `root` where that is needed. Says whether it worked.
pub(crate) async fn copy(text: &str, root: &HtmlElement) -> bool {
    if let Some(written) = write(text)
        && JsFuture::from(written).await.is_ok()
    {
        return true;
    }
    copy_selected(text, root).unwrap_or(false)
}

/// `None` where the interface is missing: in an insecure context, or an old browser.
fn write(text: &str) -> Option<js_sys::Promise> {
    let navigator = leptos::prelude::window().navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard")).ok()?;
    (!clipboard.is_undefined()).then(|| navigator.clipboard().write_text(text))
}

/// The old way: select the text in a field that nobody sees.
fn copy_selected(text: &str, root: &HtmlElement) -> Option<bool> {
    let document = document();
    let focused = focused(root);
    let field: HtmlTextAreaElement = document.create_element("textarea").ok()?.dyn_into().ok()?;
    field.set_value(text);
    field.set_read_only(true);
    field.set_class_name("hidden");
    root.append_child(&field).ok()?;
    field.select();
    let copied = document
        .unchecked_ref::<HtmlDocument>()
        .exec_command("copy")
        .ok();
    field.remove();
    if let Some(focused) = focused {
        // Losing focus would be a nuisance, but no reason to fail.
        let _ = focused.unchecked_into::<HtmlElement>().focus();
    }
    copied
}

/// Selects what `element` shows, for the payer to copy by hand.
pub(crate) fn select(element: &web_sys::Element) -> Option<()> {
    let selection = leptos::prelude::window().get_selection().ok()??;
    selection.select_all_children(element).ok()
}
