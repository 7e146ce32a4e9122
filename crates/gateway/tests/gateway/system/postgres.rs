//! A PostgreSQL of the test's own, which crashes and starts again at will.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::database;
use crate::free_port::free_address;
use crate::patience::patiently;
use crate::signals::signal;

/// A commit that was answered for outlives the crash only because the gateway asks for that.
const SETTINGS: &str = "listen_addresses = '127.0.0.1'
max_connections = 200
shared_buffers = 64MB
fsync = off
synchronous_commit = off
";

pub struct Postgres {
    pub port: u16,
    folder: TempDir,
    programs: PathBuf,
    server: Child,
}

impl Postgres {
    /// Of the same version as the server that other tests use; `None` where there is none.
    pub async fn start() -> Option<Self> {
        let programs = database::programs().await?;
        // Under a folder that every user can search.
        let folder = tempfile::tempdir_in("/var/tmp").unwrap();
        if let Some((user, group)) = other_user() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let data = folder.path().join("data");
        let made = program(&programs, "initdb")
            .args([
                "--username",
                "postgres",
                "--auth",
                "trust",
                "--encoding",
                "UTF8",
            ])
            .args(["--no-locale", "--no-sync", "--pgdata"])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let port = free_address().port();
        let settings = format!(
            "{SETTINGS}port = {port}\nunix_socket_directories = '{}'\n",
            folder.path().display()
        );
        fs::write(data.join("postgresql.auto.conf"), settings).unwrap();
        let server = serve(&programs, &data);
        let postgres = Self {
            port,
            folder,
            programs,
            server,
        };
        postgres.is_ready().await;
        Some(postgres)
    }

    /// Where `port` leads to the server.
    pub fn url(port: u16, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{port}/{name}")
    }

    /// Ends all of it at once, without a checkpoint.
    pub fn crash(&mut self) {
        signal(&self.server, "QUIT");
        self.server.wait().unwrap();
    }

    pub async fn start_again(&mut self) {
        self.server = serve(&self.programs, &self.folder.path().join("data"));
        self.is_ready().await;
    }

    async fn is_ready(&self) {
        let ready = async {
            loop {
                let asked = program(&self.programs, "pg_isready")
                    .args(["--quiet", "--host", "127.0.0.1", "--port"])
                    .arg(self.port.to_string())
                    .status();
                if asked.unwrap().success() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        patiently("PostgreSQL", ready).await;
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.crash();
    }
}

fn serve(programs: &Path, data: &Path) -> Child {
    program(programs, "postgres")
        .arg("-D")
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// One of the server's programs, which refuse to run as root.
fn program(programs: &Path, name: &str) -> Command {
    let mut command = Command::new(programs.join(name));
    command.current_dir("/");
    if let Some((user, group)) = other_user() {
        command.uid(user).gid(group);
    }
    command
}

fn other_user() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let user = uzers::get_user_by_name("postgres").or_else(|| uzers::get_user_by_name("nobody"));
    user.map(|user| (user.uid(), user.primary_group_id()))
}
