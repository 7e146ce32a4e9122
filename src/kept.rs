//! What the payer has done to the gateway's HTML before the live page took over: what is open,
//! typed, selected and focused.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement, Node};

use crate::live::Live;

/// Found by the IDs that both pages share.
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
        let focused = document().active_element().filter(|element| {
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

    /// Brings it back to the live page.
    pub fn restore(self, live: &Live) {
        let find = |id: &str| document().get_element_by_id(id);
        for element in self.open.iter().filter_map(|id| find(id)) {
            // A details element always takes the attribute.
            let _ = element.set_attribute("open", "");
            live.unfolded(&element.id());
        }
        for (id, value) in self.typed {
            if let Some(element) = find(&id) {
                field(element.clone()).set_value(&value);
                live.typed(&element);
            }
        }
        if let Some(element) = self
            .focused
            .filter(|id| !id.is_empty())
            .and_then(|id| find(&id))
        {
            // A control that takes no focus had none.
            let _ = element.unchecked_into::<HtmlElement>().focus();
        }
        if let Some([start, end]) = self.selected {
            select(&start, &end);
        }
    }
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

fn select(start: &Place, end: &Place) -> Option<()> {
    let selection = window().get_selection().ok()??;
    selection
        .set_base_and_extent(&start.node()?, start.offset, &end.node()?, end.offset)
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

    fn node(&self) -> Option<Node> {
        let mut node: Node = document().get_element_by_id(&self.id)?.into();
        for index in self.way.iter().rev() {
            node = node.child_nodes().get(*index)?;
        }
        Some(node)
    }
}
