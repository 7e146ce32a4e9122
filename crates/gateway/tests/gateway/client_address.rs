//! Whose request it is, behind a proxy

use reqwest::StatusCode;
use serde_json::json;

use crate::patience::patiently;
use crate::test_gateway::{Setup, TestGateway};

const HEADER: &str = "x-forwarded-for";
const UNKNOWN: &str = "/api/payment-status.php?payment_id=1099511627776";

async fn behind_a_proxy() -> TestGateway {
    TestGateway::start_with(Setup {
        client_ip_header: Some(HEADER),
        ..Setup::default()
    })
    .await
}

async fn guess(gateway: &TestGateway, client: &str) -> StatusCode {
    let guess = gateway.get(UNKNOWN).header(HEADER, client);
    guess.send().await.unwrap().status()
}

#[tokio::test]
async fn a_client_is_the_same_in_every_form_of_its_address_and_no_other() {
    let gateway = behind_a_proxy().await;
    for (forms, other) in [
        (
            [
                "203.0.113.6:50123",
                "\"203.0.113.6\"",
                "198.51.100.1, 203.0.113.6",
                "for=203.0.113.6:1;proto=https",
            ],
            "203.0.113.7:50123",
        ),
        (
            [
                "[2001:db8::5]",
                "[2001:db8::6]:443",
                "2001:db8::7%eth0",
                "For=\"[2001:db8::8]:4711\"",
            ],
            "[2001:db8:1::5]",
        ),
    ] {
        for n in 0..60 {
            let status = guess(&gateway, forms[n % forms.len()]).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
        }
        for form in forms {
            let status = guess(&gateway, form).await;
            assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{form}");
        }
        assert_eq!(guess(&gateway, other).await, StatusCode::NOT_FOUND);
    }
    assert_eq!(gateway.alarms().await, []);
}

#[tokio::test]
async fn payers_whose_addresses_cannot_be_read_do_not_lock_each_other_out_and_the_operator_is_told()
{
    let gateway = behind_a_proxy().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let path = format!(
        "/api/payment-status.php?payment_id={}",
        payment["payment_id"]
    );
    for n in 0..700 {
        guess(&gateway, ["unknown", "_x", ""][n % 3]).await;
    }
    let status = gateway.get(&path).header(HEADER, "unknown").send().await;
    assert_eq!(status.unwrap().status(), StatusCode::OK);
    // A limit for one client would be one for all.
    let nothing = "0".repeat(64);
    let claim = json!({"payment_id": payment["payment_id"], "txid": nothing});
    for _ in 0..10 {
        let claimed = gateway.post("/api/claim.php").json(&claim).send().await;
        assert_eq!(claimed.unwrap().status(), StatusCode::OK);
    }

    let kind = "client_address_unreadable";
    let raised = async {
        loop {
            if let [(raised, subject)] = gateway.alarms().await.as_slice() {
                assert_eq!(*raised, kind);
                break subject.clone();
            }
            tokio::task::yield_now().await;
        }
    };
    let subject = patiently("the alarm", raised).await;
    // On a server, of one machine among others.
    assert!(subject.starts_with(HEADER), "{subject}");
    let doctor = gateway.command(&["doctor"]).await;
    let told = String::from_utf8(doctor.stdout).unwrap();
    let problem = format!("{kind} on gateway, {subject}: ");
    assert!(told.contains(&problem), "{told}");
}
