//! Where things are: the repository, cargo's output, the cache of tools.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::failure::{Failure, Outcome};

pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |set| root().join(set))
}

pub fn dist() -> PathBuf {
    root().join("dist")
}

pub fn browser_tests() -> PathBuf {
    root().join("tests/browser")
}

pub fn client_tests() -> PathBuf {
    root().join("tests/clients")
}

/// What shops include, and the packages that they build with.
pub fn embed() -> PathBuf {
    root().join("embed")
}

pub fn gateway(profile: &str) -> PathBuf {
    let name = format!("usdt-gateway{}", env::consts::EXE_SUFFIX);
    target().join(profile).join(name)
}

pub fn cache() -> Outcome<PathBuf> {
    if let Some(chosen) = env::var_os("USDT_CHECKOUT_CACHE").filter(|value| !value.is_empty()) {
        return std::path::absolute(&chosen).map_err(Failure::io("USDT_CHECKOUT_CACHE"));
    }
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .or_else(|| absolute("LOCALAPPDATA"))
        .map(|base| base.join("usdt-checkout"))
        .ok_or_else(|| {
            Failure::new("there is no HOME to keep tools in: set USDT_CHECKOUT_CACHE to a folder")
        })
}

/// `<cache>/tools/<tool>-<version>`
pub fn tool(tool: &str, version: &str) -> Outcome<PathBuf> {
    Ok(cache()?.join("tools").join(format!("{tool}-{version}")))
}

pub fn log(name: &str) -> Outcome<PathBuf> {
    let folder = cache()?.join("logs");
    create_folder(&folder)?;
    Ok(folder.join(format!("{name}.log")))
}

pub fn create_folder(folder: &Path) -> Outcome {
    std::fs::create_dir_all(folder).map_err(Failure::io(format!(
        "cannot create {}, so set USDT_CHECKOUT_CACHE to a folder that can be written",
        folder.display()
    )))
}
