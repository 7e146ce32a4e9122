//! Where webhooks may go: only to public addresses.
//!
//! A webhook URL is chosen by somebody else, and must not make the gateway talk to machines that
//! only the gateway can reach. A host name can change its address between a check and a
//! connection, so the resolver that the connection uses checks too; addresses that stand in the
//! URL itself never reach the resolver and are checked here before each attempt.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Why a webhook may not be sent to its target.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("the webhook URL must be http or https, with a host and without a user name")]
    NotHttp,
    #[error("the webhook URL must use https, except in test mode")]
    NotHttps,
    #[error("the webhook URL leads to port 0, which no server has")]
    NoPort,
    #[error("the webhook URL leads to a private address: see webhooks.allow_private_addresses")]
    Private,
    /// A name that nobody has, or one of a private address: whoever chose the URL learns not which.
    #[error("the webhook URL's name leads to no public address")]
    NotPublic,
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
    check(&url, allow_private)?;
    Ok(url)
}

/// Checks what stands in the URL itself, right before it is dialled.
pub fn check(url: &Url, allow_private: bool) -> Result<(), TargetError> {
    if url.port() == Some(0) {
        return Err(TargetError::NoPort);
    }
    if allow_private {
        return Ok(());
    }
    refuse_private_literal(url)
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

/// Whether an address belongs to the public internet: not to a range that IANA reserves
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>, and the one for IPv6), nor to
/// one under which a cloud serves its own machines.
pub fn is_public(address: IpAddr) -> bool {
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
        || (a == 203 && b == 0 && c == 113)
        || is_of_a_cloud(address))
}

/// Public by IANA's list, and yet served to the machines of one cloud only: Azure's services of
/// the host (<https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16>),
/// and IBM Cloud's private endpoints (<https://cloud.ibm.com/docs/vpc?topic=vpc-service-endpoints-for-vpc>).
fn is_of_a_cloud(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address == Ipv4Addr::new(168, 63, 129, 16)
        || (a == 161 && b == 26)
        || (a == 166 && (8..12).contains(&b))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = behind_nat64(address) {
        return is_public_v4(inner);
    }
    let [a, b, ..] = address.segments();
    // Only 2000::/3 is public, and there some ranges carry IPv4 addresses or are for documents.
    (0x2000..0x4000).contains(&a)
        && a != 0x2002
        && !(a == 0x2001 && (b < 0x200 || b == 0xdb8))
        && !(a == 0x3fff && b < 0x1000)
}

/// Where a network has IPv6 only, every host of IPv4 has this form: RFC 6052,
/// `64:ff9b::/96`.
fn behind_nat64(address: Ipv6Addr) -> Option<Ipv4Addr> {
    const PREFIX: u128 = 0x64_ff9b << 96;
    let inner = u128::from(address).checked_sub(PREFIX)?;
    u32::try_from(inner).ok().map(Ipv4Addr::from)
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
            "https://168.63.129.16/",
            "https://161.26.0.10/",
            "https://166.9.1.1/",
            "https://192.0.0.192/",
            "https://100.100.100.200/",
            "https://[fd00:ec2::254]/",
            "https://[64:ff9b::a00:1]/",
            "https://[64:ff9b::a83f:8110]/",
            "https://[64:ff9b::1:808:808]/",
            "https://[64:ff9b:1::808:808]/",
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
            "https://[64:ff9b::5db8:d822]/",
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

    #[test]
    fn port_0_is_refused_also_where_private_addresses_are_allowed() {
        for url in ["http://shop.example:0/hook", "https://8.8.8.8:0/"] {
            for allow_private in [false, true] {
                let refused = parse(url, true, allow_private);
                assert!(matches!(refused, Err(TargetError::NoPort)), "{url}");
            }
        }
    }
}
