//! Why a node's answer is unknown, and who is to blame.

use std::time::Duration;

/// A node cannot send us away for longer than this.
const LONGEST_SUSPENSION: Duration = Duration::from_mins(5);

/// How much of a node's own words is kept, for logs.
const LONGEST_EXCERPT: usize = 200;

/// Why a node's answer is unknown. Never means that there is nothing on the chain.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// No node can be made of the configuration: the operator's fault.
    #[error("the node is configured wrongly: {0}")]
    Misconfigured(&'static str),
    /// No whole answer came: the network's or the node's fault, worth another try.
    #[error("the node cannot be reached: {0}")]
    Unreachable(#[source] reqwest::Error),
    /// The node asks for patience: we ask too often.
    #[error("the node throttles us")]
    Throttled {
        /// How long it said that it will go on refusing, at most five minutes.
        suspended: Option<Duration>,
    },
    /// The node says that it cannot answer.
    #[error("the node refuses: {0}")]
    Refused(String),
    /// The answer is none that this call can have, `{}` included: the node lags, or it is no
    /// TRON node.
    #[error("the node's answer to {call} makes no sense: {why}")]
    Senseless {
        /// The call that was made.
        call: &'static str,
        /// What is wrong with the answer.
        why: String,
    },
}

impl NodeError {
    /// How long the node asked to be left alone.
    pub fn asked_patience(&self) -> Option<Duration> {
        match self {
            Self::Throttled { suspended } => *suspended,
            _ => None,
        }
    }
}

/// Without the URL, since many providers write the API key into its path.
pub(super) fn unreachable(error: reqwest::Error) -> NodeError {
    NodeError::Unreachable(error.without_url())
}

pub(super) fn senseless(call: &'static str, why: impl AsRef<str>) -> NodeError {
    NodeError::Senseless {
        call,
        why: excerpt(why.as_ref()),
    }
}

/// The error that a node wrote instead of an answer.
pub(super) fn refusal(message: &str) -> NodeError {
    if throttles(message) {
        throttled(message)
    } else {
        NodeError::Refused(excerpt(message))
    }
}

pub(super) fn throttled(message: &str) -> NodeError {
    NodeError::Throttled {
        suspended: suspension(message),
    }
}

/// Whether the text is one with which TronGrid throttles.
pub(super) fn throttles(text: &str) -> bool {
    text.contains("exceeds the frequency limit") || suspension(text).is_some()
}

/// Reads the seconds in "… the query server is suspended for 30s".
fn suspension(text: &str) -> Option<Duration> {
    let (_, rest) = text.split_once("suspended for ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits
        .parse()
        .ok()
        .map(|seconds| Duration::from_secs(seconds).min(LONGEST_SUSPENSION))
}

/// A node can write as much as it likes, and line breaks too: neither belongs into a log.
fn excerpt(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_EXCERPT)
        .collect()
}
