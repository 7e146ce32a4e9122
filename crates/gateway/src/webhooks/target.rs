//! Where webhooks may go: only to public addresses, checked at the moment of dialling.
//!
//! A webhook URL is chosen by somebody else, and must not make the gateway talk to machines that
//! only the gateway can reach. A host name can change its address between a check and a
//! connection, so the check sits in the resolver that the connection uses; addresses that stand
//! in the URL itself never reach the resolver and are checked before.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(15);

/// Why a webhook cannot be sent to its target.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("the webhook URL must be http or https, with a host and without a user name")]
    NotHttp,
    #[error("the webhook URL must use https, except in test mode")]
    NotHttps,
    #[error("the webhook URL leads to a private address")]
    Private,
    #[error("{0}")]
    Http(String),
}

/// Sends webhooks.
#[derive(Clone, Debug)]
pub struct Sender {
    http: reqwest::Client,
    allow_private: bool,
}

impl Sender {
    /// With `allow_private`, also to addresses of this machine and its network.
    pub fn new(allow_private: bool) -> Result<Self, TargetError> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // As published: some receivers look for `X-Signature` in this spelling only.
            .http1_title_case_headers()
            .user_agent(concat!("usdt-gateway/", env!("CARGO_PKG_VERSION")));
        if !allow_private {
            builder = builder.dns_resolver(Arc::new(PublicResolver));
        }
        let http = builder
            .build()
            .map_err(|error| TargetError::Http(error.to_string()))?;
        Ok(Self {
            http,
            allow_private,
        })
    }

    /// Posts JSON and returns the status of the answer, whose body does not matter.
    pub async fn post(
        &self,
        url: &Url,
        headers: [(&'static str, String); 4],
        body: &str,
    ) -> Result<u16, TargetError> {
        if !self.allow_private {
            refuse_private_literal(url)?;
        }
        let mut request = self
            .http
            .post(url.clone())
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request
            .body(body.to_owned())
            .send()
            .await
            .map_err(|error| {
                // The innermost cause says what happened; the outer ones repeat the URL.
                let mut cause: &dyn Error = &error;
                while let Some(source) = cause.source() {
                    cause = source;
                }
                TargetError::Http(cause.to_string())
            })?;
        Ok(response.status().as_u16())
    }
}

/// Checks a webhook URL as it is configured. Names are resolved only when they are dialled.
pub fn parse(text: &str, test_mode: bool, allow_private: bool) -> Result<Url, TargetError> {
    let url = Url::parse(text).map_err(|_| TargetError::NotHttp)?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || has_user {
        return Err(TargetError::NotHttp);
    }
    if url.scheme() != "https" && !test_mode {
        return Err(TargetError::NotHttps);
    }
    if !allow_private {
        refuse_private_literal(&url)?;
    }
    Ok(url)
}

fn refuse_private_literal(url: &Url) -> Result<(), TargetError> {
    let private = match url.host() {
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => true,
    };
    if private {
        Err(TargetError::Private)
    } else {
        Ok(())
    }
}

/// Resolves names to public addresses only.
struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One private address among public ones is a trap as well.
            if addresses.iter().all(|address| is_public(address.ip())) {
                Ok(Box::new(addresses.into_iter()) as Addrs)
            } else {
                Err(TargetError::Private.into())
            }
        })
    }
}

/// Whether an address belongs to the public internet: not to a range that IANA reserves
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>, and the one for IPv6).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(matches!(a, 0 | 10 | 127 | 224..)
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && matches!(c, 0 | 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && matches!(b, 18 | 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // Only 2000::/3 is public, and there some ranges carry IPv4 addresses or are for documents.
    (0x2000..0x4000).contains(&a)
        && a != 0x2002
        && !(a == 0x2001 && (b < 0x200 || b == 0xdb8))
        && !(a == 0x3fff && b < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_in_every_disguise_are_refused() {
        for url in [
            "https://127.0.0.1/hook",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://10.1.2.3/",
            "https://169.254.169.254/latest/meta-data/",
            "https://100.64.0.1/",
            "https://172.31.255.255/",
            "https://192.168.0.1/",
            "https://198.18.0.1/",
            "https://0.0.0.0/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::]/",
            "https://[2001::1]/",
            "https://[fe80::1]/",
            "https://[fc00::1]/",
            "https://localhost/",
            "https://shop.localhost./",
        ] {
            assert!(
                matches!(parse(url, false, false), Err(TargetError::Private)),
                "{url}"
            );
        }
        for url in [
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://shop.example/hook",
        ] {
            assert!(parse(url, false, false).is_ok(), "{url}");
        }
    }

    #[test]
    fn only_plain_http_urls_pass() {
        for url in [
            "ftp://shop.example/",
            "https://user:pw@shop.example/",
            "file:///etc/passwd",
            "x",
        ] {
            assert!(
                matches!(parse(url, true, false), Err(TargetError::NotHttp)),
                "{url}"
            );
        }
        let plain = "http://shop.example/hook";
        assert!(matches!(
            parse(plain, false, false),
            Err(TargetError::NotHttps)
        ));
        assert!(parse(plain, true, false).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_a_private_address_is_not_dialled() {
        // Set in every hosts file, and not caught by the check of the URL alone.
        let name: Name = "localhost".parse().unwrap();
        assert!(PublicResolver.resolve(name).await.is_err());
    }
}
