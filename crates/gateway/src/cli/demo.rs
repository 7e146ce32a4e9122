//! `usdt-gateway demo`: everything at once, to try out.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Failure, shutdown};
use crate::demo;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Keep the data in this folder instead of a temporary one
    #[arg(long)]
    data: Option<PathBuf>,
    /// Print one line of JSON when ready
    #[arg(long)]
    json: bool,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let shutdown = shutdown::on_signal()?;
    // Removed when it is dropped, at the end.
    let temporary = tempfile::tempdir()?;
    let data_dir = arguments
        .data
        .unwrap_or_else(|| temporary.path().to_owned());
    let (running, ready) = demo::start(arguments.listen, data_dir, shutdown).await?;
    if arguments.json {
        println!(
            "{}",
            json!({
                "base_url": ready.base_url,
                "node_url": ready.node_url,
                "api_key": ready.api_key,
                "api_secret": ready.api_secret,
                "app_id": ready.app_id,
                "payment_id": ready.payment_id,
                "payment_url": ready.payment_url,
                "webhook_log": ready.webhook_log,
            })
        );
    } else {
        println!();
        println!("  Open this payment:  {}", ready.payment_url);
        println!();
        println!("  Gateway             {}", ready.base_url);
        println!("  Simulated TRON node {}", ready.node_url);
        println!("  Webhooks received   {}", ready.webhook_log);
        println!("  API key             {}", ready.api_key);
        println!("  API secret          {}", ready.api_secret);
        println!();
        println!("  The money here is not real. Stop with Ctrl-C.");
        println!();
    }
    running.finish().await?;
    Ok(())
}
