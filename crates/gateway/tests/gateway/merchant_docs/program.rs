//! The whole shops of docs/integrate.md, each started as it says there.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::time::{Duration, sleep};

use super::{documented, is_documented};
use crate::patience::patiently;
use crate::signals::signal_group;

#[derive(Clone, Copy, Debug)]
pub enum Language {
    Php,
    Node,
    Python,
    Go,
}

impl Language {
    /// What runs it, the file, and the command that the document gives.
    const fn start(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Php => ("php", "shop.php", "php -S localhost:9000 shop.php"),
            Self::Node => ("node", "shop.mjs", "node shop.mjs"),
            Self::Python => ("python3", "shop.py", "python3 shop.py"),
            Self::Go => ("go", "shop.go", "go run shop.go"),
        }
    }

    /// Whether its shop keeps its orders in SQLite, or in a file of JSON.
    pub const fn has_sqlite(self) -> bool {
        matches!(self, Self::Php | Self::Python)
    }

    fn is_installed(self) -> bool {
        let (program, ..) = self.start();
        let argument = if program == "go" {
            "version"
        } else {
            "--version"
        };
        let mut version = Command::new(program);
        match version.arg(argument).stdout(Stdio::null()).status() {
            Ok(status) => status.success(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => panic!("{error}"),
        }
    }
}

/// A shop at work, with all processes that its command has started.
pub struct Program {
    child: Child,
}

impl Drop for Program {
    fn drop(&mut self) {
        signal_group(&self.child, "KILL");
        let _ = self.child.wait();
    }
}

impl Program {
    /// `None` where the language is not installed.
    pub async fn start(
        language: Language,
        folder: &Path,
        address: SocketAddr,
        environment: &[(&str, &str)],
    ) -> Option<Self> {
        if !language.is_installed() {
            eprintln!("{language:?} is not installed here: `cargo xtask setup` installs it");
            return None;
        }
        let (_, file, command) = language.start();
        assert!(is_documented(command), "{command}");
        fs::write(folder.join(file), documented(file)).unwrap();
        if let Language::Go = language {
            // The first build of its standard library takes as long as the machine needs.
            let mut build = Command::new("go");
            build
                .args(["build", "-o", "built", file])
                .current_dir(folder);
            assert!(build.status().unwrap().success());
        }
        let here = command.replace("localhost:9000", &address.to_string());
        let child = Command::new("sh")
            .args(["-c", &here])
            .current_dir(folder)
            .env("PORT", address.port().to_string())
            .envs(environment.iter().copied())
            .process_group(0)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let program = Self { child };
        let listening = async {
            while TcpStream::connect(address).is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        patiently("the shop", listening).await;
        Some(program)
    }
}
