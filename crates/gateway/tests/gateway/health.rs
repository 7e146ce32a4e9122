//! `/livez`, `/readyz` and `/healthz`: what a load balancer and an operator are told

use crate::faulty_node::Fault;
use crate::site::Site;
use crate::test_gateway::{TestGateway, json_of};

#[tokio::test]
async fn a_gateway_that_cannot_write_lives_and_is_not_ready_until_it_can() {
    let site = Site::prepare().await;
    let gateway = site.start();
    site.wait_for_status(&gateway, "/readyz", 200).await;
    let lock = site.database.hinder_writes().await;
    site.wait_for_status(&gateway, "/readyz", 503).await;
    site.wait_for_status(&gateway, "/healthz", 503).await;
    assert_eq!(site.status_of(&gateway, "/livez").await, 200);
    drop(lock);
    site.wait_for_status(&gateway, "/healthz", 200).await;
    site.wait_for_status(&gateway, "/readyz", 200).await;
}

#[tokio::test]
async fn a_chain_that_is_read_too_late_is_named() {
    let gateway = TestGateway::start().await;
    let ready = gateway.get("/readyz").send().await.unwrap();
    assert_eq!(ready.status(), 200);
    gateway
        .node
        .fail("/walletsolidity/getblock", Fault::Answer(500, ""));
    gateway.let_pass(660);
    let late = gateway.get("/readyz").send().await.unwrap();
    assert_eq!(late.status(), 503);
    let late = json_of(late).await;
    let problem = late["problems"][0].as_str().unwrap();
    assert!(problem.starts_with("simulated is read"), "{late}");
    // The database works, and the checkout's pages with it.
    let health = gateway.get("/healthz").send().await.unwrap();
    assert_eq!(health.status(), 200);
}

#[tokio::test]
async fn a_gateway_that_was_told_to_stop_says_so_before_it_refuses_connections() {
    let site = Site::prepare().await;
    site.configure("drain_seconds = 3600");
    let gateway = site.start();
    site.wait_for_status(&gateway, "/readyz", 200).await;
    let terminated = std::process::Command::new("kill")
        .arg("-TERM")
        .arg(gateway.child.id().to_string())
        .status()
        .unwrap();
    assert!(terminated.success());
    site.wait_for_status(&gateway, "/readyz", 503).await;
    assert_eq!(site.status_of(&gateway, "/livez").await, 200);
    // Whoever is sent here all the same is served.
    site.create(&gateway, 1).await;
}
