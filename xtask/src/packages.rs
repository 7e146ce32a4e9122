//! The packages of plugins and of the libraries that they use: `target/plugins`.

use std::{fmt::Write, fs, path::Path, process::Command};

use sha2::{Digest, Sha256};

use crate::{
    failure::{Failure, Outcome},
    places,
    plugins::{self, Package},
    process, programs, setup,
};

const LIBRARIES: [(&str, Package); 2] = [
    ("clients/node", Package::Npm),
    ("clients/python", Package::Wheel),
];

/// The first moment that a zip can name.
const EPOCH: &str = "315532800";

pub fn run() -> Outcome {
    setup::everything()?;
    setup::for_plugins()?;
    let folder = places::root().join("target/plugins");
    let _ = fs::remove_dir_all(&folder);
    places::create_folder(&folder)?;
    let plugins = plugins::ALL
        .iter()
        .map(|plugin| (plugin.folder, &plugin.package));
    let libraries = LIBRARIES.iter().map(|(source, package)| (*source, package));
    for (source, package) in libraries.chain(plugins) {
        process::run(
            &mut command(package, &places::root().join(source), &folder),
            &format!("{source} does not build: see above"),
        )?;
    }
    show(&folder)
}

fn command(package: &Package, source: &Path, target: &Path) -> Command {
    let program = |name: &str| programs::find(name).unwrap_or_else(|| name.into());
    let mut command = match package {
        Package::Zips => {
            let mut node = Command::new(program("node"));
            node.arg("bin/build.mjs");
            node
        }
        Package::Npm => {
            let mut npm = Command::new(program("npm"));
            npm.args(["pack", "--silent", "--pack-destination"])
                .arg(target);
            npm
        }
        Package::Wheel => {
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
