//! A payer's wallet: the key of an account that nobody else uses, and what it signs.

use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use sha3::{Digest as _, Keccak256};
use usdt_protocol::txid::{Hex, decode_hex, decode_hex_bytes};
use usdt_protocol::{TronAddress, UtcTime};
use usdt_tron::{BlockReference, TransferTransaction};

use crate::support::*;

fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

pub fn account() -> TronAddress {
    let point = key().verifying_key().to_sec1_point(false);
    let hash: [u8; 32] = Keccak256::digest(&point.as_bytes()[1..]).into();
    TronAddress::from_abi_word(&hash)
}

/// 50.0134 USDT from the account to the payee, which is valid now.
pub async fn transfer(node: &Node) -> TransferTransaction {
    let head = node
        .post("/wallet/getblock", json!({ "detail": false }))
        .await;
    let time = head["block_header"]["raw_data"]["timestamp"].as_i64();
    let time = UtcTime::from_millis(time.unwrap());
    TransferTransaction {
        from: account(),
        token: address(USDT),
        to: address(PAYEE),
        amount: "50.0134".parse().unwrap(),
        reference: BlockReference::of_block(
            &decode_hex(head["blockID"].as_str().unwrap()).unwrap(),
        ),
        expiration: time.plus_seconds(60),
        timestamp: time,
        fee_limit: 100_000_000,
    }
}

/// What a wallet makes of a transaction.
pub fn signed(mut transaction: Value) -> Value {
    let txid = decode_hex::<32>(transaction["txID"].as_str().unwrap()).unwrap();
    let (signature, id) = key().sign_prehash_recoverable(&txid);
    let signature = format!("{}{:02x}", Hex(&signature.to_bytes()), id.to_byte() + 27);
    transaction["signature"] = json!([signature]);
    transaction
}

pub async fn broadcast(node: &Node, transaction: Value) -> Value {
    node.post("/wallet/broadcasttransaction", transaction).await
}

/// What a refusal says.
pub fn text(answer: &Value) -> String {
    let bytes = decode_hex_bytes(answer["message"].as_str().unwrap()).unwrap();
    String::from_utf8(bytes).unwrap()
}
