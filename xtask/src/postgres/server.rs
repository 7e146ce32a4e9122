//! A PostgreSQL of our own, which ends when we do, whatever ends us: `server.sh` watches a pipe that
//! only this process holds.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use crate::{
    failure::{Failure, Outcome},
    programs,
};

const SCRIPT: &str = include_str!("server.sh");

pub struct Server {
    shell: Child,
    output: BufReader<ChildStdout>,
    url: String,
}

/// Whether what is committed is flushed to the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flushes {
    /// Much faster.
    Never,
    /// As real servers do.
    Always,
}

impl Server {
    /// `programs` is the folder that holds PostgreSQL's.
    pub fn start(programs: &Path, flushes: Flushes) -> Outcome<Self> {
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "server.sh"])
            .arg(programs)
            .args((flushes == Flushes::Always).then_some("durable"))
            // Every user may be there, which our own folder does not promise.
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        drop_rights(&mut command)?;
        let cannot_start = "PostgreSQL cannot be started";
        let mut shell = command.spawn().map_err(Failure::io(cannot_start))?;
        let output = shell.stdout.take().map(BufReader::new);
        let mut output = output.ok_or_else(|| Failure::new(cannot_start))?;
        let mut line = String::new();
        output
            .read_line(&mut line)
            .map_err(Failure::io(cannot_start))?;
        let server = Self {
            shell,
            output,
            url: line.trim().to_owned(),
        };
        if server.url.is_empty() {
            return Err(Failure::new(format!(
                "{cannot_start}: see what it says above"
            )));
        }
        Ok(server)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns when the shell ends although we are still here.
    pub fn wait(mut self) {
        let _ = self.output.read_to_end(&mut Vec::new());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It closes the pipe first.
        let _ = self.shell.wait();
    }
}

/// PostgreSQL refuses to run as root.
#[cfg(unix)]
fn drop_rights(command: &mut Command) -> Outcome {
    use std::os::unix::process::CommandExt as _;

    let number = |arguments: &[&str]| programs::ask("id", arguments)?.trim().parse::<u32>().ok();
    if number(&["-u"]) != Some(0) {
        return Ok(());
    }
    let mut users = ["postgres", "nobody"].into_iter();
    let (user, group) = users
        .find_map(|name| number(&["-u", name]).zip(number(&["-g", name])))
        .ok_or_else(|| {
            Failure::new("PostgreSQL refuses to run as root: add a user `postgres` and repeat")
        })?;
    command.uid(user).gid(group);
    Ok(())
}

#[cfg(not(unix))]
fn drop_rights(_command: &mut Command) -> Outcome {
    Ok(())
}
