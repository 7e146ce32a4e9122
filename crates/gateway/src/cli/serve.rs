//! `usdt-gateway serve`: runs the gateway.

use std::path::Path;
use std::sync::Arc;

use super::{Failure, shutdown};
use crate::app::{App, listen};
use crate::clock::SystemClock;
use crate::config::Config;

pub async fn run(file: &Path) -> Result<(), Failure> {
    let config = Config::read(file)?;
    let listener = listen(config.listen).await?;
    let address = listener.local_addr()?;
    let shutdown = shutdown::on_signal()?;
    if config.public_url.is_https() && config.client_ip_header.is_none() {
        tracing::warn!(
            "client_ip_header is not set: behind a proxy all payers count as one client"
        );
    }
    let app = App::build(&config, listener, Arc::new(SystemClock), shutdown, None).await?;
    tracing::info!(%address, public_url = config.public_url.as_str(), "the gateway runs");
    app.run().await?;
    Ok(())
}
