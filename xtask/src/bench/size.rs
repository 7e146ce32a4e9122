//! What the page weighs: its files, the first answer of /pay/, and the script for shops.

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
    places, script, setup,
};

const FIRST_ANSWER: usize = 14 * 1024;
const FILES_AIM: usize = 60 * 1024;
const FILES_MOST: usize = 80 * 1024;
/// Half a kilobyte of it says what a shop has done wrong, and keeps payments apart.
const SCRIPT_MOST: usize = 3 * 1024 + 512;

pub fn run() -> Outcome {
    build::release(&setup::for_build()?)?;

    let mut together = 0;
    println!("{:<30}{:>10}{:>12}  budget", "", "raw", "brotli 11");
    for (kind, bytes) in [
        ("wasm", file("usdt-checkout_bg.wasm")?),
        ("glue", file("usdt-checkout.js")?),
        ("CSS", inline_style()?),
    ] {
        let small = compressed(&bytes)?;
        together += small;
        println!("{kind:<30}{:>10}{small:>12}", bytes.len());
    }
    println!(
        "{:<30}{:>10}{together:>12}  aim {FILES_AIM}, most {FILES_MOST}: {}",
        "wasm + glue + CSS",
        "",
        if together <= FILES_AIM {
            "in the aim"
        } else {
            verdict(together, FILES_MOST)
        }
    );

    let path = script::release();
    let bytes = fs::read(&path).map_err(Failure::io(path.display()))?;
    let small = compressed(&bytes)?;
    println!(
        "{:<30}{:>10}{small:>12}  most {SCRIPT_MOST}: {}",
        "script for shops",
        bytes.len(),
        verdict(small, SCRIPT_MOST)
    );

    let (language, page) = heaviest_page()?;
    let verdict = if page.is_brotli() {
        verdict(page.body.len(), FIRST_ANSWER)
    } else {
        "NOT compressed with brotli"
    };
    println!(
        "{:<30}{:>10}{:>12}  most {FIRST_ANSWER}: {verdict}",
        format!("first HTML of /pay/ ({language})"),
        "",
        page.body.len()
    );
    Ok(())
}

const fn verdict(size: usize, most: usize) -> &'static str {
    if size <= most { "within" } else { "OVER" }
}

/// A file that trunk built.
fn file(name: &str) -> Outcome<Vec<u8>> {
    let path = places::dist().join(name);
    fs::read(&path).map_err(Failure::io(path.display()))
}

/// The page's style, which comes with its HTML.
fn inline_style() -> Outcome<Vec<u8>> {
    let path = places::dist().join("index.html");
    let page = fs::read_to_string(&path).map_err(Failure::io(path.display()))?;
    page.split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"))
        .map(|(style, _)| style.as_bytes().to_vec())
        .ok_or_else(|| Failure::new("the built page has no style"))
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

/// The page of a payment in the language in which it weighs most.
fn heaviest_page() -> Outcome<(String, http::Answer)> {
    #[derive(Deserialize)]
    struct Ready {
        payment_url: String,
    }

    let demo = Demo::start()?;
    let line = demo.first_line.as_str();
    let ready: Ready = serde_json::from_str(line)
        .map_err(|error| Failure::new(format!("the demo says {line:?}: {error}")))?;
    let folder = places::root().join("languages");
    let mut heaviest: Option<(String, http::Answer)> = None;
    for entry in fs::read_dir(&folder).map_err(Failure::io(folder.display()))? {
        let name = entry.map_err(Failure::io(folder.display()))?.file_name();
        let name = name.to_string_lossy();
        let language = name.trim_end_matches(".json");
        let page = http::get(&format!("{}&lang={language}", ready.payment_url))?;
        let is_heavier = |(_, other): &(String, http::Answer)| page.body.len() > other.body.len();
        if heaviest.as_ref().is_none_or(is_heavier) {
            heaviest = Some((language.to_owned(), page));
        }
    }
    heaviest.ok_or_else(|| Failure::new("there is no language"))
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
