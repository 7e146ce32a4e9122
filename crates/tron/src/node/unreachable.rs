//! Why no whole answer came from a node, told in one sentence.

use std::error::Error;
use std::io;

use reqwest::Url;
use rustls::CertificateError;

use super::NodeError;
use super::endpoint::origin;

/// What the HTTP client failed with on the way to `url`. Neither the path nor the query is told,
/// since many providers want the API key there.
pub(super) fn unreachable(error: reqwest::Error, url: &Url) -> NodeError {
    NodeError::Unreachable(format!("{}: {}", origin(url), cause(&error.without_url())))
}

/// What the HTTP client cannot be built for.
pub(super) fn no_client(error: reqwest::Error) -> NodeError {
    let error = error.without_url();
    // The one fault of a client that has no certificates of its own: it finds none.
    if chain(&error).any(<dyn Error>::is::<rustls::Error>) {
        NodeError::NoAuthorities
    } else {
        NodeError::Unreachable(whole(&error))
    }
}

fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return if error.is_connect() {
            "no connection came about in time".to_owned()
        } else {
            "no whole answer came in time".to_owned()
        };
    }
    chain(error)
        .find_map(known)
        .map_or_else(|| whole(error), str::to_owned)
}

/// What is known of an error that operators meet.
fn known(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(rustls::Error::InvalidCertificate(certificate)) = error.downcast_ref() {
        return Some(match certificate {
            CertificateError::UnknownIssuer => {
                "its certificate is of an authority that this machine does not know"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired, or this machine's clock is wrong"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet, or this machine's clock is wrong"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is for another name"
            }
            _ => return None,
        });
    }
    // The resolver's error has no type to tell it by.
    if error.to_string() == "dns error" {
        return Some("its name is not found");
    }
    match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some("the connection is refused"),
        io::ErrorKind::ConnectionReset => Some("the connection is reset"),
        _ => None,
    }
}

/// Every cause in the error's own words, the outermost first.
fn whole(error: &reqwest::Error) -> String {
    let mut told: Vec<String> = Vec::new();
    for text in chain(error).map(ToString::to_string) {
        // Some repeat what they are caused by.
        if told.last().is_none_or(|last| !last.contains(&text)) {
            told.push(text);
        }
    }
    told.join(": ")
}

/// The error and what it was caused by, one after the other.
fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |error| under(*error))
}

fn under<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // An I/O error passes over what it wraps.
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
