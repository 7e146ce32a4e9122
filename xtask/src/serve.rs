//! The page alone, rebuilt on every change; Trunk.toml leads its requests to a running demo.

use crate::{failure::Outcome, places, process, setup, widget};

pub fn run(arguments: &[String]) -> Outcome {
    let tools = setup::for_build()?;
    let target = places::target().join("wasm-serve");
    let mut command = widget::trunk(&tools, "serve")?;
    command
        .arg("--dist")
        .arg(target.join("dist"))
        .args(arguments)
        .env("CARGO_TARGET_DIR", target);
    process::run(&mut command, "trunk serve ended: see what it says above")
}
