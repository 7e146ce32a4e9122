//! What the token's contract says of itself.

use serde_json::{Value, json};
use usdt_protocol::Usdt;
use usdt_protocol::txid::Hex;
use usdt_tron::TokenState;

use crate::fixtures::{
    LITE, PAYEE_WORD, TOKEN_HEX, assert_refused, assert_senseless, busy, payee, token, word,
};
use crate::scripted_node::ScriptedNode;

fn returned(word: &str) -> Value {
    json!({
        "result": {"result": true}, "energy_used": 935, "constant_result": [word],
        "transaction": {"ret": [{}], "visible": false},
    })
}

fn hex(text: &str) -> String {
    Hex(text.as_bytes()).to_string()
}

fn failed(message: &str) -> Value {
    json!({
        "result": {"result": true, "message": hex(message)}, "energy_used": 935,
        "constant_result": [""], "transaction": {"ret": [{"ret": "FAILED"}], "visible": false},
    })
}

fn reverted() -> Value {
    failed("REVERT opcode executed")
}

#[tokio::test]
async fn the_switches_of_the_contract_are_read() {
    let node = ScriptedNode::start(|asked| {
        assert_eq!(asked.path, "/walletsolidity/triggerconstantcontract");
        assert_eq!(asked.body["contract_address"], format!("41{TOKEN_HEX}"));
        assert_eq!(asked.body["owner_address"], format!("41{}", "0".repeat(40)));
        assert_eq!(asked.body["parameter"], "");
        match asked.body["function_selector"].as_str().unwrap() {
            "paused()" => returned(&word(0)),
            // Any bit makes a boolean true.
            "deprecated()" => returned(&format!("8{}", "0".repeat(63))),
            "basisPointsRate()" => returned(&word(10)),
            "maximumFee()" => returned(&word(u64::MAX)),
            other => panic!("{other}"),
        }
    })
    .await;
    assert_eq!(
        node.client().token_state(token()).await.unwrap(),
        TokenState {
            paused: false,
            deprecated: true,
            fee_basis_points: 10,
            maximum_fee: Usdt::from_micro(u64::MAX),
        }
    );
}

#[tokio::test]
async fn what_a_test_token_lacks_is_off_but_a_balance_it_must_have() {
    let node = ScriptedNode::always(reverted()).await;
    let client = node.client();
    assert_eq!(
        client.token_state(token()).await.unwrap(),
        TokenState {
            paused: false,
            deprecated: false,
            fee_basis_points: 0,
            maximum_fee: Usdt::from_micro(0),
        }
    );
    assert!(!client.is_blacklisted(token(), payee()).await.unwrap());
    assert_refused("balance", client.balance(token(), payee()).await);
}

#[tokio::test]
async fn an_address_has_a_balance_and_may_be_blacklisted() {
    let node = ScriptedNode::start(|asked| {
        assert_eq!(asked.body["parameter"], PAYEE_WORD);
        match asked.body["function_selector"].as_str().unwrap() {
            "isBlackListed(address)" => returned(&word(1)),
            "balanceOf(address)" => returned(&word(50_013_400)),
            other => panic!("{other}"),
        }
    })
    .await;
    let client = node.client();
    assert!(client.is_blacklisted(token(), payee()).await.unwrap());
    let balance = client.balance(token(), payee()).await.unwrap();
    assert_eq!(balance, "50.0134".parse().unwrap());

    let clean = ScriptedNode::always(returned(&word(0))).await;
    assert!(
        !clean
            .client()
            .is_blacklisted(token(), payee())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn what_is_no_sound_word_is_an_error_and_never_false_or_zero() {
    let mut two_words = returned(&word(0));
    two_words["constant_result"] = json!([word(0), word(0)]);
    let mut failed_silently = returned(&word(0));
    failed_silently["transaction"]["ret"] = json!([{"ret": "FAILED"}]);
    let mut unsuccessful = returned(&word(0));
    unsuccessful["result"] = json!({});
    for (what, answer) in [
        ("{}", json!({})),
        ("[]", json!([])),
        ("no word", json!({"result": {"result": true}})),
        ("an empty word", returned("")),
        ("31 bytes", returned(&word(0)[2..])),
        ("33 bytes", returned(&format!("00{}", word(0)))),
        ("no hex", returned(&"z".repeat(64))),
        ("two words", two_words),
        ("a failure without a reason", failed_silently),
        ("no success", unsuccessful),
    ] {
        let client = ScriptedNode::always(answer).await.client();
        assert_senseless(what, client.token_state(token()).await);
        assert_senseless(what, client.is_blacklisted(token(), payee()).await);
        assert_senseless(what, client.balance(token(), payee()).await);
    }
    let client = ScriptedNode::always(LITE).await.client();
    assert_senseless("bare text", client.is_blacklisted(token(), payee()).await);

    for (what, answer) in [
        ("busy", busy()),
        (
            "another failure",
            failed("Not enough energy for 'SLOAD' operation executing"),
        ),
        (
            "a message that is not hex",
            json!({"result": {"result": true, "message": "é!"}}),
        ),
        (
            "no contract",
            json!({"result": {
                "code": "CONTRACT_VALIDATE_ERROR", "message": hex("Smart contract is not exist."),
            }}),
        ),
        ("a code alone", json!({"result": {"code": "OTHER_ERROR"}})),
    ] {
        let client = ScriptedNode::always(answer).await.client();
        assert_refused(what, client.token_state(token()).await);
        assert_refused(what, client.is_blacklisted(token(), payee()).await);
        assert_refused(what, client.balance(token(), payee()).await);
    }
}

#[tokio::test]
async fn a_number_above_64_bits_is_an_error_but_a_true_boolean() {
    let above = format!("{}1{}", "0".repeat(47), "0".repeat(16));
    let client = ScriptedNode::always(returned(&above)).await.client();
    assert!(client.is_blacklisted(token(), payee()).await.unwrap());
    assert_senseless("balance", client.balance(token(), payee()).await);
    assert_senseless("fee", client.token_state(token()).await);
}
