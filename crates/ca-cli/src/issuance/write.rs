//! Writing an identity's files.

use std::path::Path;

use ca_store::FileError;
use ca_store::atomic::{self, Mode};
use identity::pkcs12::{self, Bag, ReadOptions};
use identity::{Passphrase, pem};

use super::{Issuance, Made};
use crate::context::FILE_LIMIT;
use crate::error::CommandError;
use crate::p12_password::P12Password;

impl Issuance<'_> {
    /// Writes what is missing; a file that an earlier run of this issuance wrote stays.
    pub(super) fn write_files(&self, made: &Made) -> Result<(), CommandError> {
        let Some(first) = made.issued.first() else {
            return Ok(());
        };
        if let Some(p12) = &self.names.p12 {
            let password = self.settle_password(made)?;
            let bags: Vec<_> = made
                .keys
                .iter()
                .zip(&made.issued)
                .map(|(key, issued)| Bag {
                    key,
                    certificate: issued.certificate(),
                })
                .collect();
            let chain = if self.leaf_only { &[][..] } else { first.chain() };
            let name = self
                .approved
                .emails()
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            for (path, preset) in self.preset.files(p12) {
                if made.resumed && holds_keys(&path, &password, made) {
                    continue;
                }
                let bytes =
                    pkcs12::write(&bags, chain, &name, &password, preset, self.password.iterations())?;
                atomic::write(&path, &bytes, Mode::Secret, self.overwrite)?;
            }
        }
        ca_store::failpoint!("after-p12");
        for (path, issued) in self.names.certificates.iter().zip(&made.issued) {
            let text = pem::encode("CERTIFICATE", issued.certificate().der());
            self.write(made, path, text.as_bytes(), Mode::Public)?;
        }
        let chain: String = first
            .chain()
            .iter()
            .map(|ca| pem::encode("CERTIFICATE", ca.der()))
            .collect();
        self.write(made, &self.names.chain, chain.as_bytes(), Mode::Public)?;
        for (path, key) in self.names.keys.iter().zip(&made.keys) {
            self.write(made, path, key.to_pkcs8_pem().as_bytes(), Mode::Secret)?;
        }
        Ok(())
    }

    /// Writes down a password made here, before the P12 that it opens.
    fn settle_password(&self, made: &Made) -> Result<Passphrase, CommandError> {
        let (P12Password::Generated(new), Some(path)) = (self.password, &self.names.password) else {
            return Ok(self.password.secret().clone());
        };
        if made.resumed && path.is_file() {
            // The earlier run's P12, if there is one, opens with this.
            let line = atomic::read(path, FILE_LIMIT)?;
            if let Ok(earlier) = Passphrase::from_secret_file_line(&line)
                && !earlier.is_empty()
            {
                return Ok(earlier);
            }
        }
        let line = zeroize::Zeroizing::new(format!("{}\n", new.as_str()));
        atomic::write(path, line.as_bytes(), Mode::Secret, self.overwrite)?;
        Ok(new.clone())
    }

    fn write(&self, made: &Made, path: &Path, bytes: &[u8], mode: Mode) -> Result<(), CommandError> {
        match atomic::write(path, bytes, mode, self.overwrite) {
            Err(FileError::AlreadyExists { .. })
                if made.resumed
                    && atomic::read(path, FILE_LIMIT).is_ok_and(|found| found.as_slice() == bytes) =>
            {
                Ok(())
            }
            other => Ok(other?),
        }
    }
}

/// Tells whether a P12 stands already and holds the keys that it should.
fn holds_keys(path: &Path, password: &Passphrase, made: &Made) -> bool {
    let Ok(bytes) = atomic::read(path, FILE_LIMIT) else {
        return false;
    };
    let Ok(contents) = pkcs12::read(&bytes, Some(password), ReadOptions::default()) else {
        return false;
    };
    made.keys.iter().all(|key| {
        contents
            .keys
            .iter()
            .any(|bag| bag.key.public_key() == key.public_key())
    })
}
