//! Stands in for wasm-streams, which Leptos links for server functions that stream.
//!
//! The real one exports classes to JavaScript, and what is exported no linker drops: a tenth of
//! the page, which calls no server function. So here is what Leptos must find to compile.

use std::future::{Ready, ready};

use futures::Stream;
use futures::stream::{self, Once};
use wasm_bindgen::{JsCast as _, JsValue};

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

    /// No stream, which a request takes for no body.
    pub fn from_stream(_: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        Self(JsValue::NULL.unchecked_into())
    }

    /// The error that there are no streams here.
    pub fn into_stream(self) -> Once<Ready<Result<JsValue, JsValue>>> {
        stream::once(ready(Err("streams are left out of this page".into())))
    }
}
