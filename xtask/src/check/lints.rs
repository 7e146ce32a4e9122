//! rustfmt and clippy.

use crate::{failure::Outcome, process};

pub fn formatting() -> Outcome {
    process::run(
        process::cargo().args(["fmt", "--all", "--check"]),
        "run `cargo fmt --all`",
    )
}

pub fn workspace() -> Outcome {
    clippy(&["--workspace"])
}

/// The code that only the browser runs is behind a feature that the gateway never asks for.
pub fn widget() -> Outcome {
    clippy(&["--package", "usdt-checkout", "--features", "csr"])
}

fn clippy(selection: &[&str]) -> Outcome {
    process::run(
        process::cargo()
            .args(["clippy", "--locked", "--keep-going", "--all-targets"])
            .args(selection)
            .args(["--", "--deny", "warnings"]),
        "clippy has something to say",
    )
}
