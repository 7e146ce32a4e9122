//! `/demo/states`: every state of the payment page, each as a page that stands still.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use usdt_checkout::core::presentation::{Chain, Theme};
use usdt_checkout::server::language::Language;
use usdt_checkout::server::pages::Pages;
use usdt_checkout::server::states;
use usdt_tron::Network;

use crate::http::{AppState, Query};
use crate::page::security;

pub fn routes(state: &AppState) -> Router {
    Router::new()
        .route("/demo/states", get(index))
        .route("/demo/states/{name}", get(page))
        .layer(from_fn_with_state(Arc::clone(state), security::headers))
        .with_state(Arc::clone(state))
}

/// The language and the theme that are asked for. Without a theme the browser chooses.
fn wishes(query: &Query) -> (&'static Language, Option<Theme>) {
    let language = Language::choose(query.text("lang"), "", None);
    (language, query.text("theme").and_then(Theme::of))
}

async fn page(State(app): State<AppState>, Path(name): Path<String>, query: Query) -> Response {
    let Some(state) = states::all().into_iter().find(|state| state.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let network = if state.is_test {
        Network::Simulated
    } else {
        Network::Mainnet
    };
    let chain = Chain {
        token: network.usdt_contract(),
        is_test: state.is_test,
        explorer: network.explorer().and_then(|url| url.parse().ok()),
    };
    let (language, theme) = wishes(&query);
    let pages = Pages::new(language, state.merchant, chain).in_theme(theme);
    Html(app.still.fill(&pages.still(&state.checkout), "")).into_response()
}

async fn index(query: Query) -> Html<String> {
    let (language, theme) = wishes(&query);
    let lang = language.code;
    let languages: String = Language::all()
        .iter()
        .map(|language| link("/demo/states", language.code, theme, "", language.name))
        .collect();
    let themes: String = [Theme::Light, Theme::Dark]
        .into_iter()
        .map(|theme| link("/demo/states", lang, Some(theme), "", theme.as_str()))
        .collect();
    let states: String = states::all()
        .iter()
        .map(|state| {
            let path = format!("/demo/states/{}", state.name);
            // The browser opens help when a link leads into it.
            let inside = state.open.map(|id| format!("#{id}-inside"));
            link(&path, lang, theme, &inside.unwrap_or_default(), state.name)
        })
        .collect();
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>States of the payment page</title>\
         <main><h1>States of the payment page</h1><ul id=\"states\">{states}</ul>\
         <h2>Language</h2><ul>{languages}</ul><h2>Colours</h2><ul>{themes}</ul></main></html>"
    ))
}

fn link(path: &str, lang: &str, theme: Option<Theme>, fragment: &str, text: &str) -> String {
    let mut href = format!("{path}?lang={lang}");
    if let Some(theme) = theme {
        let _ = write!(href, "&amp;theme={}", theme.as_str());
    }
    format!("<li><a href=\"{href}{fragment}\">{text}</a></li>")
}
