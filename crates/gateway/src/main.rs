//! The `usdt-gateway` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    usdt_gateway::cli::main()
}
