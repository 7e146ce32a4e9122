//! Build, then become the gateway on a simulated chain.

use std::process::Command;

use crate::{
    build,
    failure::{Failure, Outcome},
    places, setup,
};

pub fn run(arguments: &[String]) -> Outcome {
    build::release(&setup::for_build()?)?;
    let program = places::gateway("release");
    let mut command = Command::new(&program);
    command.arg("demo").args(arguments);
    become_it(&mut command).map_err(Failure::io(program.display()))
}

/// Replaced by the gateway, we are not in the way of its signals.
#[cfg(unix)]
fn become_it(command: &mut Command) -> std::io::Result<()> {
    Err(std::os::unix::process::CommandExt::exec(command))
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> std::io::Result<()> {
    command.status().map(drop)
}
