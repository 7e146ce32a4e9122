//! Who asks: the client's address, as far as it can be trusted.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

use super::AppState;

/// The client that limits are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// An IPv4 address, or an IPv6 network of 64 bits, since one subscriber has a whole such network.
    Known(IpAddr),
    /// Somebody behind a proxy that does not say who: maybe any payer, so that no limit for one
    /// client may hold for all of them together.
    Unknown,
}

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::Known(v4.into()),
            IpAddr::V6(v6) => {
                let network = u128::from(v6) >> 64 << 64;
                Self::Known(Ipv6Addr::from(network).into())
            }
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(IpAddr::V4(address)) => address.fmt(f),
            Self::Known(IpAddr::V6(network)) => write!(f, "{network}/64"),
            Self::Unknown => f.write_str("an unknown address"),
        }
    }
}

/// Why a proxy's header does not say who the client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    Missing,
    NoAddress,
}

impl FromRequestParts<AppState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let addresses = &state.client_addresses;
        if let Some(header) = addresses.header() {
            let read = forwarded(&parts.headers, header);
            addresses.note(read.err());
            return Ok(read.map_or(Self::Unknown, Self::from));
        }
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(connected.map_or(Self::Unknown, |ConnectInfo(peer)| peer.ip().into()))
    }
}

/// The address that the proxy wrote. Proxies append: only the last entry was written by the one in
/// front of us.
fn forwarded(headers: &HeaderMap, header: &HeaderName) -> Result<IpAddr, Unreadable> {
    let mut lines = headers.get_all(header).iter();
    let line = lines.next_back().ok_or(Unreadable::Missing)?;
    let entry = line.to_str().ok().and_then(|line| parts(line, ',').last());
    entry.and_then(address).ok_or(Unreadable::NoAddress)
}

/// Reads an entry in any form in which proxies write it: an address, bare or in quotes, with a port
/// or a zone or without, also as `for=` among the pairs of RFC 7239.
fn address(entry: &str) -> Option<IpAddr> {
    let mut pairs = parts(entry, ';').filter_map(|pair| pair.split_once('='));
    let node = pairs
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))
        .map_or(entry, |(_, value)| value);
    let node = node.trim().trim_matches('"').trim();
    let host = match node.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        // A colon is of the port where there is only one.
        None => match node.split_once(':') {
            Some((host, port)) if !port.contains(':') => host,
            _ => node,
        },
    };
    let without_zone = host.split('%').next()?;
    without_zone.parse().ok()
}

/// What stands between separators, apart from those in quotes: RFC 7239 lets a client's host stand
/// there.
fn parts(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |char| {
        if std::mem::take(&mut is_escaped) {
            return false;
        }
        match char {
            '"' => is_quoted = !is_quoted,
            '\\' if is_quoted => is_escaped = true,
            _ => return char == separator && !is_quoted,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_client() {
        let client = |text: &str| Client::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::9"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
    }

    #[test]
    fn an_address_is_read_in_every_form_in_which_proxies_write_it() {
        for (entry, expected) in [
            ("203.0.113.6", Some("203.0.113.6")),
            (
                "proto=https;host=\"a;for=6.6.6.6\";for=203.0.113.6",
                Some("203.0.113.6"),
            ),
            (" 203.0.113.6:50123 ", Some("203.0.113.6")),
            ("\"203.0.113.9\"", Some("203.0.113.9")),
            ("\"203.0.113.9:80\"", Some("203.0.113.9")),
            ("2001:db8::5", Some("2001:db8::5")),
            ("[2001:db8::5]", Some("2001:db8::5")),
            ("[2001:db8::5]:443", Some("2001:db8::5")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("[fe80::1%25eth0]:443", Some("fe80::1")),
            ("::ffff:203.0.113.6", Some("::ffff:203.0.113.6")),
            (
                "for=192.0.2.60;proto=http;by=203.0.113.43",
                Some("192.0.2.60"),
            ),
            (
                "proto=https; For=\"[2001:db8:cafe::17]:4711\"",
                Some("2001:db8:cafe::17"),
            ),
            ("for=unknown", None),
            ("for=_hidden;by=192.0.2.1", None),
            ("unknown", None),
            ("_x", None),
            ("", None),
            ("203.0.113", None),
            ("[2001:db8::5", None),
            ("203.0.113.6, ", None),
        ] {
            let expected = expected.map(|text| text.parse::<IpAddr>().unwrap());
            assert_eq!(address(entry), expected, "{entry}");
        }
    }

    #[test]
    fn of_several_lines_and_entries_the_last_counts() {
        let header = HeaderName::from_static("x-forwarded-for");
        let read = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(&header, line.parse().unwrap());
            }
            forwarded(&headers, &header)
        };
        let address = |text: &str| Ok(text.parse::<IpAddr>().unwrap());
        assert_eq!(read(&["192.0.2.1, 192.0.2.2"]), address("192.0.2.2"));
        assert_eq!(read(&["192.0.2.1", "192.0.2.2:80"]), address("192.0.2.2"));
        assert_eq!(read(&["192.0.2.1", "unknown"]), Err(Unreadable::NoAddress));
        assert_eq!(read(&[]), Err(Unreadable::Missing));
    }
}
