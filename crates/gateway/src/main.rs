//! The `usdt-gateway` command.

use std::process::ExitCode;

/// An answer is made of many small texts, and the system's allocator took a tenth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    usdt_gateway::cli::main()
}
