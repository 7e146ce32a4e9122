//! Turns the signals that end a process into a graceful shutdown.

use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::Stop;

/// SIGINT or SIGTERM tells that nothing new comes here, and after `drain` to stop. A second signal
/// ends the process at once, which loses nothing.
pub fn on_signal(drain: Duration) -> std::io::Result<Stop> {
    let stop = Stop::default();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("shutting down");
        told.draining.cancel();
        let stopping = async {
            tokio::time::sleep(drain).await;
            told.shutdown.cancel();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = stopping => {}
        }
        tracing::warn!("stopping at once");
        std::process::exit(1);
    });
    Ok(stop)
}
