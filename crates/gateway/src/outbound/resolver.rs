//! Finds the addresses of receivers: public ones only, and those that this machine has a way to.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use dns_lookup::{AddrInfoHints, SockType};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::fault::{LocalFault, LookupError, has_no_way};
use super::target::{TargetError, is_public};

/// Asks the operating system's resolver.
pub struct Resolver {
    pub allow_private: bool,
    /// Shorter than what a connection may take, so that a silent resolver is known as what it is.
    pub time: Duration,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow_private, time) = (self.allow_private, self.time);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let asked = tokio::task::spawn_blocking(move || look_up(&host));
            let silent =
                |_| LookupError::Local(LocalFault("the resolver does not answer".to_owned()));
            let found = tokio::time::timeout(time, asked).await.map_err(silent)??;
            let addresses = match found {
                Err(LookupError::Unknown(_)) if !allow_private => Vec::new(),
                found => found?,
            };
            // One private address among public ones is a trap as well.
            let is_public =
                !addresses.is_empty() && addresses.iter().all(|address| is_public(address.ip()));
            if allow_private || is_public {
                Ok(Box::new(with_a_way(addresses)?.into_iter()) as Addrs)
            } else {
                Err(TargetError::NotPublic.into())
            }
        })
    }
}

fn look_up(host: &str) -> Result<Vec<SocketAddr>, LookupError> {
    let hints = AddrInfoHints {
        socktype: SockType::Stream.into(),
        ..AddrInfoHints::default()
    };
    let found =
        dns_lookup::getaddrinfo(Some(host), None, Some(hints)).map_err(LookupError::from)?;
    found
        .map(|one| one.map(|info| info.sockaddr))
        .collect::<io::Result<_>>()
        .map_err(LookupError::Unknown)
}

/// Drops the addresses of a family that this machine has no route for. Of several failures a
/// client tells one, and "no route" to one address would hide that the receiver refuses at another.
fn with_a_way(addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, LookupError> {
    let mut missing = None;
    let mut reachable = Vec::new();
    for address in addresses {
        match find_route(address) {
            Err(error) if has_no_way(&error) => missing = Some(error),
            _ => reachable.push(address),
        }
    }
    match missing {
        Some(error) if reachable.is_empty() => Err(LocalFault(error.to_string()).into()),
        _ => Ok(reachable),
    }
}

/// Asks the kernel alone: nothing is sent.
pub fn find_route(address: SocketAddr) -> io::Result<()> {
    let any: SocketAddr = if address.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    // No port is needed to find a route, and 0 is none.
    UdpSocket::bind(any)?.connect((address.ip(), 443))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver(allow_private: bool) -> Resolver {
        Resolver {
            allow_private,
            time: Duration::from_mins(1),
        }
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_a_private_address_is_not_dialled() {
        // Set in every hosts file, and not caught by the check of the URL alone.
        let name = || "localhost".parse::<Name>().unwrap();
        assert!(resolver(false).resolve(name()).await.is_err());
        assert!(resolver(true).resolve(name()).await.unwrap().count() > 0);
    }

    #[tokio::test]
    async fn a_private_name_is_refused_as_one_that_nobody_has() {
        let refused = async |name: &str| {
            let name = name.parse::<Name>().unwrap();
            resolver(false)
                .resolve(name)
                .await
                .err()
                .unwrap()
                .to_string()
        };
        assert_eq!(refused("localhost").await, refused("nobody.invalid").await);
    }

    #[test]
    fn an_address_without_a_route_does_not_hide_the_others() {
        // Broadcasts are refused by the kernel like what a firewall of this machine keeps out.
        let none = SocketAddr::from((Ipv4Addr::BROADCAST, 0));
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        assert_eq!(with_a_way(vec![none, here]).unwrap(), [here]);
        assert!(matches!(with_a_way(vec![none]), Err(LookupError::Local(_))));
    }
}
