//! A PostgreSQL to try things on: prints its URL and runs until Ctrl-C.

mod server;

pub use server::{Flushes, Server};

use crate::{
    failure::{Failure, Outcome},
    setup,
};

/// Names the server's URL to the gateway's tests.
pub const VARIABLE: &str = "TEST_POSTGRES";

pub fn run() -> Outcome {
    let server = Server::start(&setup::for_postgres()?, Flushes::Never)?;
    println!("{}", server.url());
    eprintln!("runs until Ctrl-C; `{VARIABLE}=URL cargo test …` takes it");
    server.wait();
    Err(Failure::new("PostgreSQL came to an end by itself"))
}
