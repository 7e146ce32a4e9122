//! Elements as plain data, which Leptos renders like any other view.
//!
//! The `view!` macro gives every element and attribute a type of its own. In the browser that weighs
//! more than all else, and in its erased form each change takes all attributes off the page and sets
//! them anew: live regions come and go, and images load again. These are compared, and what differs
//! is changed.

use std::borrow::Cow;

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::{AddAnyAttr, AnyView, IntoAny, Mountable, Render, RenderHtml};
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::{Rndr, types};
use leptos::tachys::view::any_view::AnyViewState;
use leptos::tachys::view::{Position, PositionState};

const SVG: &str = "http://www.w3.org/2000/svg";

type Text = Cow<'static, str>;

pub(super) struct Element {
    tag: &'static str,
    attributes: Vec<(&'static str, Text)>,
    children: Vec<AnyView>,
}

/// Begins an element.
pub(super) const fn element(tag: &'static str) -> Element {
    Element {
        tag,
        attributes: Vec::new(),
        children: Vec::new(),
    }
}

/// Views behind each other.
pub(super) fn list<const N: usize>(views: [AnyView; N]) -> AnyView {
    Vec::from(views).into_any()
}

impl Element {
    pub fn set(self, name: &'static str, value: impl Into<Text>) -> Self {
        self.with(name, value.into())
    }

    pub fn set_some(self, name: &'static str, value: Option<impl Into<Text>>) -> Self {
        match value {
            Some(value) => self.with(name, value.into()),
            None => self,
        }
    }

    pub fn class(self, class: &'static str) -> Self {
        self.set("class", class)
    }

    pub fn id(self, id: &'static str) -> Self {
        self.set("id", id)
    }

    /// What is no word: an amount, an address, a time.
    pub fn untranslated(self) -> Self {
        self.set("dir", "ltr").set("translate", "no")
    }

    pub fn text(self, text: impl Into<Text>) -> Self {
        self.child(text.into().into_any())
    }

    #[inline(never)]
    fn with(mut self, name: &'static str, value: Text) -> Self {
        self.attributes.push((name, value));
        self
    }

    #[inline(never)]
    pub fn child(mut self, child: AnyView) -> Self {
        self.children.push(child);
        self
    }

    pub fn element(self, child: Element) -> Self {
        self.child(child.into_any())
    }

    /// A child that need not be there, in a place of its own: what follows it stays what it is when
    /// it comes and goes.
    pub fn maybe(self, child: Option<Element>) -> Self {
        self.child(child.into_any())
    }
}

/// An element on the page, and what it was made from.
pub(super) struct ElementState {
    tag: &'static str,
    attributes: Vec<(&'static str, Text)>,
    children: Vec<AnyViewState>,
    node: types::Element,
}

impl Render for Element {
    type State = ElementState;

    fn build(self) -> ElementState {
        let namespace = matches!(self.tag, "svg" | "path").then_some(SVG);
        let node = Rndr::create_element(self.tag, namespace);
        let mut state = ElementState {
            tag: self.tag,
            attributes: Vec::new(),
            children: Vec::new(),
            node,
        };
        self.rebuild(&mut state);
        state
    }

    fn rebuild(self, state: &mut ElementState) {
        if self.tag != state.tag {
            let mut new = self.build();
            state.insert_before_this(&mut new);
            state.unmount();
            *state = new;
            return;
        }
        let ElementState {
            attributes,
            children,
            node,
            ..
        } = state;
        for (name, _) in attributes.iter() {
            if !self.attributes.iter().any(|(other, _)| other == name) {
                Rndr::remove_attribute(node, name);
            }
        }
        for attribute in &self.attributes {
            if !attributes.contains(attribute) {
                Rndr::set_attribute(node, attribute.0, &attribute.1);
            }
        }
        *attributes = self.attributes;
        for gone in children.iter_mut().skip(self.children.len()) {
            gone.unmount();
        }
        children.truncate(self.children.len());
        for (index, child) in self.children.into_iter().enumerate() {
            if let Some(state) = children.get_mut(index) {
                child.rebuild(state);
            } else {
                let mut new = child.build();
                new.mount(node, None);
                children.push(new);
            }
        }
    }
}

impl Mountable for ElementState {
    fn unmount(&mut self) {
        self.node.unmount();
    }

    fn mount(&mut self, parent: &types::Element, marker: Option<&types::Node>) {
        self.node.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.node.insert_before_this(child)
    }

    fn elements(&self) -> Vec<types::Element> {
        vec![self.node.clone()]
    }
}

impl AddAnyAttr for Element {
    type Output<NewAttr: Attribute> = Self;

    /// Nothing here spreads attributes over views.
    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}

impl RenderHtml for Element {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        html: &mut String,
        position: &mut Position,
        _: bool,
        mark_branches: bool,
        _: Vec<AnyAttribute>,
    ) {
        html.extend(["<", self.tag]);
        for (name, value) in &self.attributes {
            html.extend([" ", name, "=\"", &escape(value), "\""]);
        }
        html.push('>');
        *position = Position::FirstChild;
        for child in self.children {
            child.to_html_with_buf(html, position, true, mark_branches, Vec::new());
        }
        if !matches!(self.tag, "img" | "input" | "wbr") {
            html.extend(["</", self.tag, ">"]);
        }
        *position = Position::NextChild;
    }

    /// The page replaces what the gateway sent.
    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> ElementState {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}
