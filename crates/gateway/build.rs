//! Embeds what trunk built: names each file by the hash of its final bytes, compresses it, and
//! notes the hash of the page's inline style for its content security policy. Embeds every version of
//! the script for shops too, under its own name.
//!
//! Where trunk has not run, the page is embedded without its live part, so that the gateway can be
//! checked and tested by itself.

use std::cmp::Reverse;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256, Sha384};

const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 22;

/// Names and contents.
type Files = Vec<(String, Vec<u8>)>;

/// They name the other files, and so are named after them.
const LAST: [&str; 2] = ["inpage.js", "start.js"];

/// The versions of the script for shops, each as it will always be.
const SCRIPTS: &str = "embed/releases";

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    for input in ["dist", "index.html", "style", SCRIPTS] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    println!("cargo::rerun-if-changed=migrations");

    let dist = root.join("dist");
    let (mut page, files) = if dist.join("index.html").exists() {
        (
            fs::read_to_string(dist.join("index.html"))?,
            built_files(&dist)?,
        )
    } else {
        println!(
            "cargo::warning=dist/ is missing, so the payment page will not update itself: run \
             `cargo xtask build`"
        );
        (page_without_live_part(&root)?, Vec::new())
    };

    let mut table =
        String::from("/// The files, by their hashed names.\npub const ASSETS: &[Asset] = &[\n");
    let mut names = Vec::new();
    for (name, mut bytes) in files {
        if LAST.contains(&name.as_str()) {
            bytes = with_hashed_names(&String::from_utf8(bytes)?, &names).into_bytes();
        }
        let (stem, extension) = name
            .rsplit_once('.')
            .ok_or("a built file without an extension")?;
        let hashed = format!("{stem}-{}.{extension}", short_hash(&bytes));
        writeln!(table, "    {},", embed(out, &hashed, &bytes)?)?;
        names.push((name, hashed));
    }
    page = with_hashed_names(&page, &names);
    table.push_str("];\n\n/// The script for shops.\npub const SCRIPTS: &[Script] = &[\n");
    for entry in fs::read_dir(root.join(SCRIPTS))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let version = name.and_then(|name| name.strip_prefix("widget-")?.strip_suffix(".js"));
        let (Some(name), Some(version)) = (name, version) else {
            return Err(format!("{}: not a script with its version", path.display()).into());
        };
        let bytes = fs::read(&path)?;
        let integrity = format!("sha384-{}", STANDARD.encode(Sha384::digest(&bytes)));
        writeln!(
            table,
            "    Script {{ version: {version:?}, integrity: {integrity:?}, asset: {} }},",
            embed(out, name, &bytes)?
        )?;
    }
    table.push_str("];\n\n");
    let hashes = hashes_of(&page, "style");
    table.push_str("/// SHA-256 of the page's inline styles, in Base64.\n");
    writeln!(table, "pub const STYLE_HASHES: &[&str] = &{hashes:?};")?;
    fs::write(out.join("assets.rs"), table)?;
    fs::write(out.join("index.html"), page)?;
    Ok(())
}

/// Puts a file and its compressed form beside the table, and returns its place there.
fn embed(out: &Path, name: &str, bytes: &[u8]) -> Result<String, Box<dyn Error>> {
    let (_, extension) = name.rsplit_once('.').ok_or("a file without an extension")?;
    fs::write(out.join(name), bytes)?;
    fs::write(out.join(format!("{name}.br")), compress(bytes)?)?;
    let etag = format!("W/\"{}\"", short_hash(bytes));
    let content_type = content_type(extension)?;
    Ok(format!(
        "Asset {{ name: {name:?}, etag: {etag:?}, content_type: {content_type:?}, \
         bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\")), \
         brotli: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.br\")) }}"
    ))
}

fn short_hash(bytes: &[u8]) -> String {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(bytes));
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}

/// The text with files by their names in `/assets/`, where it has them by their names in dist/.
fn with_hashed_names(text: &str, names: &[(String, String)]) -> String {
    names.iter().fold(text.to_owned(), |text, (name, hashed)| {
        text.replace(&format!("/{name}"), &format!("/assets/{hashed}"))
    })
}

/// All files beside the page. Sorted, with longer names first where one begins another, and those
/// that name the others last.
fn built_files(dist: &Path) -> Result<Files, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dist)? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|_| "a built file with an odd name")?;
        if entry.file_type()?.is_dir() {
            return Err(format!("dist/{name}: folders cannot be embedded").into());
        }
        if name != "index.html" {
            files.push((name, fs::read(entry.path())?));
        }
    }
    let order = |name: &str| (LAST.contains(&name), Reverse(name.len()));
    files.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)).then_with(|| a.cmp(b)));
    Ok(files)
}

/// The source of the page, with its style in place and without what trunk would link.
fn page_without_live_part(root: &Path) -> Result<String, Box<dyn Error>> {
    let mut page = String::new();
    for line in fs::read_to_string(root.join("index.html"))?.lines() {
        let stylesheet = line
            .split_once(r#"rel="inline" href=""#)
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(href, _)| href)
            .filter(|href| Path::new(href).extension() == Some("css".as_ref()));
        if let Some(href) = stylesheet {
            writeln!(
                page,
                "<style>{}</style>",
                fs::read_to_string(root.join(href))?
            )?;
        } else if !line.contains("data-trunk") && !line.contains("<script") {
            writeln!(page, "{line}")?;
        }
    }
    Ok(page)
}

fn compress(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut compressed = Vec::new();
    let mut writer =
        brotli::CompressorWriter::new(&mut compressed, 4096, BROTLI_QUALITY, BROTLI_WINDOW);
    std::io::Write::write_all(&mut writer, bytes)?;
    drop(writer);
    Ok(compressed)
}

fn content_type(extension: &str) -> Result<&'static str, Box<dyn Error>> {
    match extension {
        "js" => Ok("text/javascript; charset=utf-8"),
        // Streaming compilation wants exactly this, without parameters.
        "wasm" => Ok("application/wasm"),
        "css" => Ok("text/css; charset=utf-8"),
        "svg" => Ok("image/svg+xml"),
        "png" => Ok("image/png"),
        other => {
            Err(format!("dist/ holds a .{other} file, whose content type is not known").into())
        }
    }
}

/// The hashes of the inline elements of one kind, as they stand in a content security policy.
fn hashes_of(page: &str, element: &str) -> Vec<String> {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    page.split(open.as_str())
        .skip(1)
        .filter_map(|rest| {
            let (content, _) = rest.split_once('>')?.1.split_once(close.as_str())?;
            Some(STANDARD.encode(Sha256::digest(content)))
        })
        .collect()
}
