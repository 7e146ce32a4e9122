//! Databases that are files, whatever the gateway's own is.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnectOptions;

pub type FileConnection = sqlx::SqliteConnection;

/// A connection to any database that is a file, which must exist.
pub async fn open_file(file: &Path) -> FileConnection {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(Duration::from_secs(10));
    FileConnection::connect_with(&options).await.unwrap()
}
