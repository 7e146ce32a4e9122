//! The widget's files, embedded by the build script: one binary is all there is to deploy.

/// A file of the widget.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Holds the hash of the content.
    pub name: &'static str,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
    pub brotli: &'static [u8],
}

/// The page that trunk built.
pub const PAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/index.html"));

include!(concat!(env!("OUT_DIR"), "/assets.rs"));
