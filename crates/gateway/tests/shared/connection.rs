//! Where tests open a gateway's database beside the gateway.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnectOptions;

pub type Connection = sqlx::SqliteConnection;

/// The file that is the database of a data folder.
pub fn file(data: &Path) -> PathBuf {
    data.join("gateway.sqlite")
}

/// A connection of the test's own to the database of a data folder.
pub async fn open(data: &Path) -> Connection {
    open_file(&file(data)).await
}

/// The same to any database that is a file, which must exist.
pub async fn open_file(file: &Path) -> Connection {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(Duration::from_secs(10));
    Connection::connect_with(&options).await.unwrap()
}
