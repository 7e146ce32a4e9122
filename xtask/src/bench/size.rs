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
    for (kind, bytes) in [
        ("wasm", file("wasm")?),
        ("glue", file("js")?),
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
        } else if together <= FILES_MOST {
            "within"
        } else {
            "OVER"
        }
    );

    let (language, page) = heaviest_page()?;
    let verdict = if !page.is_brotli() {
        "NOT compressed with brotli"
    } else if page.body.len() <= FIRST_ANSWER {
        "within"
    } else {
        "OVER"
    };
    println!(
        "{:<30}{:>10}{:>12}  most {FIRST_ANSWER}: {verdict}",
        format!("first HTML of /pay/ ({language})"),
        "",
        page.body.len()
    );
    Ok(())
}

/// The one file of this kind that trunk built.
fn file(extension: &str) -> Outcome<Vec<u8>> {
    let dist = places::dist();
    let entries = fs::read_dir(&dist).map_err(Failure::io(dist.display()))?;
    let path = entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|own| own == extension))
        .ok_or_else(|| Failure::new(format!("trunk built no .{extension}")))?;
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
