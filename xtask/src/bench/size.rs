//! What the page weighs: its files, and the first answer of /pay/.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde::Deserialize;

use super::http;
use crate::{
    build,
    failure::{Failure, Outcome},
    places, setup,
};

const FIRST_ANSWER: usize = 14 * 1024;
const FILES_AIM: usize = 60 * 1024;
const FILES_MOST: usize = 80 * 1024;

pub fn run() -> Outcome {
    build::release(&setup::for_build()?)?;

    let mut together = 0;
    println!("{:<30}{:>10}{:>12}  budget", "", "raw", "brotli 11");
    for (kind, extension) in [("wasm", "wasm"), ("glue", "js"), ("CSS", "css")] {
        let (mut raw, mut small) = (0, 0);
        for path in files(extension)? {
            let bytes = fs::read(&path).map_err(Failure::io(path.display()))?;
            raw += bytes.len();
            small += compressed(&bytes)?;
        }
        together += small;
        println!("{kind:<30}{raw:>10}{small:>12}");
    }
    println!(
        "{:<30}{:>10}{together:>12}  aim {FILES_AIM}, most {FILES_MOST}: {}",
        "wasm + glue + CSS",
        "",
        if together <= FILES_AIM {
            "in the aim"
        } else if together <= FILES_MOST {
            "within"
        } else {
            "OVER"
        }
    );

    let page = first_answer()?;
    let verdict = if !page.is_brotli() {
        "NOT compressed with brotli"
    } else if page.body.len() <= FIRST_ANSWER {
        "within"
    } else {
        "OVER"
    };
    println!(
        "{:<30}{:>10}{:>12}  most {FIRST_ANSWER}: {verdict}",
        "first HTML of /pay/",
        "",
        page.body.len()
    );
    Ok(())
}

fn files(extension: &str) -> Outcome<Vec<PathBuf>> {
    let dist = places::dist();
    let entries = fs::read_dir(&dist).map_err(Failure::io(dist.display()))?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths
        .filter(|path| path.extension().is_some_and(|own| own == extension))
        .collect())
}

fn compressed(bytes: &[u8]) -> Outcome<usize> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut out, &parameters).map_err(Failure::io("brotli"))?;
    Ok(out.len())
}

fn first_answer() -> Outcome<http::Answer> {
    #[derive(Deserialize)]
    struct Ready {
        payment_url: String,
    }

    let demo = Demo::start()?;
    let line = demo.first_line.as_str();
    let ready: Ready = serde_json::from_str(line)
        .map_err(|error| Failure::new(format!("the demo says {line:?}: {error}")))?;
    http::get(&ready.payment_url)
}

/// A demo with data of its own, both gone when it is dropped.
struct Demo {
    process: Child,
    data: PathBuf,
    first_line: String,
}

impl Demo {
    fn start() -> Outcome<Self> {
        let program = places::gateway("release");
        let data = places::target().join(format!("bench-{}", std::process::id()));
        let mut process = Command::new(&program)
            .args(["demo", "--json", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Failure::io(program.display()))?;
        let output = process.stdout.take();
        let mut demo = Self {
            process,
            data,
            first_line: String::new(),
        };
        if let Some(output) = output {
            BufReader::new(output)
                .read_line(&mut demo.first_line)
                .map_err(Failure::io("the demo"))?;
        }
        Ok(demo)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Nothing can be done about a process or folder that is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}
