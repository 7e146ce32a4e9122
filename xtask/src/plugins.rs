//! The plugins for shop platforms, and their packages.

pub enum Language {
    Node,
    Python,
}

pub struct Plugin {
    pub folder: &'static str,
    /// What its tests are written in.
    pub language: Language,
}

pub const ALL: &[Plugin] = &[Plugin {
    folder: "plugins/woocommerce",
    language: Language::Node,
}];
