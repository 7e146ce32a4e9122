//! What the pages of the reference have in common.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Holds nothing that could end its element.
pub const STYLE: &str = include_str!("style.css");

const PAGES: [(&str, &str); 3] = [
    ("/docs", "Calls"),
    ("/docs/errors", "Errors"),
    ("/openapi.json", "OpenAPI"),
];

/// A page with the links to the others.
pub fn page(title: &str, path: &str, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header {
                    nav aria-label="Reference" {
                        @for (to, name) in PAGES {
                            a href=(to) aria-current=[(to == path).then_some("page")] { (name) }
                        }
                    }
                }
                main #main tabindex="-1" {
                    h1 { (title) }
                    (main)
                }
            }
        }
    }
}

/// Text whose parts between backticks are code.
pub fn prose(text: &str) -> Markup {
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
