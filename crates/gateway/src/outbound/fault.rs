//! Whose fault it is that a webhook did not get through: this machine's, or the receiver's.

use std::error::Error;
use std::io;

use dns_lookup::LookupErrorKind;
use rustix::io::Errno;

/// What this machine lacks when a connection fails by it, wherever the receiver is.
const OURS: [Errno; 6] = [
    Errno::MFILE,
    Errno::NFILE,
    Errno::NOMEM,
    Errno::NOBUFS,
    Errno::NETDOWN,
    Errno::ADDRNOTAVAIL,
];

/// What the kernel says of an address that it has no way to. A connection fails by these too where
/// a router of the receiver's refuses it, so they are ours only before anything is sent.
const NO_WAY: [Errno; 3] = [Errno::NETUNREACH, Errno::ACCESS, Errno::PERM];

/// A fault of this machine: the receiver was not asked, or could not be heard.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct LocalFault(pub String);

/// What the operating system's resolver says of a name.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    #[error("{0}")]
    Unknown(io::Error),
    #[error(transparent)]
    Local(#[from] LocalFault),
}

impl From<dns_lookup::LookupError> for LookupError {
    fn from(error: dns_lookup::LookupError) -> Self {
        let kind = error.kind();
        let error = io::Error::from(error);
        if is_of_resolver(kind) {
            Self::Local(LocalFault(format!("the resolver fails: {error}")))
        } else {
            Self::Unknown(error)
        }
    }
}

/// Whether the resolver failed, rather than having found that there is no such name. It answers
/// "try again" also where only the name's own servers are down, and the two cannot be told apart.
fn is_of_resolver(kind: LookupErrorKind) -> bool {
    use LookupErrorKind::{Again, Fail, Memory, System};
    matches!(kind, Again | Fail | Memory | System)
}

fn is_local(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory
        || Errno::from_io_error(error).is_some_and(|errno| OURS.contains(&errno))
}

/// Whether this machine has no way to an address, as the kernel says before anything is sent.
pub fn has_no_way(error: &io::Error) -> bool {
    is_local(error) || Errno::from_io_error(error).is_some_and(|errno| NO_WAY.contains(&errno))
}

/// This machine's fault among the causes of an error, or else what the innermost cause says: the
/// outer ones repeat the URL.
pub fn judge(error: &(dyn Error + 'static)) -> Result<String, LocalFault> {
    let mut cause = error;
    loop {
        if let Some(LookupError::Local(LocalFault(text))) = cause.downcast_ref() {
            return Err(LocalFault(text.clone()));
        }
        if let Some(io) = cause.downcast_ref::<io::Error>()
            && is_local(io)
        {
            return Err(LocalFault(io.to_string()));
        }
        match cause.source() {
            Some(source) => cause = source,
            None => return Ok(cause.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a client of HTTP wraps it.
    #[derive(Debug, thiserror::Error)]
    #[error("error sending request for url (https://shop.example/hook)")]
    struct Wrapped(#[source] Box<dyn Error + Send + Sync>);

    #[test]
    fn no_route_no_descriptors_and_no_memory_are_faults_of_this_machine() {
        for errno in OURS {
            let error = Wrapped(io::Error::from(errno).into());
            assert!(judge(&error).is_err(), "{errno}");
        }
        for errno in NO_WAY {
            assert!(has_no_way(&errno.into()), "{errno}");
            let error = Wrapped(io::Error::from(errno).into());
            assert!(judge(&error).is_ok(), "{errno}: a router may have said so");
        }
        for errno in [
            Errno::CONNREFUSED,
            Errno::CONNRESET,
            Errno::TIMEDOUT,
            Errno::HOSTUNREACH,
        ] {
            let error = Wrapped(io::Error::from(errno).into());
            assert!(judge(&error).is_ok(), "{errno}");
        }
    }

    #[test]
    fn a_failing_resolver_is_a_fault_of_this_machine_and_an_unknown_name_is_not() {
        use LookupErrorKind::{Again, Fail, Memory, NoData, NoName, System};
        for kind in [Again, Fail, Memory, System] {
            assert!(is_of_resolver(kind), "{kind:?}");
        }
        for kind in [NoName, NoData] {
            assert!(!is_of_resolver(kind), "{kind:?}");
        }
        let down = LookupError::Local(LocalFault("the resolver fails".to_owned()));
        assert!(judge(&Wrapped(down.into())).is_err());
        let unknown = LookupError::Unknown(io::Error::other("no such name"));
        assert_eq!(judge(&Wrapped(unknown.into())).unwrap(), "no such name");
    }
}
