//! How fast the gateway creates payments and answers, beside the least that this machine needs for it.

use crate::{
    build,
    failure::Outcome,
    postgres::{self, Flushes},
    process, setup,
};

/// Of what is chosen: `creates`, `status` or `memory`.
pub fn run(chosen: &[String]) -> Outcome {
    let programs = setup::for_postgres()?;
    // The gateway embeds the page.
    build::release(&setup::for_build()?)?;
    let server = postgres::Server::start(&programs, Flushes::Always)?;
    let mut command = process::cargo();
    command
        .args([
            "bench",
            "--package",
            "usdt-gateway",
            "--bench",
            "gateway",
            "--",
        ])
        .args(chosen)
        .env(postgres::VARIABLE, server.url())
        .env("PGBENCH", programs.join("pgbench"));
    process::run(
        &mut command,
        "the bench of the gateway did not come to its end",
    )
}
