//! `usdt-gateway devchain`: a simulated TRON node, for the test projects of a gateway.

use std::net::SocketAddr;

use clap::Args;
use usdt_devchain::{Devchain, Options};

use super::{Failure, shutdown};
use crate::app::listen;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let listener = listen(arguments.listen).await?;
    println!("Simulated TRON node: http://{}", listener.local_addr()?);
    let shutdown = shutdown::on_signal()?;
    Devchain::new(&Options::default())
        .run(listener, shutdown.cancelled_owned())
        .await?;
    Ok(())
}
