//! What the payer has done to the HTML before other HTML took its place: what is open, typed, selected
//! and focused.

use leptos::prelude::window;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement, Node};

use crate::browser::screen::focused;

/// Found by the IDs that both share.
pub(crate) struct Kept {
    focused: Option<String>,
    open: Vec<String>,
    typed: Vec<(String, String)>,
    selected: Option<[Place; 2]>,
}

/// A place in the text: the element with an ID, the way down from there, and the offset.
struct Place {
    id: String,
    way: Vec<u32>,
    offset: u32,
}

impl Kept {
    pub fn of(view: &Element) -> Self {
        let focused = focused(view).filter(|element| {
            let element: &Node = element;
            view.contains(Some(element))
        });
        Self {
            focused: focused.map(|element| element.id()),
            open: all(view, "details[open]")
                .map(|element| element.id())
                .collect(),
            typed: all(view, "input,textarea")
                // An input's value is read as a text area's is.
                .map(|element| (element.id(), field(element).value()))
                .filter(|(_, value)| !value.is_empty())
                .collect(),
            selected: selection(view),
        }
    }

    /// Brings it back to what is shown now.
    pub fn restore(&self, view: &Element) {
        for element in self.open.iter().filter_map(|id| find(view, id)) {
            // A details element always takes the attribute.
            let _ = element.set_attribute("open", "");
        }
        for (id, value) in &self.typed {
            if let Some(element) = find(view, id) {
                field(element).set_value(value);
            }
        }
        if let Some(element) = self.focused.as_deref().and_then(|id| find(view, id)) {
            // A control that takes no focus had none.
            let _ = element.unchecked_into::<HtmlElement>().focus();
        }
        if let Some([start, end]) = &self.selected {
            select(view, start, end);
        }
    }

    /// The fields that something was typed into.
    pub fn fields(&self, view: &Element) -> impl Iterator<Item = Element> {
        self.typed.iter().filter_map(|(id, _)| find(view, id))
    }

    pub fn is_open(&self, id: &str) -> bool {
        self.open.iter().any(|open| open == id)
    }
}

/// Also where it lies in a shadow root.
fn find(view: &Element, id: &str) -> Option<Element> {
    view.query_selector(&["#", id].concat()).ok()?
}

fn all(view: &Element, selector: &str) -> impl Iterator<Item = Element> {
    let found = view.query_selector_all(selector).ok();
    let length = found.as_ref().map_or(0, web_sys::NodeList::length);
    (0..length).filter_map(move |index| found.as_ref()?.get(index)?.dyn_into().ok())
}

fn field(element: Element) -> HtmlTextAreaElement {
    element.unchecked_into()
}

fn selection(view: &Element) -> Option<[Place; 2]> {
    let selection = window().get_selection().ok()??;
    let (start, end) = (selection.anchor_node()?, selection.focus_node()?);
    if selection.is_collapsed() || !view.contains(Some(&start)) {
        return None;
    }
    Some([
        Place::of(&start, selection.anchor_offset())?,
        Place::of(&end, selection.focus_offset())?,
    ])
}

fn select(view: &Element, start: &Place, end: &Place) -> Option<()> {
    let selection = window().get_selection().ok()??;
    let (from, to) = (start.node(view)?, end.node(view)?);
    selection
        .set_base_and_extent(&from, start.offset, &to, end.offset)
        .ok()
}

impl Place {
    fn of(node: &Node, offset: u32) -> Option<Self> {
        let mut way = Vec::new();
        let mut node = node.clone();
        loop {
            if let Some(element) = node.dyn_ref::<Element>()
                && !element.id().is_empty()
            {
                let id = element.id();
                return Some(Self { id, way, offset });
            }
            let mut index = 0;
            let mut earlier = node.previous_sibling();
            while let Some(sibling) = earlier {
                index += 1;
                earlier = sibling.previous_sibling();
            }
            way.push(index);
            node = node.parent_node()?;
        }
    }

    fn node(&self, view: &Element) -> Option<Node> {
        let mut node: Node = find(view, &self.id)?.into();
        for index in self.way.iter().rev() {
            node = node.child_nodes().get(*index)?;
        }
        Some(node)
    }
}
