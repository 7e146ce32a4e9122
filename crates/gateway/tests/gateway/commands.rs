//! Commands of the binary with the configuration of a gateway that runs, and what they say.

use serde_json::Value;

use crate::test_gateway::TestGateway;

/// What a command says that must succeed.
pub async fn run(gateway: &TestGateway, arguments: &[&str]) -> String {
    let output = gateway.command(arguments).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The same as JSON.
pub async fn told(gateway: &TestGateway, arguments: &[&str]) -> Value {
    serde_json::from_str(&run(gateway, &[arguments, &["--json"]].concat()).await).unwrap()
}

/// What a command says that must fail.
pub async fn refused(gateway: &TestGateway, arguments: &[&str]) -> String {
    let output = gateway.command(arguments).await;
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}
