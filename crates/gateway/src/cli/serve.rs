//! `usdt-gateway serve`: runs the gateway.

use std::path::Path;
use std::sync::Arc;

use super::{Failure, shutdown};
use crate::app::{App, listen};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::data;
use crate::heartbeat;
use crate::http::descriptors;

pub async fn run(file: &Path) -> Result<(), Failure> {
    let config = Config::read(file)?;
    let (before, descriptors) = descriptors::raise();
    let stop = shutdown::on_signal(config.drain)?;
    let (opened, listener) = if config.database.is_some() {
        // In this order, since a gateway without its database must answer nobody.
        let Some(opened) = data::open_in_time(&config, &stop.shutdown).await? else {
            return Ok(());
        };
        heartbeat::require_clock(&opened.0).await?;
        (opened, listen(config.listen).await?)
    } else {
        // In this one, so that clients wait in line while the file is looked through.
        let listener = listen(config.listen).await?;
        (data::open_locked(&config).await?, listener)
    };
    let address = listener.local_addr()?;
    if config.public_url.is_https() && config.client_ip_header.is_none() {
        tracing::warn!(
            "client_ip_header is not set: behind a proxy all payers count as one client"
        );
    }
    let app = App::build(&config, opened, listener, Arc::new(SystemClock), stop, None).await?;
    tracing::info!(before, descriptors, "the limit of open files");
    tracing::info!(%address, public_url = config.public_url.as_str(), "the gateway runs");
    app.run().await?;
    Ok(())
}
