//! Running other programs: in the open, or quietly with a log and a sign of life.

use std::{
    env,
    fs::File,
    io::{self, IsTerminal, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::failure::{Failure, Outcome};

/// A cargo or a tool that calls cargo, freed of what the cargo above us tells its children:
/// some build scripts watch those variables and would run again for nothing.
pub fn cargo_like(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir(crate::places::root());
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let inherited = [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ];
        if text == "CARGO" || inherited.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

pub fn cargo() -> Command {
    cargo_like("cargo")
}

/// Puts folders in front of the command's PATH.
pub fn prepend_path(command: &mut Command, folders: &[PathBuf]) -> Outcome {
    let now = env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(env::split_paths(&now));
    let path = env::join_paths(all)
        .map_err(|error| Failure::new(format!("PATH cannot be extended: {error}")))?;
    command.env("PATH", path);
    Ok(())
}

/// Runs with the output of the program as ours; `Ok(false)` says that it failed.
pub fn succeeds(command: &mut Command) -> Outcome<bool> {
    let status = command.status().map_err(cannot_start(command))?;
    Ok(status.success())
}

/// Runs with everything the program says on standard error, so that the standard output of
/// a task stays its own.
pub fn run(command: &mut Command, otherwise: &str) -> Outcome {
    if succeeds(command.stdout(io::stderr()))? {
        Ok(())
    } else {
        Err(Failure::new(otherwise))
    }
}

/// Runs with all output in a log file, showing that time passes; `Ok(false)` says that it failed.
pub fn succeeds_quietly(command: &mut Command, log: &Path) -> Outcome<bool> {
    let file = File::options()
        .create(true)
        .append(true)
        .open(log)
        .map_err(Failure::io(format!("cannot write {}", log.display())))?;
    let other = file
        .try_clone()
        .map_err(Failure::io(format!("cannot write {}", log.display())))?;
    let child = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(other)
        .spawn()
        .map_err(cannot_start(command))?;
    wait(child, log).map_err(Failure::io("cannot wait for a program"))
}

fn wait(mut child: Child, log: &Path) -> io::Result<bool> {
    let terminal = io::stderr().is_terminal();
    let interval = Duration::from_secs(if terminal { 1 } else { 30 });
    let start = Instant::now();
    let mut next = interval;
    loop {
        if let Some(status) = child.try_wait()? {
            if terminal && start.elapsed() >= interval {
                eprint!("\r\x1b[K");
            }
            return Ok(status.success());
        }
        if start.elapsed() >= next {
            let line = format!("      {} s  {}", start.elapsed().as_secs(), last_line(log));
            if terminal {
                eprint!("\r\x1b[K{}", line.chars().take(78).collect::<String>());
                io::stderr().flush()?;
            } else {
                eprintln!("{line}");
            }
            next += interval;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn last_line(log: &Path) -> String {
    let tail = || -> io::Result<String> {
        let mut file = File::open(log)?;
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(400)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = tail().unwrap_or_default();
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    last.unwrap_or_default().trim().to_owned()
}

fn cannot_start(command: &Command) -> impl FnOnce(io::Error) -> Failure + use<> {
    let program = command.get_program().to_string_lossy().into_owned();
    move |error| Failure::new(format!("`{program}` cannot be started: {error}"))
}
