//! Where tests open a gateway's database beside the gateway: a file, or one of its own on a server
//! where `cargo xtask` has started one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use sqlx::any::install_default_drivers;
use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, Connection as _};
use usdt_gateway::config::DatabaseUrl;

pub type Connection = sqlx::AnyConnection;

/// The file that is the database of a data folder.
pub fn file(data: &Path) -> PathBuf {
    data.join("gateway.sqlite")
}

/// Where it is written which database on a server is that of a data folder.
fn note(data: &Path) -> PathBuf {
    data.join("test-database")
}

/// Makes an empty database on the server, if there is one, for the gateway of a data folder.
pub async fn make(data: &Path) -> Option<String> {
    let server = env::var("TEST_POSTGRES").ok()?;
    let name = format!("test_{:032x}", rand::random::<u128>());
    Some(make_on(&server, &name, data).await)
}

/// The same on a server and under a name of the test's choice.
pub async fn make_on(server: &str, name: &str, data: &Path) -> String {
    let (address, _) = server.rsplit_once('/').unwrap();
    install_default_drivers();
    let mut connection = Connection::connect(server).await.unwrap();
    // Another one may be making its own, from the same template.
    let made = format!("CREATE DATABASE {name}");
    while let Err(error) = sqlx::raw_sql(AssertSqlSafe(made.clone()))
        .execute(&mut connection)
        .await
    {
        let code = error.as_database_error().and_then(DatabaseError::code);
        assert_eq!(code.as_deref(), Some("55006"), "{error}");
    }
    let url = format!("{address}/{name}");
    fs::write(note(data), &url).unwrap();
    url
}

/// The database on the server that is that of a data folder.
pub fn on_server(data: &Path) -> Option<DatabaseUrl> {
    let url = fs::read_to_string(note(data)).ok()?;
    Some(DatabaseUrl::parse(&url, None).unwrap())
}

/// A connection of the test's own to the database of a data folder.
pub async fn open(data: &Path) -> Connection {
    install_default_drivers();
    if let Some(url) = on_server(data) {
        return Connection::connect(url.reveal().as_str()).await.unwrap();
    }
    let file = file(data);
    let url = format!("sqlite://{}?mode=rw", file.to_str().unwrap());
    let mut connection = Connection::connect(&url).await.unwrap();
    sqlx::raw_sql("PRAGMA busy_timeout = 10000")
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}
