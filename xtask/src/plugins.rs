//! The plugins for shop platforms, and their packages.

use std::path::PathBuf;

use crate::places;

pub enum Language {
    Node,
    Python,
}

pub struct Plugin {
    pub folder: &'static str,
    /// What its tests are written in.
    pub language: Language,
}

impl Plugin {
    pub fn tests(&self) -> PathBuf {
        places::root().join(self.folder).join("tests")
    }
}

pub const ALL: &[Plugin] = &[Plugin {
    folder: "plugins/woocommerce",
    language: Language::Node,
}];
