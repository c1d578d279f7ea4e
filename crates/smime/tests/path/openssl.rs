//! OpenSSL's verdict on a path.

use identity::{Certificate, pem};
use test_support::Peer;

use super::made::NOW_UNIX;

/// The program, and a folder for what it reads.
pub(crate) struct OpenSsl {
    program: Peer,
    folder: tempfile::TempDir,
}

impl OpenSsl {
    /// `None` where it is missing, which has been said.
    pub(crate) fn find() -> Option<Self> {
        Some(Self {
            program: test_support::openssl()?,
            folder: tempfile::tempdir().unwrap(),
        })
    }

    /// Tells whether `openssl verify` accepts a certificate, or what it objects to.
    pub(crate) fn verify(
        &self,
        anchors: &[Certificate],
        untrusted: &[Certificate],
        leaf: &Certificate,
        options: &[&str],
    ) -> Result<(), String> {
        let files = [
            ("root.pem", anchors),
            ("untrusted.pem", untrusted),
            ("leaf.pem", std::slice::from_ref(leaf)),
        ];
        for (name, certificates) in files {
            std::fs::write(
                self.folder.path().join(name),
                pem::encode_certificates(certificates),
            )
            .unwrap();
        }
        let mut arguments = vec!["verify", "-CAfile", "root.pem"];
        if !options.contains(&"-no_check_time") {
            arguments.extend(["-attime", NOW_UNIX]);
        }
        if !untrusted.is_empty() {
            arguments.extend(["-untrusted", "untrusted.pem"]);
        }
        arguments.extend(options);
        arguments.push("leaf.pem");
        let run = self.program.run(self.folder.path(), &arguments);
        match run.code {
            Some(0) => Ok(()),
            _ => Err(run
                .stderr
                .lines()
                .filter(|line| line.starts_with("error "))
                .collect::<Vec<_>>()
                .join("; ")),
        }
    }
}
