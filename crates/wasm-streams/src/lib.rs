//! Stands in for wasm-streams, which Leptos links for server functions that stream.
//!
//! The real one exports classes to JavaScript, and what is exported no linker drops: a tenth of
//! the page, which calls no server function. So here is what Leptos must find to compile.

#![expect(clippy::unimplemented, reason = "nothing calls this")]

use futures::Stream;
use futures::stream::Empty;
use wasm_bindgen::JsValue;

/// A stream of the browser.
#[derive(Debug)]
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    pub fn from_raw(stream: web_sys::ReadableStream) -> Self {
        Self(stream)
    }

    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    pub fn from_stream(_: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        unimplemented!()
    }

    pub fn into_stream(self) -> Empty<Result<JsValue, JsValue>> {
        unimplemented!()
    }
}
