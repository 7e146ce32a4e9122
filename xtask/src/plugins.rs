//! The plugins for shop platforms.

use std::path::PathBuf;

use crate::places;

pub enum Language {
    Node,
    Python,
}

/// How a folder becomes what people install. The same source gives the same bytes.
pub enum Package {
    /// Its own `bin/build.mjs` writes zips.
    Zips,
    Npm,
    Wheel,
}

pub struct Plugin {
    pub folder: &'static str,
    /// What its tests are written in.
    pub language: Language,
    pub package: Package,
}

pub const ALL: [Plugin; 8] = [
    Plugin::new("plugins/woocommerce", Language::Node, Package::Zips),
    Plugin::new("plugins/opencart", Language::Node, Package::Zips),
    Plugin::new("plugins/prestashop", Language::Node, Package::Zips),
    Plugin::new("plugins/whmcs", Language::Node, Package::Zips),
    Plugin::new("plugins/vendure", Language::Node, Package::Npm),
    Plugin::new("plugins/medusa", Language::Node, Package::Npm),
    Plugin::new("plugins/pretix", Language::Python, Package::Wheel),
    Plugin::new("plugins/django-payments", Language::Python, Package::Wheel),
];

impl Plugin {
    const fn new(folder: &'static str, language: Language, package: Package) -> Self {
        Self {
            folder,
            language,
            package,
        }
    }

    pub fn tests(&self) -> PathBuf {
        places::root().join(self.folder).join("tests")
    }

    /// Whether its tests name packages to install.
    pub fn needs_packages(&self) -> bool {
        let list = match self.language {
            Language::Node => "package-lock.json",
            Language::Python => "requirements.txt",
        };
        self.tests().join(list).is_file()
    }
}
