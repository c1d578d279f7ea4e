//! The files of an identity.

use std::path::{Path, PathBuf};

use ca_core::request::CertificateUsage;

use crate::files;
use crate::output::record::FilesView;
use crate::preset::P12Preset;

/// Which files are to be written, and how they are called.
#[derive(Debug)]
pub(crate) struct Names {
    /// `None` where the holder has the key.
    pub(crate) p12: Option<PathBuf>,
    pub(crate) compat_p12: Option<PathBuf>,
    /// Only if a password is made here.
    pub(crate) password: Option<PathBuf>,
    pub(crate) chain: PathBuf,
    /// One for each certificate, in the order of issuance.
    pub(crate) certificates: Vec<PathBuf>,
    /// One for each certificate, if wanted.
    pub(crate) keys: Vec<PathBuf>,
    /// What the holder is given, if wanted: P12s, root and handout.
    pub(crate) zip: Option<PathBuf>,
    /// The password on paper, if wanted and made here.
    pub(crate) slip: Option<PathBuf>,
    /// Beside this file the new keys are staged.
    pub(crate) staging: PathBuf,
}

/// What is made for the holder besides the files of an identity.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Handouts {
    #[default]
    None,
    /// An archive, the password being on a sheet for all.
    Archive,
    /// An archive and a slip with the password.
    ArchiveAndSlip,
}

/// What an identity's files depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) directory: &'a Path,
    /// The first address.
    pub(crate) address: &'a str,
    pub(crate) certificates: &'a [CertificateUsage],
    /// The key is made here.
    pub(crate) with_key: bool,
    pub(crate) key_file: bool,
    pub(crate) preset: P12Preset,
    /// The P12's password is made here.
    pub(crate) password: bool,
    pub(crate) handout: Handouts,
}

impl Names {
    pub(crate) fn new(wanted: &Wanted<'_>) -> Self {
        let stem = files::stem(wanted.address);
        let file = |suffix: &str| {
            let name = format!("{stem}{suffix}");
            // A bare name reads better than one behind `./`.
            if wanted.directory == Path::new(".") {
                PathBuf::from(name)
            } else {
                wanted.directory.join(name)
            }
        };
        let each = |suffix: &str| -> Vec<PathBuf> {
            match wanted.certificates {
                [_] => vec![file(&format!(".{suffix}"))],
                several => several
                    .iter()
                    .map(|usage| file(&format!(".{usage}.{suffix}")))
                    .collect(),
            }
        };
        let p12 = file(".p12");
        Self {
            compat_p12: wanted.preset.second_file(&p12).filter(|_| wanted.with_key),
            password: (wanted.with_key && wanted.password).then(|| file(".p12.password")),
            chain: file(".chain.pem"),
            zip: (wanted.with_key && wanted.handout != Handouts::None).then(|| file(".zip")),
            slip: (wanted.with_key && wanted.password && wanted.handout == Handouts::ArchiveAndSlip)
                .then(|| file(".p12.password.html")),
            certificates: each("crt"),
            keys: if wanted.with_key && wanted.key_file {
                each("key")
            } else {
                Vec::new()
            },
            p12: wanted.with_key.then(|| p12.clone()),
            staging: p12,
        }
    }

    /// Returns every file that will be written.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Path> {
        let optional = [&self.p12, &self.compat_p12, &self.password, &self.zip, &self.slip];
        optional
            .into_iter()
            .flatten()
            .chain(std::iter::once(&self.chain))
            .chain(&self.certificates)
            .chain(&self.keys)
            .map(PathBuf::as_path)
    }

    /// Returns the files of one certificate as JSON names them.
    pub(crate) fn view(&self, index: usize) -> FilesView {
        let text = |path: &PathBuf| path.display().to_string();
        FilesView {
            p12: self.p12.as_ref().map(text),
            compat_p12: self.compat_p12.as_ref().map(text),
            password: self.password.as_ref().map(text),
            certificate: self.certificates.get(index).map(text),
            chain: Some(text(&self.chain)),
            key: self.keys.get(index).map(text),
            zip: self.zip.as_ref().map(text),
            slip: self.slip.as_ref().map(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(certificates: &[CertificateUsage], with_key: bool) -> Vec<String> {
        let names = Names::new(&Wanted {
            directory: Path::new("out"),
            address: "Alice@Example.com",
            certificates,
            with_key,
            key_file: true,
            preset: P12Preset::Both,
            password: true,
            handout: Handouts::None,
        });
        let mut all: Vec<String> = names.all().map(|path| path.display().to_string()).collect();
        all.sort();
        all
    }

    #[test]
    fn an_identity_has_the_documented_files() {
        assert_eq!(
            names(&[CertificateUsage::Dual], true),
            [
                "out/alice@example.com.chain.pem",
                "out/alice@example.com.compat.p12",
                "out/alice@example.com.crt",
                "out/alice@example.com.key",
                "out/alice@example.com.p12",
                "out/alice@example.com.p12.password",
            ]
        );
    }

    #[test]
    fn a_pair_has_two_certificates_and_keys() {
        let all = names(&[CertificateUsage::Sign, CertificateUsage::Encrypt], true);
        assert!(
            all.contains(&"out/alice@example.com.sign.crt".to_owned()),
            "{all:?}"
        );
        assert!(
            all.contains(&"out/alice@example.com.encrypt.key".to_owned()),
            "{all:?}"
        );
    }

    #[test]
    fn whoever_has_the_key_gets_certificates_only() {
        assert_eq!(
            names(&[CertificateUsage::Dual], false),
            ["out/alice@example.com.chain.pem", "out/alice@example.com.crt"]
        );
    }
}
