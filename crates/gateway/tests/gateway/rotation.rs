//! Another secret for a project, without an outage: the drill of docs/operate.md, with a gateway in a
//! process of its own, a shop that never stops calling it, and its receiver.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::watch;
use usdt_gateway::secrets::ApiSecret;
use usdt_gateway::store::{Author, KeyError};
use usdt_protocol::UtcTime;

use crate::merchant::{Delivery, sign, sign_standard};
use crate::patience::patiently;
use crate::site::{Process, Site};
use crate::test_gateway::{TestGateway, json_of, pay_amount, transfer_to};

/// A shop's server that asks for payments one after the other, and whatever is answered.
struct Shop {
    secret: watch::Sender<String>,
    answered: Arc<AtomicUsize>,
    refusals: watch::Receiver<Vec<String>>,
}

impl Shop {
    fn open(site: &Site, gateway: &Process) -> Self {
        let (url, api_key) = (
            format!("{}/api/create-payment.php", gateway.base_url),
            site.api_key.clone(),
        );
        let (secret, current) = watch::channel(site.secret.clone());
        let (refuse, refusals) = watch::channel(Vec::new());
        let answered = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&answered);
        tokio::spawn(async move {
            let http = Client::new();
            for order in 0_u32.. {
                let body = json!({"order_id": format!("SHOP_{}", order % 8), "amount": "5"});
                let body = body.to_string();
                let signature = sign(&current.borrow(), &body);
                let answer = http
                    .post(&url)
                    .header("content-type", "application/json")
                    .header("x-api-key", &api_key)
                    .header("x-signature", signature)
                    .body(body)
                    .send();
                match answer.await {
                    Ok(answer) if answer.status().is_success() => {}
                    Ok(answer) => {
                        let told = answer.text().await.unwrap();
                        refuse.send_modify(|all| all.push(told));
                    }
                    Err(error) => refuse.send_modify(|all| all.push(error.to_string())),
                }
                count.fetch_add(1, Ordering::SeqCst);
                if refuse.is_closed() {
                    break;
                }
            }
        });
        Self {
            secret,
            answered,
            refusals,
        }
    }

    /// Returns once the shop had so many more answers, none of which refused anything.
    async fn goes_on(&self) {
        let before = self.answered.load(Ordering::SeqCst);
        let more = async {
            while self.answered.load(Ordering::SeqCst) < before + 10 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        patiently("answers to the shop", more).await;
        assert_eq!(*self.refusals.borrow(), Vec::<String>::new());
    }
}

/// Has a payment paid. Returns its webhook.
async fn paid(site: &Site, gateway: &Process, order: usize) -> Delivery {
    let payment = site.create(gateway, order).await;
    site.devchain
        .transfer(&transfer_to(&payment, pay_amount(&payment)));
    site.devchain.mine(20);
    let is_of = |one: &Delivery| one.json()["payment_id"] == payment["payment_id"];
    let webhooks = site.receiver.wait_for(1, is_of).await;
    webhooks.into_iter().find(|one| is_of(one)).unwrap()
}

/// Checks by whose secret a webhook is signed in either way.
pub fn assert_signed(webhook: &Delivery, published: &str, standard: &[&str]) {
    assert_eq!(
        webhook.header("x-signature"),
        sign(published, &webhook.body)
    );
    let standard: Vec<String> = standard
        .iter()
        .map(|secret| sign_standard(secret, webhook))
        .collect();
    assert_eq!(webhook.header("webhook-signature"), standard.join(" "));
}

/// What the gateway answers to a call that is signed with a secret.
async fn ask(site: &Site, gateway: &Process, secret: &str) -> (u16, Value) {
    let body = json!({"order_id": "ASKED", "amount": "9"}).to_string();
    let response = site
        .http
        .post(format!("{}/api/create-payment.php", gateway.base_url))
        .header("content-type", "application/json")
        .header("x-api-key", &site.api_key)
        .header("x-signature", sign(secret, &body))
        .body(body)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), json_of(response).await)
}

fn command(site: &Site, arguments: &[&str]) -> String {
    let output = site.command(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_rotated_without_a_refused_call_and_without_a_webhook_that_cannot_be_verified()
{
    let mut site = Site::prepare().await;
    let gateway = site.start();
    let old = site.secret.clone();
    // Before: one secret.
    assert_signed(&paid(&site, &gateway, 1).await, &old, &[&old]);
    let shop = Shop::open(&site, &gateway);
    shop.goes_on().await;

    // 1. The operator rotates.
    let rotated = command(
        &site,
        &[
            "project",
            "rotate-secret",
            "1",
            "--overlap",
            "24h",
            "--json",
        ],
    );
    let rotated: Value = serde_json::from_str(&rotated).unwrap();
    assert_eq!(rotated["api_key"], site.api_key);
    let new = rotated["api_secret"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    shop.goes_on().await;
    // A receiver that knows nothing of it verifies either header as before; one that has the new secret
    // only verifies the second.
    assert_signed(&paid(&site, &gateway, 2).await, &old, &[&new, &old]);
    let shown = command(&site, &["project", "show", "1"]);
    assert!(shown.contains("Secrets:          two"), "{shown}");

    // 2. The merchant puts the new one in.
    shop.secret.send_replace(new.clone());
    shop.goes_on().await;
    for secret in [&old, &new] {
        assert_eq!(ask(&site, &gateway, secret).await.0, 200);
    }
    site.secret.clone_from(&new);
    assert_signed(&paid(&site, &gateway, 3).await, &old, &[&new, &old]);
    let again = site.command(&["project", "rotate-secret", "1"]);
    let error = String::from_utf8(again.stderr).unwrap();
    assert!(error.contains("still valid"), "{error}");

    // 3. The operator ends the old one.
    command(&site, &["project", "revoke-secret", "1"]);
    shop.goes_on().await;
    assert_signed(&paid(&site, &gateway, 4).await, &new, &[&new]);
    let (status, answer) = ask(&site, &gateway, &old).await;
    assert_eq!(
        (status, &answer["error"]),
        (401, &json!("Invalid signature"))
    );
    assert_eq!(ask(&site, &gateway, &new).await.0, 200);
    shop.goes_on().await;

    let error = site.command(&["project", "revoke-secret", "1"]);
    let error = String::from_utf8(error.stderr).unwrap();
    assert!(error.contains("not being rotated"), "{error}");
    let audit = command(&site, &["audit", "--project", "1"]);
    assert!(audit.contains("project rotate-secret"), "{audit}");
    assert!(audit.contains("project revoke-secret"), "{audit}");
    for secret in [&old, &new] {
        assert!(!audit.contains(secret.as_str()), "{audit}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_has_leaked_ends_at_once() {
    let mut site = Site::prepare().await;
    let gateway = site.start();
    paid(&site, &gateway, 1).await;
    let leaked = site.secret.clone();
    let rotate = ["project", "rotate-secret", "1", "--overlap", "0m", "--json"];
    let rotated: Value = serde_json::from_str(&command(&site, &rotate)).unwrap();
    rotated["api_secret"]
        .as_str()
        .unwrap()
        .clone_into(&mut site.secret);
    assert_eq!(ask(&site, &gateway, &leaked).await.0, 401);
    let webhook = paid(&site, &gateway, 2).await;
    assert_signed(&webhook, &site.secret, &[&site.secret]);
}

pub async fn rotate(gateway: &TestGateway, ends_at: UtcTime) -> Result<String, KeyError> {
    let secret = ApiSecret::generate(true).unwrap();
    let by = Author {
        actor: "a test".to_owned(),
        origin: "test".to_owned(),
        now: gateway.devchain.now(),
    };
    let id = gateway.keys.app_id;
    let project = gateway.store.project(id).await.unwrap().unwrap();
    let sealed = gateway.vault.seal(&project.api_key, &secret).unwrap();
    gateway
        .store
        .rotate_secret(id, &sealed, ends_at, &by)
        .await?;
    Ok(secret.reveal().to_owned())
}

/// The secret that programs see which know of no second one.
async fn first_secret(gateway: &TestGateway) -> String {
    let id = gateway.keys.app_id;
    let project = gateway.store.project(id).await.unwrap().unwrap();
    let secret = gateway
        .vault
        .unseal(&project.api_key, &project.sealed_secret);
    secret.unwrap().reveal().to_owned()
}

#[tokio::test]
async fn an_old_secret_ends_with_its_overlap_for_older_gateways_too() {
    let mut gateway = TestGateway::start().await;
    let old = gateway.keys.secret.clone();
    let ends_at = gateway.devchain.now().plus_seconds(60);
    let new = rotate(&gateway, ends_at).await.unwrap();
    gateway.create("ORDER_1", "50").await;
    assert_eq!(first_secret(&gateway).await, old);
    assert!(matches!(
        rotate(&gateway, ends_at).await,
        Err(KeyError::RotationUnderWay { .. })
    ));

    gateway.let_pass(60);
    let request = gateway.create_request(r#"{"order_id":"ORDER_2","amount":"50"}"#);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 401);
    gateway.keys.secret.clone_from(&new);
    let payment = gateway.create("ORDER_2", "50").await;
    let promoted = async {
        while first_secret(&gateway).await != new {
            gateway.node.arrivals("", 1).await;
        }
    };
    patiently("the new secret to be the first", promoted).await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    let webhooks = gateway.receiver.wait_for(1, |_| true).await;
    assert_signed(&webhooks[0], &new, &[&new]);

    let newest = rotate(&gateway, gateway.devchain.now().plus_seconds(60)).await;
    assert_ne!(newest.unwrap(), new);
}
