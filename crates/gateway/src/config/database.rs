//! Where a database on a server is.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

/// What an address may say besides user, host, port and name.
const PARAMETERS: [&str; 5] = ["host", "sslmode", "sslrootcert", "sslcert", "sslkey"];

const ESCAPES: &str = "names no database, or has a password in which / ? # or @ are not written as %2F %3F \
    %23 %40: better keep it in database_password_file";

/// Where a database is, and who asks. A password is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Url);

impl DatabaseUrl {
    /// Reads `postgres://user@host/name`. `password` is one that is kept apart. To another machine
    /// the connection is encrypted, and the server must prove its name, unless `sslmode` says
    /// otherwise.
    pub fn parse(text: &str, password: Option<&str>) -> Result<Self, String> {
        let mut url: Url = text
            .parse()
            .map_err(|error| format!("{error}, such as postgres://user@host/name"))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(
                "must begin with postgres://; without it, the database is a file".to_owned(),
            );
        }
        let name = url.path().trim_matches('/');
        if name.is_empty() {
            return Err("must name a database, such as postgres://user@host/name".to_owned());
        }
        // Else a part of the password would be printed as that of a path.
        let has_at = url.query().is_some_and(|query| query.contains('@'));
        if name.contains(['/', '@']) || has_at || url.fragment().is_some() {
            return Err(ESCAPES.to_owned());
        }
        let mut seen = Vec::new();
        for (name, _) in url.query_pairs() {
            if !PARAMETERS.contains(&&*name) {
                let known = PARAMETERS.join(", ");
                return Err(format!(
                    "has the parameter {name:?}: only {known} are known"
                ));
            }
            if seen.contains(&name) {
                return Err(format!("has the parameter {name:?} twice"));
            }
            seen.push(name);
        }
        if host(&url).is_none() {
            return Err(
                "must name a host, or a socket's folder such as ?host=/run/postgresql".to_owned(),
            );
        }
        if password.is_some() && url.password().is_some() {
            return Err("has a password, and another one is given apart".to_owned());
        }
        // What a URL leaves as it is would be read as an escape.
        if let Some(password) = password.map(|text| text.replace('%', "%25"))
            && url.set_password(Some(&password)).is_err()
        {
            return Err("must name its host as in postgres://user@host/name".to_owned());
        }
        let has_mode = url.query_pairs().any(|(name, _)| name == "sslmode");
        if !has_mode && is_elsewhere(&url) {
            url.query_pairs_mut().append_pair("sslmode", "verify-full");
        }
        // A certificate names an address without the brackets.
        if let Some(Host::Ipv6(address)) = url.host().map(|host| host.to_owned())
            && url.query_pairs().all(|(name, _)| name != "host")
        {
            url.query_pairs_mut()
                .append_pair("host", &address.to_string());
        }
        Ok(Self(url))
    }

    /// With the password: for the driver, and nobody else.
    pub const fn reveal(&self) -> &Url {
        &self.0
    }
}

/// The server, or the folder of its socket, that the driver takes.
fn host(url: &Url) -> Option<String> {
    let given = url.query_pairs().find(|(name, _)| name == "host");
    given
        .map(|(_, host)| host.into_owned())
        .or_else(|| url.host_str().map(str::to_owned))
        .filter(|host| !host.is_empty())
}

/// Whether the server may be another machine: not behind a socket or this machine's own address.
fn is_elsewhere(url: &Url) -> bool {
    host(url).is_some_and(|host| {
        let is_socket = host.starts_with('/') || host.to_lowercase().starts_with("%2f");
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        !is_socket && !is_local
    })
}

/// Without the password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.0.clone();
        if url.password().is_some() {
            let _ = url.set_password(None);
        }
        url.set_query(None);
        fmt::Display::fmt(&url, f)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_printed_without_its_password() {
        let url = DatabaseUrl::parse("postgres://pay:s3cret@db.example.com/pay", None).unwrap();
        assert_eq!(format!("{url} {url:?}").matches("s3cret").count(), 0);
        assert_eq!(url.to_string(), "postgres://pay@db.example.com/pay");
        let apart = DatabaseUrl::parse("postgres://pay@db.example.com/pay", Some("s3cret"));
        assert_eq!(apart.unwrap(), url);
        let odd = DatabaseUrl::parse("postgres://pay@localhost/pay", Some("a%41/ä@:b")).unwrap();
        let password = "a%2541%2F%C3%A4%40%3Ab";
        assert_eq!(odd.reveal().password(), Some(password));
    }

    #[test]
    fn a_password_that_is_read_as_another_part_is_refused_and_not_told() {
        for text in [
            "postgres://pay:12/s3cret@db.example.com/pay",
            "postgres://pay:12/x?s3cret@db.example.com/pay",
            "postgres://pay:12/x?s3cret=@db.example.com/pay",
            "postgres://pay:12/x#s3cret@db.example.com/pay",
            "postgres://pay:12?s3cret@db.example.com/pay",
            "postgres://pay:s3cret/x@db.example.com/pay",
        ] {
            let error = DatabaseUrl::parse(text, None).unwrap_err();
            assert!(!error.contains("s3cret"), "{text}: {error}");
        }
    }

    #[test]
    fn another_machine_is_talked_to_encrypted() {
        for (text, is_encrypted) in [
            ("postgres://pay@db.example.com/pay", true),
            ("postgres://pay@10.0.0.7:5433/pay", true),
            ("postgres://pay@[2001:db8::7]/pay", true),
            ("postgres://pay@localhost/pay", false),
            ("postgres://pay@127.0.0.1/pay", false),
            ("postgres://pay@[::1]/pay", false),
            ("postgres:///pay?host=/run/postgresql", false),
            ("postgres://pay@%2frun%2Fpostgresql/pay", false),
            ("postgres:///pay?host=db.example.com", true),
            ("postgres://pay@db.example.com/pay?sslmode=disable", false),
        ] {
            let url = DatabaseUrl::parse(text, None).unwrap();
            let is_set = url.0.as_str().contains("sslmode=verify-full");
            assert_eq!(is_set, is_encrypted, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "pay",
            "mysql://pay@localhost/pay",
            "postgres://pay@localhost",
            "postgres://pay@localhost/pay?password=s3cret",
            "postgres:///pay",
            "postgres:///pay?host=localhost&host=db.example.com",
        ] {
            assert!(DatabaseUrl::parse(text, None).is_err(), "{text}");
        }
        let twice = DatabaseUrl::parse("postgres://pay:one@localhost/pay", Some("two"));
        assert!(twice.is_err());
    }
}
