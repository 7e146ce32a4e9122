//! Keys and secrets: how they are made, compared and kept.
//!
//! An API secret has to be known in the clear to check a signature, so it is kept encrypted
//! under a master key that is not in the database. A file that holds it is readable by the owner alone.

use std::fmt;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use sha2::Sha256;
use usdt_protocol::txid::{Hex, decode_hex};

const NONCE_LEN: usize = 24;

/// What the check of a key is sealed for. No API key is like it.
const CHECK: &[u8] = b"master key";

/// What can go wrong with the master key or a sealed secret: always the operator's affair.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the master key {0} cannot be read or created: {1}")]
    MasterKeyFile(PathBuf, #[source] io::Error),
    #[error(
        "the master key {0} is open to other users (mode {1:o}): run `chmod 600` on it, and if \
         somebody may have read it, give every project new secrets"
    )]
    MasterKeyExposed(PathBuf, u32),
    #[error("the master key {0} is damaged: it must hold 64 hex digits")]
    MasterKeyDamaged(PathBuf),
    #[error(
        "the master key is not the one with which the secrets in this database are sealed: give this \
         gateway the key that the others have, or the copy that was made at `usdt-gateway init`"
    )]
    WrongMasterKey,
    #[error("the system gives no random bytes: {0}")]
    NoRandomness(#[source] rand::rand_core::OsError),
}

/// Random bytes from the system, for keys.
fn random<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(SecretError::NoRandomness)?;
    Ok(bytes)
}

/// The public name of a project, `pk_…` or `pk_test_…`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApiKey(String);

impl ApiKey {
    pub fn generate(test: bool) -> Result<Self, SecretError> {
        let mode = if test { "test_" } else { "" };
        Ok(Self(format!("pk_{mode}{}", Hex(&random::<16>()?))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ApiKey {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// A project's secret, `sk_…`. Signs and verifies; never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiSecret(String);

impl From<String> for ApiSecret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl ApiSecret {
    pub fn generate(test: bool) -> Result<Self, SecretError> {
        let mode = if test { "test_" } else { "" };
        Ok(Self(format!("sk_{mode}{}", Hex(&random::<32>()?))))
    }

    /// The secret in the clear, to hand it to the merchant once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn mac(&self) -> Option<Hmac<Sha256>> {
        Mac::new_from_slice(self.0.as_bytes()).ok()
    }

    /// HMAC-SHA256 of `message` under this secret.
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        // HMAC takes a key of any length.
        self.mac().map_or([0; 32], |mac| {
            mac.chain_update(message).finalize().into_bytes().into()
        })
    }

    /// Whether `signature`, in hex of either case, is that of `message`. Takes the same time
    /// wherever it differs.
    pub fn verify(&self, message: &[u8], signature: &str) -> bool {
        let (Some(mac), Some(claimed)) = (self.mac(), decode_hex::<32>(signature)) else {
            return false;
        };
        mac.chain_update(message).verify_slice(&claimed).is_ok()
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiSecret(…)")
    }
}

/// The secrets of a key that are valid at one time, sealed.
#[derive(Clone, Debug)]
pub struct SealedSecrets {
    pub signing: Vec<u8>,
    /// During a rotation, the one that takes its place.
    pub next: Option<Vec<u8>>,
}

/// The secrets of a key that are valid at one time.
#[derive(Clone, Debug)]
pub struct LiveSecrets {
    /// The one that signs where there can be one signature only.
    pub signing: ApiSecret,
    /// During a rotation, the one that takes its place.
    pub next: Option<ApiSecret>,
}

impl LiveSecrets {
    /// All of them, the newest first.
    pub fn all(&self) -> impl Iterator<Item = &ApiSecret> {
        self.next.iter().chain([&self.signing])
    }

    /// Whether `signature` is that of `message` under any of them.
    pub fn verify(&self, message: &[u8], signature: &str) -> bool {
        self.all().any(|secret| secret.verify(message, signature))
    }
}

/// Seals secrets for the database, and opens them again.
#[derive(Clone)]
pub struct Vault(XChaCha20Poly1305);

impl Vault {
    /// Where a gateway's own master key lies.
    pub fn key_file(data_dir: &Path) -> PathBuf {
        data_dir.join("master.key")
    }

    /// Makes a master key in a file that is not there yet, and opens the vault with it.
    pub fn create(file: &Path) -> Result<Self, SecretError> {
        let key = random::<32>()?;
        write_new(file, &Hex(&key).to_string())
            .map_err(|error| SecretError::MasterKeyFile(file.to_owned(), error))?;
        Ok(Self(XChaCha20Poly1305::new(&key.into())))
    }

    /// Opens the vault with the master key in a file, which nobody but its owner may read.
    pub fn open(path: &Path) -> Result<Self, SecretError> {
        let unreadable = |error| SecretError::MasterKeyFile(path.to_owned(), error);
        let mut file = fs::File::open(path).map_err(unreadable)?;
        let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(SecretError::MasterKeyExposed(path.to_owned(), mode));
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(unreadable)?;
        Self::of(&text).ok_or_else(|| SecretError::MasterKeyDamaged(path.to_owned()))
    }

    /// The vault of a master key that is written as in a file.
    pub fn of(text: &str) -> Option<Self> {
        let key: [u8; 32] = decode_hex(text.trim())?;
        Some(Self(XChaCha20Poly1305::new(&key.into())))
    }

    /// What only this master key opens.
    pub fn seal_check(&self) -> Result<Vec<u8>, SecretError> {
        self.seal_for(CHECK, CHECK)
    }

    /// Refuses what another master key has made by [`Vault::seal_check`].
    pub fn recognise(&self, check: &[u8]) -> Result<(), SecretError> {
        self.unseal_for(CHECK, check).map(|_| ())
    }

    /// Encrypts a secret, bound to the API key that it belongs to.
    pub fn seal(&self, key: &ApiKey, secret: &ApiSecret) -> Result<Vec<u8>, SecretError> {
        self.seal_for(key.0.as_bytes(), secret.0.as_bytes())
    }

    /// Decrypts what [`Vault::seal`] made for the same API key.
    pub fn unseal(&self, key: &ApiKey, sealed: &[u8]) -> Result<ApiSecret, SecretError> {
        String::from_utf8(self.unseal_for(key.0.as_bytes(), sealed)?)
            .map(ApiSecret)
            .map_err(|_| SecretError::WrongMasterKey)
    }

    /// Decrypts all secrets of an API key that are valid.
    pub fn unseal_live(
        &self,
        key: &ApiKey,
        sealed: &SealedSecrets,
    ) -> Result<LiveSecrets, SecretError> {
        let next = sealed.next.as_ref();
        Ok(LiveSecrets {
            signing: self.unseal(key, &sealed.signing)?,
            next: next.map(|sealed| self.unseal(key, sealed)).transpose()?,
        })
    }

    fn seal_for(&self, aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, SecretError> {
        let nonce = random::<NONCE_LEN>()?;
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), Payload { msg, aad })
            .map_err(|_| SecretError::WrongMasterKey)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    fn unseal_for(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
        let (nonce, msg) = sealed
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(SecretError::WrongMasterKey)?;
        self.0
            .decrypt(&XNonce::from(*nonce), Payload { msg, aad })
            .map_err(|_| SecretError::WrongMasterKey)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

/// Writes a file that only its owner can read, whole or not at all.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_published_samples() {
        let secret = ApiSecret("sk_your_api_secret".to_owned());
        let create = concat!(
            r#"{"order_id":"ORDER_12345","amount":"50.00","description":"Service payment","#,
            r#""success_url":"https://merchant-site.com/success","#,
            r#""fail_url":"https://merchant-site.com/fail"}"#,
        );
        let webhook = concat!(
            r#"{"payment_id":123,"app_id":45,"order_id":"ORDER_12345","status":"paid","#,
            r#""amount":"50.00","pay_amount":"50.013400","currency":"USDT","network":"TRC20","#,
            r#""txid":"transaction_hash","paid_at":"2026-07-01 18:04:12"}"#,
        );
        for (body, signature) in [
            (
                create,
                "8c52ced61494caf78a6e7eb027c01bcd60afec100a8c18ca9aa5629c8991ee66",
            ),
            (
                webhook,
                "84ff016f7014326e3e560fe9746ae99acadcc2d5a62ad09f276e24d6a024051d",
            ),
            (
                "",
                "992091f198d15a9cef89c0d8868be2b47c25bf17233b7a4a1f101bacbce443dc",
            ),
        ] {
            assert_eq!(Hex(&secret.sign(body.as_bytes())).to_string(), signature);
            assert!(secret.verify(body.as_bytes(), signature));
            assert!(secret.verify(body.as_bytes(), &signature.to_uppercase()));
            assert!(!secret.verify(format!("{body} ").as_bytes(), signature));
            assert!(!secret.verify(body.as_bytes(), &signature[2..]));
        }
    }

    #[test]
    fn a_sealed_secret_opens_only_with_its_key_and_its_vault() {
        let folder = tempfile::tempdir().unwrap();
        let file = Vault::key_file(folder.path());
        let vault = Vault::create(&file).unwrap();
        let (key, secret) = (
            ApiKey::generate(true).unwrap(),
            ApiSecret::generate(true).unwrap(),
        );
        let sealed = vault.seal(&key, &secret).unwrap();
        assert!(
            !sealed
                .windows(8)
                .any(|part| part == &secret.reveal().as_bytes()[8..16])
        );

        let reopened = Vault::open(&file).unwrap();
        assert_eq!(reopened.unseal(&key, &sealed).unwrap(), secret);
        let other_key = ApiKey::generate(true).unwrap();
        assert!(reopened.unseal(&other_key, &sealed).is_err());
        let other_vault = Vault::of(&"7a".repeat(32)).unwrap();
        assert!(other_vault.unseal(&key, &sealed).is_err());
        let check = vault.seal_check().unwrap();
        assert!(reopened.recognise(&check).is_ok());
        assert!(other_vault.recognise(&check).is_err());
        assert!(reopened.recognise(&sealed).is_err());
        assert!(reopened.unseal(&key, &sealed[..10]).is_err());
    }

    #[test]
    fn the_master_key_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let key = Vault::key_file(folder.path());
        Vault::create(&key).unwrap();
        let mode = fs::metadata(&key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o602] {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            let refused = Vault::open(&key);
            assert!(matches!(
                refused,
                Err(SecretError::MasterKeyExposed(_, found)) if found == mode
            ));
        }
    }
}
