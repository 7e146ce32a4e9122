//! Whose signature it is: the account is recovered from the signature itself, as nodes do.

use k256::ecdsa::{RecoveryId, Signature as Ecdsa, VerifyingKey};
use sha3::{Digest as _, Keccak256};
use usdt_protocol::txid::Hex;
use usdt_protocol::{TronAddress, Txid};

use crate::raw_data::RawData;

/// `r`, `s` and the recovery ID, which may be written with 27 on top.
pub type Signature = [u8; 65];

/// The most that a node looks at.
const MAX_SIGNATURES: usize = 5;
/// The permissions that every account has, of its owner and for daily use: each is the key's alone.
const PERMISSIONS: [i32; 2] = [0, 2];

/// The one signature, if it is the owner's; otherwise what a node finds wrong with them.
pub fn check(txid: Txid, raw: &RawData, signatures: &[Vec<u8>]) -> Result<Signature, String> {
    if signatures.len() > MAX_SIGNATURES {
        return Err("too many signatures".into());
    }
    if !signatures.is_empty() && !PERMISSIONS.contains(&raw.permission) {
        return Err("permission isn't exit".into());
    }
    let signature = match signatures {
        [] => return Err("miss sig or contract".into()),
        [signature] => signature,
        more => {
            let count = more.len();
            return Err(format!(
                "Signature count is {count} more than key counts of permission : 1"
            ));
        }
    };
    let Some(signature) = signature.first_chunk::<65>() else {
        return Err(format!("Signature size is {}", signature.len()));
    };
    match signer(txid, signature) {
        None => Err("java.lang.IllegalArgumentException: Invalid point compression".into()),
        Some(account) if account != raw.owner => Err(format!(
            "{} is signed by {account} but it is not contained of permission.",
            Hex(signature)
        )),
        Some(_) => Ok(*signature),
    }
}

/// The account whose key made the signature; `None` if no key did.
fn signer(txid: Txid, signature: &Signature) -> Option<TronAddress> {
    let (ecdsa, [recovery_id]) = signature.split_last_chunk::<1>()?;
    let recovery_id = recovery_id.checked_sub(27).unwrap_or(*recovery_id);
    let key = VerifyingKey::recover_from_prehash(
        txid.bytes(),
        &Ecdsa::from_slice(ecdsa).ok()?,
        RecoveryId::from_byte(recovery_id)?,
    )
    .ok()?;
    let point = key.to_sec1_point(false);
    let (_, coordinates) = point.as_bytes().split_first()?;
    let hash: [u8; 32] = Keccak256::digest(coordinates).into();
    Some(TronAddress::from_abi_word(&hash))
}

#[cfg(test)]
mod tests {
    use usdt_protocol::txid::decode_hex;

    use super::*;

    #[test]
    fn a_signature_that_the_main_network_has_taken_is_its_senders() {
        let txid = "2a985f0c5fd37aaffca2f9c29bd1eaa50ccaae6adef7585b73ad89ae67b745a4";
        let signature = "c7fd7453085d934ac573cb7f1667837ada93145abbe226e7ea7a8aea648bfa09a4094192a2d67b80625448cc3a01f354f387eaa37ae22978470f236d7533d64600";
        let txid: Txid = txid.parse().unwrap();
        let mut signature = decode_hex(signature).unwrap();
        let sender = TronAddress::from_hex("410976782e1b25c5364ea68595145dd20bd9137276").unwrap();
        assert_eq!(signer(txid, &signature), Some(sender));
        signature[64] += 27;
        assert_eq!(signer(txid, &signature), Some(sender));
        signature[0] ^= 1;
        assert_ne!(signer(txid, &signature), Some(sender));
        assert_eq!(signer(txid, &[0; 65]), None);
    }
}
