//! The description of the API: sound, complete, and true of every answer that any test here gets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

use jsonschema::Validator;
use reqwest::Url;
use serde_json::{Value, json};
use usdt_gateway::http::error_code::ErrorCode;
use usdt_gateway::openapi::event::EVENTS;
use usdt_gateway::{api, openapi};

use crate::test_gateway::TestGateway;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| openapi::document(&api::operations(), &EVENTS, "https://pay.example.com"));

/// Compiled where the first answer of its kind comes.
static VALIDATORS: LazyLock<Mutex<BTreeMap<String, Validator>>> = LazyLock::new(Mutex::default);

/// Fails where the answer is none that the description has for its path.
pub fn assert_described(url: &Url, status: u16, answer: &Value) {
    let Some((path, operations)) = path_of(url.path()) else {
        return;
    };
    // What refuses another method stands with no operation.
    if status == 405 {
        return;
    }
    let key = |method: &str| format!("{method} {path} {status}");
    let mut validators = VALIDATORS.lock().unwrap();
    let mut faults = Vec::new();
    for (method, operation) in operations.as_object().unwrap() {
        let content = &operation["responses"][status.to_string()]["content"];
        let Some(schema) = content.pointer("/application~1json/schema") else {
            faults.push(format!("{} is not described", key(method)));
            continue;
        };
        let validator = validators
            .entry(key(method))
            .or_insert_with(|| validator(schema));
        let errors: Vec<_> = validator
            .iter_errors(answer)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        if errors.is_empty() {
            return;
        }
        faults.extend(errors);
    }
    panic!("{path} answers what is not described: {faults:?}: {status} {answer}");
}

/// The same for a webhook event's body.
pub fn assert_event_described(body: &Value) {
    let name = body["type"].as_str().unwrap_or("payment.paid");
    let schema =
        &DOCUMENT["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]["schema"];
    let mut validators = VALIDATORS.lock().unwrap();
    let validator = validators
        .entry(format!("event {name}"))
        .or_insert_with(|| validator(schema));
    let errors: Vec<_> = validator
        .iter_errors(body)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}: {body}");
}

fn validator(schema: &Value) -> Validator {
    let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
    jsonschema::draft202012::new(&whole).unwrap()
}

/// The described path that stands for this one.
fn path_of(path: &str) -> Option<(&'static str, &'static Value)> {
    let fits = |described: &str| {
        let (parts, wanted) = (path.split('/'), described.split('/'));
        parts.clone().count() == wanted.clone().count()
            && parts
                .zip(wanted)
                .all(|(part, wanted)| part == wanted || wanted.starts_with('{'))
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let found = paths.iter().find(|(described, _)| fits(described))?;
    Some((found.0.as_str(), found.1))
}

#[tokio::test]
async fn the_description_names_this_gateway_and_every_call_that_it_serves() {
    let gateway = TestGateway::start().await;
    let answer = gateway.get("/openapi.json").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let document: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut own = DOCUMENT.clone();
    own["servers"] = document["servers"].clone();
    assert_eq!(document, own);
    let mut names = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let url = path.replace("{id}", "1");
        let methods: BTreeSet<_> = operations
            .as_object()
            .unwrap()
            .keys()
            .map(|name| name.to_uppercase())
            .collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let request = gateway.request(method.parse().unwrap(), &url);
            let answer = request.send().await.unwrap();
            let is_served = answer.status() != 405;
            assert_eq!(is_served, methods.contains(method), "{method} {path}");
            if !is_served {
                let allow = answer.headers()["allow"].to_str().unwrap();
                let allowed: BTreeSet<_> = allow.split(", ").map(str::to_owned).collect();
                assert_eq!(allowed, methods, "{path}");
            }
        }
        for operation in operations.as_object().unwrap().values() {
            let mut parameters = operation["parameters"].as_array().unwrap().iter();
            let is_named = parameters.any(|one| one["in"] == "path");
            assert_eq!(is_named, path.contains('{'), "{path}");
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()));
        }
    }
}

#[tokio::test]
async fn every_error_leads_to_its_explanation() {
    let gateway = TestGateway::start().await;
    let refused = gateway.get("/api/v1/project").send().await.unwrap();
    let refused: Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    let docs: Url = refused["docs"].as_str().unwrap().parse().unwrap();
    assert_eq!(docs.fragment(), refused["code"].as_str());
    let page = gateway.get(docs.path()).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    for code in ErrorCode::ALL {
        let name = code.as_str();
        assert!(page.contains(&format!("id=\"{name}\"")), "{name}");
        let guides = [
            include_str!("../../../../docs/reference.md"),
            include_str!("../../../../docs/api.md"),
        ];
        assert!(
            guides
                .iter()
                .any(|guide| guide.contains(&format!("`{name}`"))),
            "no document tells of {name}"
        );
    }
}

#[tokio::test]
async fn the_pages_of_the_reference_name_every_call_and_run_nothing() {
    let gateway = TestGateway::start().await;
    for path in ["/docs", "/docs/errors"] {
        let answer = gateway.get(path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe-inline"));
        let page = answer.text().await.unwrap();
        assert!(
            !["<script", "src=", "href=\"http"]
                .iter()
                .any(|one| page.contains(one)),
            "{path}"
        );
        if path == "/docs" {
            for (described, operations) in DOCUMENT["paths"].as_object().unwrap() {
                for (method, operation) in operations.as_object().unwrap() {
                    let title = format!("{} {described}", method.to_uppercase());
                    let name = operation["operationId"].as_str().unwrap();
                    assert!(
                        page.contains(&title) && page.contains(&format!("id=\"{name}\"")),
                        "{title}"
                    );
                }
            }
            for link in page
                .split("href=\"#")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
            {
                assert!(page.contains(&format!("id=\"{link}\"")), "{link}");
            }
        }
    }
}

/// Guides that people write tell of all that the description has.
#[test]
fn the_documents_tell_of_every_call_parameter_and_field() {
    let guides = [
        include_str!("../../../../docs/reference.md"),
        include_str!("../../../../docs/api.md"),
    ]
    .concat();
    for operation in api::operations() {
        let path = operation.path;
        let last = path.rsplit('/').next().unwrap();
        assert!(
            guides.contains(path) || guides.contains(&format!("`…/{last}`")),
            "{path}"
        );
        for field in operation
            .parameters
            .iter()
            .chain(operation.body.unwrap_or_default())
        {
            let name = field.name;
            let is_told = [
                format!("`{name}`"),
                format!("`{name}="),
                format!("\"{name}\""),
            ];
            assert!(
                is_told.iter().any(|name| guides.contains(name)),
                "{path} {name}"
            );
        }
    }
}
