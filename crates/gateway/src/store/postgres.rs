//! PostgreSQL: a database on a server, where one machine is not enough.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{Migrate as _, Migrator};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Executor as _};
use url::Url;

use super::dialect::Dialect;
use super::{Store, StoreError};

/// Connections of one gateway: what waits for the same lock needs no more of them.
const WRITERS: u32 = 8;
const READERS: u32 = 8;

/// Whoever waits for a connection is told after so long that there is none.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Where sqlx writes down which of them were made.
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

/// Of every connection. A payment that was answered for outlives a power cut, whatever the server's
/// own setting is; a transaction sees what others have committed; and nobody waits for a lock, or holds
/// one, without end.
const SETTINGS: &str = "SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') IN ('off', 'local');
    SET default_transaction_isolation = 'read committed';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s'";

/// What an address may say besides user, host, port and name.
const PARAMETERS: [&str; 5] = ["host", "sslmode", "sslrootcert", "sslcert", "sslkey"];

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
            return Err("must begin with postgres://; without it, the database is a file".to_owned());
        }
        if url.path().trim_matches('/').is_empty() {
            return Err("must name a database, such as postgres://user@host/name".to_owned());
        }
        if let Some((unknown, _)) = url
            .query_pairs()
            .find(|(name, _)| !PARAMETERS.contains(&&**name))
        {
            let known = PARAMETERS.join(", ");
            return Err(format!("has the parameter {unknown:?}: only {known} are known"));
        }
        if password.is_some() && url.password().is_some() {
            return Err("has a password, and another one is given apart".to_owned());
        }
        if let Some(password) = password
            && url.set_password(Some(password)).is_err()
        {
            return Err("has a password and no host to send it to".to_owned());
        }
        let has_mode = url.query_pairs().any(|(name, _)| name == "sslmode");
        if !has_mode && is_elsewhere(&url) {
            url.query_pairs_mut().append_pair("sslmode", "verify-full");
        }
        Ok(Self(url))
    }

    fn options(&self) -> Result<AnyConnectOptions, StoreError> {
        let mut url = self.0.clone();
        url.query_pairs_mut()
            .append_pair("application_name", "usdt-gateway");
        Ok(AnyConnectOptions::from_url(&url)?.disable_statement_logging())
    }
}

/// Whether the server may be another machine: not behind a socket or this machine's own address.
fn is_elsewhere(url: &Url) -> bool {
    let socket = url.query_pairs().find(|(name, _)| name == "host");
    let host = match &socket {
        Some((_, host)) => Some(&**host),
        None => url.host_str(),
    };
    host.is_some_and(|host| {
        let is_socket = host.starts_with('/') || host.starts_with("%2F");
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let is_local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
        !is_socket && !is_local && !host.is_empty()
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

impl Store {
    /// Makes the tables of a gateway in an empty database, and opens it.
    pub async fn create_on(database: &DatabaseUrl, data_dir: &Path) -> Result<Self, StoreError> {
        install_default_drivers();
        let mut connection = database.options()?.connect().await?;
        if has_table(&mut connection, MIGRATIONS_TABLE).await? {
            return Err(StoreError::Taken(database.to_string()));
        }
        MIGRATIONS.run(&mut connection).await?;
        connection.close().await?;
        Self::open_on(database, data_dir).await
    }

    /// Opens a gateway's database on a server, and brings it up to date.
    pub async fn open_on(database: &DatabaseUrl, data_dir: &Path) -> Result<Self, StoreError> {
        install_default_drivers();
        let mut connection = database.options()?.connect().await?;
        require_gateway(&mut connection, database).await?;
        MIGRATIONS.run(&mut connection).await?;
        connection.close().await?;
        Ok(Self {
            readers: pool(database, READERS).await?,
            writer: pool(database, WRITERS).await?,
            dialect: Dialect::Postgres,
            mark: None,
            data_dir: data_dir.into(),
            damage: Arc::default(),
        })
    }
}

async fn pool(database: &DatabaseUrl, connections: u32) -> Result<AnyPool, StoreError> {
    Ok(AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(SETTINGS).await?;
                Ok(())
            })
        })
        .connect_with(database.options()?)
        .await?)
}

/// Refuses what is no gateway's database, or one that a newer version has changed.
async fn require_gateway(
    connection: &mut AnyConnection,
    database: &DatabaseUrl,
) -> Result<(), StoreError> {
    if !has_table(connection, MIGRATIONS_TABLE).await? {
        return Err(StoreError::NoGateway(database.to_string()));
    }
    let made = connection.list_applied_migrations(MIGRATIONS_TABLE).await?;
    let is_known = |version| MIGRATIONS.iter().any(|one| one.version == version);
    if made.iter().all(|one| is_known(one.version)) {
        Ok(())
    } else {
        Err(StoreError::Newer(database.to_string()))
    }
}

async fn has_table(connection: &mut AnyConnection, name: &str) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 WHERE to_regclass($1) IS NOT NULL")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
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
            ("postgres://pay@%2Frun%2Fpostgresql/pay", false),
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
        ] {
            assert!(DatabaseUrl::parse(text, None).is_err(), "{text}");
        }
        let twice = DatabaseUrl::parse("postgres://pay:one@localhost/pay", Some("two"));
        assert!(twice.is_err());
    }
}
