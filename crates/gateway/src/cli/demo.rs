//! `usdt-gateway demo`: everything at once, to try out.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use url::Url;

use super::{Failure, shutdown};
use crate::demo;
use crate::http::descriptors;
use crate::outbound::target::{self, TargetError};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Keep the data in this folder instead of a temporary one
    #[arg(long)]
    data: Option<PathBuf>,
    /// Send the webhooks to your own receiver instead of listing them; it may be on this machine
    #[arg(long, value_name = "URL", value_parser = parse_webhook_url)]
    webhook_url: Option<Url>,
    /// Print one line of JSON when ready
    #[arg(long)]
    json: bool,
}

/// The demo's project is in test mode, and its webhooks may go to this machine.
fn parse_webhook_url(text: &str) -> Result<Url, TargetError> {
    target::parse(text, true, true)
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    descriptors::raise();
    let shutdown = shutdown::on_signal(Duration::ZERO)?.shutdown;
    // Removed when it is dropped, at the end.
    let temporary = tempfile::tempdir()?;
    let data_dir = arguments
        .data
        .unwrap_or_else(|| temporary.path().to_owned());
    let own = arguments.webhook_url;
    let started = demo::start(arguments.listen, data_dir, own.clone(), shutdown);
    let (running, ready) = started.await?;
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
        match own {
            Some(url) => println!("  Webhooks go to      {url}"),
            None => println!("  Webhooks received   {}", ready.webhook_log),
        }
        println!("  API key             {}", ready.api_key);
        println!("  API secret          {}", ready.api_secret);
        println!();
        println!("  The money here is not real. Stop with Ctrl-C.");
        println!();
    }
    running.finish().await?;
    Ok(())
}
