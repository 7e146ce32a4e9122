//! The script for shops, kept as it is served for each version: shops pin it by its hash, so what
//! was released stays as it is.

use std::{fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha384};

use crate::{
    bundle,
    failure::{Failure, Outcome},
    places,
    setup::BuildTools,
    shorten::Kind,
};

pub const RELEASES: &str = "embed/releases";

/// This version's script.
pub fn release() -> PathBuf {
    let name = format!("widget-{}.js", env!("CARGO_PKG_VERSION"));
    places::root().join(RELEASES).join(name)
}

/// Where the hash of this version's script stands.
const DOCS: &str = "docs/embed.md";

/// Makes this version's script anew where its source has changed.
pub fn build(tools: &BuildTools) -> Outcome {
    let (kept, fresh) = (release(), places::target().join("widget.js"));
    bundle::script(tools, Kind::Classic, "widget", &fresh)?;
    let bytes = fs::read(&fresh).map_err(Failure::io(fresh.display()))?;
    let before = fs::read(&kept).unwrap_or_default();
    if before == bytes {
        return Ok(());
    }
    eprintln!("script for shops: {}", kept.display());
    let docs = places::root().join(DOCS);
    let text = fs::read_to_string(&docs).map_err(Failure::io(docs.display()))?;
    let text = text.replace(&integrity(&before), &integrity(&bytes));
    fs::write(&docs, text).map_err(Failure::io(docs.display()))?;
    fs::write(&kept, bytes).map_err(Failure::io(kept.display()))
}

/// What pages pin a script by: <https://www.w3.org/TR/SRI/>.
fn integrity(script: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(script)))
}
