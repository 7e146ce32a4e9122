//! The plugins for shop platforms, and `cargo xtask plugins`: the packages of them and of the libraries that they use.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest, Sha256};

use crate::{
    failure::{Failure, Outcome},
    places, process, programs, setup,
};

pub enum Language {
    Node,
    Python,
}

/// How a folder becomes what people install. The same source gives the same bytes.
enum Package {
    /// Its own `bin/build.mjs` writes zips.
    Zips,
    Npm,
    Wheel,
}

pub struct Plugin {
    pub folder: &'static str,
    /// What its tests are written in.
    pub language: Language,
    package: Package,
}

pub const ALL: &[Plugin] = &[Plugin {
    folder: "plugins/woocommerce",
    language: Language::Node,
    package: Package::Zips,
}];

const LIBRARIES: [(&str, Package); 2] = [
    ("clients/node", Package::Npm),
    ("clients/python", Package::Wheel),
];

/// The first moment that a zip can name.
const EPOCH: &str = "315532800";

impl Plugin {
    pub fn tests(&self) -> PathBuf {
        places::root().join(self.folder).join("tests")
    }
}

pub fn run() -> Outcome {
    setup::everything()?;
    setup::for_plugins()?;
    let folder = places::root().join("target/plugins");
    let _ = fs::remove_dir_all(&folder);
    places::create_folder(&folder)?;
    let plugins = ALL.iter().map(|plugin| (plugin.folder, &plugin.package));
    let libraries = LIBRARIES.iter().map(|(source, package)| (*source, package));
    for (source, package) in libraries.chain(plugins) {
        process::run(
            &mut package.command(&places::root().join(source), &folder),
            &format!("{source} does not build: see above"),
        )?;
    }
    show(&folder)
}

impl Package {
    fn command(&self, source: &Path, target: &Path) -> Command {
        let program = |name: &str| programs::find(name).unwrap_or_else(|| name.into());
        let mut command = match self {
            Self::Zips => {
                let mut node = Command::new(program("node"));
                node.arg("bin/build.mjs");
                node
            }
            Self::Npm => {
                let mut npm = Command::new(program("npm"));
                npm.args(["pack", "--silent", "--pack-destination"])
                    .arg(target);
                npm
            }
            Self::Wheel => {
                let tools = places::root().join("clients/python/tests");
                let mut python = Command::new(setup::python(&tools));
                python
                    .args([
                        "-c",
                        "import sys, flit_core.buildapi as flit; flit.build_wheel(sys.argv[1])",
                    ])
                    .arg(target)
                    .env("SOURCE_DATE_EPOCH", EPOCH);
                python
            }
        };
        command.current_dir(source);
        command
    }
}

fn show(folder: &Path) -> Outcome {
    let cannot = || Failure::io(format!("cannot read {}", folder.display()));
    let mut folders = vec![folder.to_path_buf()];
    let mut files = Vec::new();
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).map_err(cannot())? {
            let path = entry.map_err(cannot())?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    for file in files {
        let bytes = fs::read(&file).map_err(cannot())?;
        let mut hash = String::new();
        for byte in Sha256::digest(&bytes) {
            let _ = write!(hash, "{byte:02x}");
        }
        let name = file.strip_prefix(places::root()).unwrap_or(&file);
        println!("{hash}  {:>7}  {}", bytes.len(), name.display());
    }
    Ok(())
}
