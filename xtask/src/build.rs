//! The widget and the gateway that carries it, for release.

use crate::{
    failure::Outcome,
    places, process,
    setup::{self, BuildTools},
    widget,
};

pub fn run() -> Outcome {
    release(&setup::for_build()?)?;
    eprintln!("built {}", places::gateway("release").display());
    Ok(())
}

pub fn release(tools: &BuildTools) -> Outcome {
    widget::build_release(tools)?;
    eprintln!("gateway: cargo build --release");
    process::run(
        process::cargo().args(["build", "--release", "--package", "usdt-gateway"]),
        "the gateway does not build: see what cargo says above",
    )
}
