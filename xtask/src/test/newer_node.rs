//! The newest Node.js of those in which the library is tested. Some suites need more than the oldest.

use std::path::PathBuf;

use crate::places;

/// Where this machine has it.
pub fn folder() -> Option<PathBuf> {
    let folder = places::root().join("clients/node/versions/node_modules/node22/bin");
    folder.join("node").is_file().then_some(folder)
}
