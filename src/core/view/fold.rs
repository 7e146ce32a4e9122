//! Help that opens when it is wanted, with and without a script.

use super::element::{Element, element};

/// `id` keeps it open when the live page takes over. A link to what is inside opens it.
pub(super) fn fold(id: &'static str, title: &'static str, inside: Element) -> Element {
    prepared(id, title, None, inside)
}

/// The same where opening it is a task for the live page.
pub(super) fn prepared(
    id: &'static str,
    title: &'static str,
    task: Option<&'static str>,
    inside: Element,
) -> Element {
    let summary = element("summary")
        .set("id", [id, "-title"].concat())
        .set_some("data-do", task)
        .text(title);
    element("details")
        .class("fold")
        .id(id)
        .element(summary)
        .element(inside)
}

/// What a fold of this ID holds, as yet nothing.
pub(super) fn empty(id: &'static str) -> Element {
    element("div")
        .class("inside")
        .set("id", [id, "-inside"].concat())
}

/// What it holds, as yet an explanation.
pub(super) fn inside(id: &'static str, why: &'static str) -> Element {
    empty(id).element(element("p").text(why))
}

pub(super) fn label(field: &'static str, text: &'static str) -> Element {
    element("label").set("for", field).text(text)
}

/// A field for what no browser can complete or spell.
pub(super) fn plain(field: Element) -> Element {
    field
        .set("dir", "ltr")
        .set("autocomplete", "off")
        .set("spellcheck", "false")
}
