//! How fast the gateway catches up with the chain, and what a transfer costs it.

use crate::{build, failure::Outcome, process, setup};

pub fn run() -> Outcome {
    // The gateway embeds the page.
    build::release(&setup::for_build()?)?;
    let mut command = process::cargo();
    command.args(["bench", "--package", "usdt-gateway", "--bench", "chain"]);
    process::run(
        &mut command,
        "the bench of the chain did not come to its end",
    )
}
