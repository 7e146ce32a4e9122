//! Why a node's answer is unknown, and who is to blame.

use std::time::Duration;

/// A node cannot send us away for longer than this.
const LONGEST_SUSPENSION: Duration = Duration::from_mins(5);

/// A refusal that means "too often" has at least one of these words.
const LIMIT_WORDS: [&str; 9] = [
    "exceeded",
    "exceeds",
    "limit",
    "limited",
    "limits",
    "quota",
    "rate",
    "suspended",
    "throttled",
];

/// Why a node's answer is unknown. Never means that there is nothing on the chain.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// No node can be made of the configuration: the operator's fault.
    #[error("the node is configured wrongly: {0}")]
    Misconfigured(&'static str),
    /// This machine has no certificates to check a node's with: the operator's fault.
    #[error(
        "this machine knows no certificate authority, so it can reach nobody by https: install \
         the package `ca-certificates`, or name a file of certificates in SSL_CERT_FILE"
    )]
    NoAuthorities,
    /// No whole answer came: the network's or the node's fault, worth another try.
    #[error("the node cannot be reached: {0}")]
    Unreachable(String),
    /// The node asks for patience: we ask too often.
    #[error("the node throttles us at {call}: {why}")]
    Throttled {
        /// The call that was made.
        call: &'static str,
        /// What the node said.
        why: String,
        /// How long it said that it will go on refusing, at most five minutes.
        suspended: Option<Duration>,
    },
    /// The node, or what stands before it, lets us in no more: it may be that we ask too often,
    /// that our key is blocked or our network.
    #[error("the node refuses {call}: {why}")]
    Forbidden {
        /// The call that was made.
        call: &'static str,
        /// What the node said.
        why: String,
    },
    /// The node says that it cannot answer.
    #[error("the node refuses {call}: {why}")]
    Refused {
        /// The call that was made.
        call: &'static str,
        /// What the node said.
        why: String,
    },
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
            Self::Throttled { suspended, .. } => *suspended,
            _ => None,
        }
    }

    /// Whether the node wants to be left alone, whatever it is asked.
    pub fn sends_us_away(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Forbidden { .. })
    }

    /// Whether the node would answer nothing at all just now, whatever it is asked.
    pub fn is_of_any_call(&self) -> bool {
        self.sends_us_away() || matches!(self, Self::Unreachable(_))
    }
}

pub(super) fn senseless(call: &'static str, why: impl Into<String>) -> NodeError {
    let why = why.into();
    NodeError::Senseless { call, why }
}

/// The error that a node wrote instead of an answer.
pub(super) fn refusal(call: &'static str, message: &str) -> NodeError {
    if throttles(message) {
        throttled(call, message, None)
    } else {
        let why = message.to_owned();
        NodeError::Refused { call, why }
    }
}

/// The error that an HTTP status says, `why` being what is told of it.
pub(super) fn refusal_by_status(
    call: &'static str,
    status: u16,
    why: &str,
    retry_after: Option<Duration>,
) -> NodeError {
    match status {
        429 | 503 => throttled(call, why, retry_after),
        403 if retry_after.is_some() || speaks_of_limits(why) => throttled(call, why, retry_after),
        403 => NodeError::Forbidden {
            call,
            why: why.to_owned(),
        },
        _ => refusal(call, why),
    }
}

fn throttled(call: &'static str, message: &str, retry_after: Option<Duration>) -> NodeError {
    NodeError::Throttled {
        call,
        why: message.to_owned(),
        suspended: suspension(message)
            .max(retry_after)
            .map(|time| time.min(LONGEST_SUSPENSION)),
    }
}

/// Whether the text is one with which TronGrid throttles.
pub(super) fn throttles(text: &str) -> bool {
    text.contains("exceeds the frequency limit") || suspension(text).is_some()
}

/// Whole words: "rate" is in "operate" and in "generated" too.
fn speaks_of_limits(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split(|char: char| !char.is_alphabetic());
    text.contains("too many requests") || words.any(|word| LIMIT_WORDS.contains(&word))
}

/// Reads the seconds in "… the query server is suspended for 30s".
fn suspension(text: &str) -> Option<Duration> {
    let (_, rest) = text.split_once("suspended for ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().map(Duration::from_secs)
}
