//! Embeds what trunk built: names each file by the hash of its final bytes, compresses it, and
//! notes the hashes of the page's inline script and style for its content security policy.
//!
//! Where trunk has not run, the page is embedded without its live part, so that the gateway can be
//! checked and tested by itself.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 22;

/// Names and contents.
type Files = Vec<(String, Vec<u8>)>;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    for input in ["dist", "index.html", "style"] {
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
    for (name, bytes) in files {
        let (stem, extension) = name
            .rsplit_once('.')
            .ok_or("a built file without an extension")?;
        let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(&bytes));
        let hash = format!("{:08x}", u32::from_be_bytes([a, b, c, d]));
        let hashed = format!("{stem}-{hash}.{extension}");
        page = page.replace(&format!("/{name}"), &format!("/assets/{hashed}"));
        fs::write(out.join(&hashed), &bytes)?;
        fs::write(out.join(format!("{hashed}.br")), compress(&bytes)?)?;
        writeln!(
            table,
            "    Asset {{ name: {hashed:?}, content_type: {:?}, \
             bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{hashed}\")), \
             brotli: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{hashed}.br\")) }},",
            content_type(extension)?,
        )?;
    }
    table.push_str("];\n");
    for (name, what, hashes) in [
        ("SCRIPT_HASHES", "scripts", hashes_of(&page, "script")),
        ("STYLE_HASHES", "styles", hashes_of(&page, "style")),
    ] {
        writeln!(table, "/// SHA-256 of the page's inline {what}, in Base64.")?;
        writeln!(table, "pub const {name}: &[&str] = &{hashes:?};")?;
    }
    fs::write(out.join("assets.rs"), table)?;
    fs::write(out.join("index.html"), page)?;
    Ok(())
}

/// All files beside the page. Sorted, with longer names first where one begins another.
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
    files.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
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
        } else if !line.contains("data-trunk") {
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
            let (attributes, rest) = rest.split_once('>')?;
            let (content, _) = rest.split_once(close.as_str())?;
            let is_inline = !attributes.contains("src=") && !content.is_empty();
            is_inline.then(|| STANDARD.encode(Sha256::digest(content)))
        })
        .collect()
}
