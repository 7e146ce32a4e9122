//! `usdt-gateway devchain`: a simulated TRON node, for the test projects of a gateway.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use usdt_devchain::{Devchain, Options};

use super::{Failure, shutdown};
use crate::app::listen;
use crate::clock::{Clock as _, SystemClock};

const BLOCK_MILLIS: u64 = 3_000;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let listener = listen(arguments.listen).await?;
    println!("Simulated TRON node: http://{}", listener.local_addr()?);
    let shutdown = shutdown::on_signal(Duration::ZERO)?.shutdown;
    let now = SystemClock.now();
    let options = Options {
        // A node that is started again goes on above the blocks that gateways have read.
        first_block: now.millis().unsigned_abs() / BLOCK_MILLIS,
        ..Options::starting_at(now)
    };
    Devchain::new(&options)
        .run(listener, shutdown.cancelled_owned())
        .await?;
    Ok(())
}
