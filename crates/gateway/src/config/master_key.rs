//! Where the master key comes from: one of the gateway's own, or one that several gateways share.

use std::env::VarError;
use std::fmt;
use std::path::{Path, PathBuf};

use super::ConfigError;
use crate::secrets::{SecretError, Vault};

/// The environment variable that may hold the key.
const VARIABLE: &str = "USDT_GATEWAY_MASTER_KEY";

/// Where the master key is.
#[derive(Clone, Debug)]
pub enum MasterKey {
    /// In the data folder, where `init` makes it.
    Own(PathBuf),
    /// In a file that the operator has made.
    File(PathBuf),
    /// In the environment.
    Given(Vault),
}

impl MasterKey {
    /// The configuration's file, or what the environment holds, or else the data folder's own key.
    pub(super) fn find(
        data_dir: &Path,
        file: Option<PathBuf>,
        variable: Result<String, VarError>,
    ) -> Result<Self, ConfigError> {
        let refused = |field: &str, why: &str| ConfigError::Field {
            field: field.to_owned(),
            why: why.to_owned(),
        };
        let is_key = |file: &PathBuf| file.to_str().is_some_and(|text| Vault::of(text).is_some());
        if file.as_ref().is_some_and(is_key) {
            let why = "must name a file that holds the key, and not the key itself";
            return Err(refused("master_key_file", why));
        }
        let text = match variable {
            Err(VarError::NotPresent) => {
                return Ok(file.map_or_else(|| Self::Own(Vault::key_file(data_dir)), Self::File));
            }
            Ok(text) => text,
            // Which the error would repeat.
            Err(VarError::NotUnicode(_)) => String::new(),
        };
        if file.is_some() {
            let why = "the environment has USDT_GATEWAY_MASTER_KEY too: take one of them away";
            return Err(refused("master_key_file", why));
        }
        Vault::of(&text)
            .map(Self::Given)
            .ok_or_else(|| refused(VARIABLE, "must hold 64 hex digits"))
    }

    /// The key that is read at the environment's or at the configuration's word.
    pub(super) fn read(data_dir: &Path, file: Option<PathBuf>) -> Result<Self, ConfigError> {
        Self::find(data_dir, file, std::env::var(VARIABLE))
    }

    pub fn open(&self) -> Result<Vault, SecretError> {
        match self {
            Self::Own(file) | Self::File(file) => Vault::open(file),
            Self::Given(vault) => Ok(vault.clone()),
        }
    }

    /// Opens a key that is there already, or makes the one of a new gateway.
    pub fn make(&self) -> Result<Vault, SecretError> {
        match self {
            Self::Own(file) => Vault::create(file),
            Self::File(_) | Self::Given(_) => self.open(),
        }
    }

    /// The file of the data folder that must be there.
    pub fn own_file(&self) -> Option<&Path> {
        match self {
            Self::Own(file) => Some(file),
            Self::File(_) | Self::Given(_) => None,
        }
    }
}

/// Where it is, and never what.
impl fmt::Display for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(file) | Self::File(file) => file.display().fmt(f),
            Self::Given(_) => f.write_str(VARIABLE),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

    #[test]
    fn the_key_comes_from_one_place_and_is_never_shown() {
        let find = |file: Option<&str>, variable| {
            let found = MasterKey::find(Path::new("/data"), file.map(PathBuf::from), variable);
            found.map(|found| {
                assert!(!format!("{found:?}").contains("0c0d"));
                found.to_string()
            })
        };
        let absent = || Err(VarError::NotPresent);
        assert_eq!(find(None, absent()).unwrap(), "/data/master.key");
        assert_eq!(find(Some("/etc/key"), absent()).unwrap(), "/etc/key");
        let given = format!(" {KEY}\n");
        assert_eq!(find(None, Ok(given)).unwrap(), VARIABLE);
        for (file, variable) in [
            (Some("/etc/key"), Ok(KEY.to_owned())),
            (None, Ok(String::new())),
            (None, Ok(KEY[1..].to_owned())),
            (None, Err(VarError::NotUnicode(OsString::from(KEY)))),
        ] {
            let refused = find(file, variable).unwrap_err();
            let told = format!("{refused} {refused:?}");
            assert!(told.contains(VARIABLE) && !told.contains("0c0d"), "{told}");
        }
        let refused = find(Some(KEY), absent()).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("0c0d"));
    }
}
