//! `/docs/errors`: every error by its code, under the address that stands in the error.

use maud::{Markup, html};

use super::page::{self, prose};
use crate::http::error_code::ErrorCode;

pub fn page() -> Markup {
    let by_status = ErrorCode::ALL.chunk_by(|one, other| one.status() == other.status());
    let main = html! {
        p {
            "Every error is JSON with " code { "\"ok\": false" } ". Decide by its " code { "code" }
            ", which never changes. " code { "error" } " is for people, and " code { "hint" }
            " for your log: it says what came and what to send."
        }
        @for codes in by_status {
            @if let Some(status) = codes.first().map(|code| code.status()) {
                section {
                    h2 { (status.as_str()) " " (status.canonical_reason().unwrap_or_default()) }
                    dl {
                        @for code in codes {
                            div id=(code.as_str()) {
                                dt { a href={ "#" (code.as_str()) } { code { (code.as_str()) } } }
                                dd {
                                    p { (prose(code.meaning())) }
                                    p { (prose(code.remedy())) }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    page::page("Errors of the API", "/docs/errors", &main)
}
