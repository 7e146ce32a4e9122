//! The log: what is told, and in which form. It goes to standard error, so that answers on standard
//! output can be piped.

use std::io::{IsTerminal as _, stderr};

use clap::ValueEnum;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::{EnvFilter, fmt};

/// The environment variable that says what is logged.
const LOG: &str = "USDT_GATEWAY_LOG";

const USUAL: &str = "info,sqlx=warn";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object a line, for machines
    Json,
}

/// Why there would be no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("{LOG} is empty, which would silence alarms too: unset it for the usual log")]
    Empty,
    #[error("{LOG} is no log filter: {0}")]
    Malformed(#[from] ParseError),
    #[error("{LOG} is no text")]
    NoText,
}

/// Begins to log.
pub fn start(format: LogFormat) -> Result<(), LogError> {
    let text = match std::env::var(LOG) {
        Ok(text) => text,
        Err(std::env::VarError::NotPresent) => USUAL.to_owned(),
        Err(std::env::VarError::NotUnicode(_)) => return Err(LogError::NoText),
    };
    if text.split(',').all(|directive| directive.trim().is_empty()) {
        return Err(LogError::Empty);
    }
    let log = fmt()
        .with_env_filter(EnvFilter::try_new(text)?)
        .with_ansi(stderr().is_terminal())
        .with_writer(stderr)
        // It would tell of a broken log on the broken log, and that panics.
        .log_internal_errors(false);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => {
            log.json().init();
            // Otherwise it is the one line that is no JSON.
            std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a panic")));
        }
    }
    Ok(())
}
