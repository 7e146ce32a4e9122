//! `/demo/states`: every state of the payment page, each as a page that stands still.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use usdt_checkout::language::Language;
use usdt_checkout::presentation::{Chain, Theme};
use usdt_checkout::server::Pages;
use usdt_checkout::states;
use usdt_tron::Network;

use crate::http::AppState;
use crate::page::security;

pub fn routes(state: &AppState) -> Router {
    Router::new()
        .route("/demo/states", get(index))
        .route("/demo/states/{name}", get(page))
        .layer(from_fn_with_state(Arc::clone(state), security::headers))
        .with_state(Arc::clone(state))
}

#[derive(Default, Deserialize)]
struct Parameters {
    lang: Option<String>,
    theme: Option<String>,
}

impl Parameters {
    fn language(&self) -> &'static Language {
        Language::choose(self.lang.as_deref(), "", None)
    }

    /// Without one the browser chooses.
    fn theme(&self) -> Option<Theme> {
        self.theme.as_deref().and_then(Theme::of)
    }
}

type Asked = Result<Query<Parameters>, QueryRejection>;

async fn page(State(app): State<AppState>, Path(name): Path<String>, asked: Asked) -> Response {
    let Query(asked) = asked.unwrap_or_default();
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
    let pages = Pages::new(asked.language(), state.merchant, chain).in_theme(asked.theme());
    Html(app.still.fill(&pages.still(&state.checkout), "")).into_response()
}

async fn index(asked: Asked) -> Html<String> {
    let Query(asked) = asked.unwrap_or_default();
    let (lang, theme) = (asked.language().code, asked.theme());
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
