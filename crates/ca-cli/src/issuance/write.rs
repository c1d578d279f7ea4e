//! Writing an identity's files.

use std::path::Path;

use ca_store::FileError;
use ca_store::atomic::{self, Mode};
use identity::pkcs12::{self, Bag, ReadOptions};
use identity::{Passphrase, PrivateKey, pem};
use zeroize::Zeroizing;

use super::{Issuance, Made};
use crate::context::FILE_LIMIT;
use crate::error::CommandError;
use crate::p12_password::P12Password;

impl Issuance<'_> {
    /// Writes what is missing; a file that an earlier run of this issuance wrote stays.
    pub(super) fn write_files(&self, made: &Made) -> Result<(), CommandError> {
        self.put_files(made, &|path, bytes, mode| {
            atomic::write(path, bytes, mode, self.overwrite)
        })
    }

    /// As [`Self::write_files`], by way of `put`, the password before what it opens.
    pub(super) fn put_files(&self, made: &Made, put: &Put<'_>) -> Result<(), CommandError> {
        let Some(first) = made.issued.first() else {
            return Ok(());
        };
        let mut p12s = Vec::new();
        if let Some(p12) = &self.names.p12 {
            let password = self.settle_password(made, put)?;
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
            let name = self.email();
            for (path, preset) in self.preset.files(p12) {
                if made.resumed
                    && let Some(bytes) = holding_keys(&path, &password, made)
                {
                    p12s.push((path, bytes));
                    continue;
                }
                let bytes =
                    pkcs12::write(&bags, chain, &name, &password, preset, self.password.iterations())?;
                put(&path, &bytes, Mode::Secret)?;
                p12s.push((path, Zeroizing::new(bytes)));
            }
            if let (Some(path), Some(given)) = (&self.names.slip, &self.handout) {
                let page = self.slip(given, made, password.as_str());
                self.put(made, path, page.as_bytes(), Mode::Secret, put)?;
            }
        }
        ca_store::failpoint!("after-p12");
        for (path, issued) in self.names.certificates.iter().zip(&made.issued) {
            let text = pem::encode("CERTIFICATE", issued.certificate().der());
            self.put(made, path, text.as_bytes(), Mode::Public, put)?;
        }
        let chain: String = first
            .chain()
            .iter()
            .map(|ca| pem::encode("CERTIFICATE", ca.der()))
            .collect();
        self.put(made, &self.names.chain, chain.as_bytes(), Mode::Public, put)?;
        for (path, key) in self.names.keys.iter().zip(&made.keys) {
            self.put(made, path, key.to_pkcs8_pem().as_bytes(), Mode::Secret, put)?;
        }
        if let (Some(path), Some(given)) = (&self.names.zip, &self.handout) {
            let archive = self.archive(given, made, &p12s)?;
            self.put(made, path, &archive, Mode::Secret, put)?;
        }
        Ok(())
    }

    /// Writes down a password made here, before the P12 that it opens.
    fn settle_password(&self, made: &Made, put: &Put<'_>) -> Result<Passphrase, CommandError> {
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
        let line = Zeroizing::new(format!("{}\n", new.as_str()));
        put(path, line.as_bytes(), Mode::Secret)?;
        Ok(new.clone())
    }

    fn put(
        &self,
        made: &Made,
        path: &Path,
        bytes: &[u8],
        mode: Mode,
        put: &Put<'_>,
    ) -> Result<(), CommandError> {
        match put(path, bytes, mode) {
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

/// Writes one file.
pub(super) type Put<'p> = dyn Fn(&Path, &[u8], Mode) -> Result<(), FileError> + 'p;

/// Returns a P12 that stands already, if it holds the keys that it should.
fn holding_keys(path: &Path, password: &Passphrase, made: &Made) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = atomic::read(path, FILE_LIMIT).ok()?;
    let contents = pkcs12::read(&bytes, Some(password), ReadOptions::default()).ok()?;
    let holds = |key: &PrivateKey| {
        contents
            .keys
            .iter()
            .any(|bag| bag.key.public_key() == key.public_key())
    };
    made.keys.iter().all(holds).then_some(bytes)
}
