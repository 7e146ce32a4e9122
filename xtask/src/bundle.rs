//! Makes one script of typed modules, as short as it can be.

use std::path::Path;

use crate::{
    failure::Outcome,
    places, process,
    setup::BuildTools,
    shorten::{self, Kind},
};

/// Where the modules are.
const SOURCES: &str = "embed/src";

/// Writes the module of this name, with all that it imports, to `to`.
pub fn script(tools: &BuildTools, kind: Kind, name: &str, to: &Path) -> Outcome {
    let from = places::root().join(SOURCES).join(format!("{name}.ts"));
    let format = match kind {
        Kind::Module => "esm",
        Kind::Classic => "iife",
    };
    let mut bundle = process::cargo_like(&tools.esbuild);
    bundle
        .arg(&from)
        .args(["--bundle", "--target=es2022", "--charset=utf8"])
        .args(["--minify-syntax", "--log-level=warning"])
        // The program's glue comes from the gateway, where the type checker has a description of it.
        .args(["--external:/usdt-checkout.js", "--tsconfig-raw={}"])
        .arg(format!("--format={format}"))
        .arg(format!("--define:VERSION={:?}", env!("CARGO_PKG_VERSION")))
        .arg(format!("--outfile={}", to.display()));
    let complaint = format!("esbuild does not take {}", from.display());
    process::run(&mut bundle, &complaint)?;
    shorten::script(tools, kind, to)
}
