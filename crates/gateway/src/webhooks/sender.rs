//! Posts one webhook and hears the answer to its end.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Response;
use url::{Host, Url};

use crate::outbound::fault::{self, LocalFault};
use crate::outbound::resolver::{self, Resolver};
use crate::outbound::target::{self, TargetError};

/// How much of an answer is kept, in bytes.
const EXCERPT: usize = 1_024;

/// More headers than any server sends, and fewer than fill the memory.
const MOST_HEADERS: usize = 512;

/// How long an attempt may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// To find the receiver's address.
    pub lookup: Duration,
    /// To connect, the look-up included.
    pub connect: Duration,
    /// From the first moment to the last byte of the answer.
    pub whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lookup: Duration::from_secs(4),
            connect: Duration::from_secs(5),
            whole: Duration::from_secs(15),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("{0}")]
    Receiver(String),
    #[error(transparent)]
    Local(#[from] LocalFault),
    #[error("no HTTP client can be made: {0}")]
    Client(reqwest::Error),
}

/// What a receiver answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// The beginning of the body as text of one line, at most 1 KiB of what came.
    pub excerpt: String,
    /// The body's bytes, kept or not.
    pub size: u64,
    /// Why the body did not come to its end.
    pub broken: Option<String>,
}

/// Sends webhooks.
#[derive(Clone, Debug)]
pub struct Sender {
    http: reqwest::Client,
    allow_private: bool,
    longest: Duration,
}

impl Sender {
    /// With `allow_private`, also to addresses of this machine and its network.
    pub fn new(allow_private: bool, limits: Limits) -> Result<Self, SendError> {
        let http = reqwest::Client::builder()
            .connect_timeout(limits.connect)
            .timeout(limits.whole)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // What is unpacked could be any size.
            .no_gzip()
            // A connection that the receiver closes just then would cost an attempt.
            .pool_max_idle_per_host(0)
            // As published: some receivers look for `X-Signature` in this spelling only.
            .http1_title_case_headers()
            // What other clients take for an answer is one.
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_max_headers(MOST_HEADERS)
            .user_agent(concat!("usdt-gateway/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Resolver {
                allow_private,
                time: limits.lookup,
            }))
            .build()
            .map_err(SendError::Client)?;
        Ok(Self {
            http,
            allow_private,
            longest: limits.whole,
        })
    }

    /// Reads the URL of a receiver to which it may be sent.
    pub fn admit(&self, url: &str, test_mode: bool) -> Result<Url, TargetError> {
        target::parse(url, test_mode, self.allow_private)
    }

    /// Whether what stands in the URL itself may be dialled.
    pub fn may_reach(&self, url: &Url) -> bool {
        target::check(url, self.allow_private).is_ok()
    }

    /// How long [`Self::post`] takes at most.
    pub const fn longest(&self) -> Duration {
        self.longest
    }

    /// Posts JSON, and returns once the answer's body has ended or will not.
    pub async fn post(
        &self,
        url: &Url,
        headers: [(&'static str, String); 4],
        body: &str,
    ) -> Result<Answer, SendError> {
        target::check(url, self.allow_private)?;
        require_way(url)?;
        let mut request = self
            .http
            .post(url.clone())
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        match request.body(body.to_owned()).send().await {
            Ok(response) => Ok(hear_out(response).await?),
            Err(error) => Err(SendError::Receiver(fault::judge(&error)?)),
        }
    }
}

/// For an address in place of a name; the resolver looks for the others.
fn require_way(url: &Url) -> Result<(), LocalFault> {
    let address: IpAddr = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        Some(Host::Domain(_)) | None => return Ok(()),
    };
    match resolver::find_route((address, 0).into()) {
        Err(error) if fault::has_no_way(&error) => Err(LocalFault(error.to_string())),
        _ => Ok(()),
    }
}

async fn hear_out(mut response: Response) -> Result<Answer, LocalFault> {
    let mut kept = Vec::new();
    let mut size = 0_u64;
    let broken = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                size = size.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
                kept.extend(chunk.iter().take(EXCERPT.saturating_sub(kept.len())));
            }
            Ok(None) => break None,
            Err(error) => break Some(fault::judge(&error)?),
        }
    };
    Ok(Answer {
        status: response.status().as_u16(),
        excerpt: one_line(&kept),
        size,
        broken,
    })
}

/// Text that changes nothing around it, in a log or on a screen.
fn one_line(bytes: &[u8]) -> String {
    let is_control = |char: char| {
        char.is_control()
            || matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|char| if is_control(char) { ' ' } else { char })
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_line_of_text_whatever_came() {
        assert_eq!(
            one_line(b"\x1b[31mOK\r\n2026 error=\"none\"\n"),
            "[31mOK  2026 error=\"none\""
        );
        assert_eq!(one_line("caf\u{e9} \u{202e}ko".as_bytes()), "caf\u{e9}  ko");
        assert_eq!(one_line(b"\xff\x00"), "\u{fffd}");
    }
}
