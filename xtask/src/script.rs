//! The script for shops, kept as it is served for each version: shops pin it by its hash, so what
//! was released stays as it is.

use std::{fs, path::PathBuf};

use crate::{
    failure::{Failure, Outcome},
    places,
    setup::BuildTools,
    shorten::{self, Kind},
};

pub const SOURCE: &str = "embed/widget.js";

pub const RELEASES: &str = "embed/releases";

/// This version's script.
pub fn release() -> PathBuf {
    let name = format!("widget-{}.js", env!("CARGO_PKG_VERSION"));
    places::root().join(RELEASES).join(name)
}

/// Makes this version's script anew where its source has changed.
pub fn build(tools: &BuildTools) -> Outcome {
    let (kept, fresh) = (release(), places::target().join("widget.js"));
    shorten::script(tools, Kind::Classic, &places::root().join(SOURCE), &fresh)?;
    let bytes = fs::read(&fresh).map_err(Failure::io(fresh.display()))?;
    if fs::read(&kept).ok().as_ref() != Some(&bytes) {
        eprintln!("script for shops: {}", kept.display());
        places::create_folder(&places::root().join(RELEASES))?;
        fs::write(&kept, bytes).map_err(Failure::io(kept.display()))?;
    }
    Ok(())
}
