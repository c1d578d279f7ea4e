//! NSS, Thunderbird's engine, through its command-line tools.

use std::path::Path;
use std::process::Command;

use crate::{Peer, Run};

/// Where Debian's Thunderbird keeps the NSS that it brings.
pub(crate) const THUNDERBIRD_LIBRARIES: &str = "/usr/lib/thunderbird";

/// A certificate database of its own with the three NSS tools.
#[derive(Debug)]
pub struct Nss {
    certutil: Peer,
    pk12util: Peer,
    cmsutil: Peer,
    folder: tempfile::TempDir,
}

impl Nss {
    /// Makes an empty database; `None` where NSS's tools are missing.
    #[must_use]
    pub fn new() -> Option<Self> {
        Self::with_libraries(None)
    }

    /// Makes an empty database whose tools run on the libraries that Thunderbird brings; `None` where it is missing.
    #[must_use]
    pub fn of_thunderbird() -> Option<Self> {
        Peer::find("thunderbird")?;
        Self::with_libraries(Some(THUNDERBIRD_LIBRARIES))
    }

    /// Makes an empty database whose tools run on the NSS libraries in `libraries` instead of the system's.
    #[must_use]
    pub(crate) fn with_libraries(libraries: Option<&str>) -> Option<Self> {
        let tool = |name| {
            let peer = Peer::find(name)?;
            Some(match libraries {
                Some(folder) => peer.with("LD_LIBRARY_PATH", folder),
                None => peer,
            })
        };
        let nss = Self {
            certutil: tool("certutil")?,
            pk12util: tool("pk12util")?,
            cmsutil: tool("cmsutil")?,
            folder: tempfile::tempdir().unwrap(),
        };
        nss.certutil
            .run(nss.folder.path(), &["-N", "-d", "sql:.", "--empty-password"])
            .ok();
        Some(nss)
    }

    /// Where the database is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Imports a root (PEM or DER), trusted for e-mail.
    pub fn trust(&self, root: &Path) {
        let root = root.to_str().unwrap();
        self.certutil
            .run(
                self.folder.path(),
                &["-A", "-d", "sql:.", "-n", "trusted root", "-t", ",C,", "-i", root],
            )
            .ok();
    }

    /// Imports a revocation list (DER).
    #[must_use]
    pub fn import_crl(&self, list: &Path) -> Run {
        match Peer::find("crlutil") {
            Some(crlutil) => crlutil.run(
                self.folder.path(),
                &["-I", "-d", "sql:.", "-t", "1", "-i", list.to_str().unwrap()],
            ),
            None => panic!("crlutil is missing, which comes with certutil"),
        }
    }

    /// Judges the certificate `nickname` as an e-mail signer's.
    #[must_use]
    pub fn verify_signer(&self, nickname: &str) -> Run {
        self.certutil.run(
            self.folder.path(),
            &["-V", "-d", "sql:.", "-n", nickname, "-u", "S"],
        )
    }

    /// Imports a PKCS#12 file.
    #[must_use]
    pub fn import_p12(&self, p12: &Path, password: &str) -> Run {
        self.pk12util.run(
            self.folder.path(),
            &["-i", p12.to_str().unwrap(), "-d", "sql:.", "-W", password],
        )
    }

    /// Exports the identity `nickname` as PKCS#12 into `p12`.
    #[must_use]
    pub fn export_p12(&self, nickname: &str, p12: &Path, password: &str) -> Run {
        self.pk12util.run(
            self.folder.path(),
            &[
                "-o",
                p12.to_str().unwrap(),
                "-n",
                nickname,
                "-d",
                "sql:.",
                "-W",
                password,
            ],
        )
    }

    /// Lists certificates and their trust.
    #[must_use]
    pub fn list(&self) -> String {
        self.certutil
            .run(self.folder.path(), &["-L", "-d", "sql:."])
            .ok()
            .text()
    }

    /// Signs `content` as `name`, which may be a nickname or an address: opaque, or detached with `detached`.
    #[must_use]
    pub fn sign(&self, name: &str, content: &[u8], detached: bool) -> Run {
        std::fs::write(self.folder.path().join("in"), content).unwrap();
        let _ = std::fs::remove_file(self.folder.path().join("out"));
        let mut arguments = vec![
            "-S", "-G", "-P", "-H", "SHA256", "-N", name, "-d", "sql:.", "-i", "in", "-o", "out",
        ];
        if detached {
            arguments.push("-T");
        }
        let mut run = self.cmsutil.run(self.folder.path(), &arguments);
        run.stdout = std::fs::read(self.folder.path().join("out")).unwrap_or_default();
        run
    }

    /// Verifies a signature as an e-mail signer's (`detached` content aside), or decrypts; the content is the run's output.
    #[must_use]
    pub fn decode(&self, cms: &[u8], detached: Option<&[u8]>) -> Run {
        std::fs::write(self.folder.path().join("cms"), cms).unwrap();
        let mut arguments = vec!["-D", "-d", "sql:.", "-i", "cms", "-u", "4"];
        if let Some(content) = detached {
            std::fs::write(self.folder.path().join("content"), content).unwrap();
            arguments.extend(["-c", "content"]);
        }
        self.cmsutil.run(self.folder.path(), &arguments)
    }

    /// A command of cmsutil's on this database; it runs in the folder of the database.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.cmsutil.command();
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    /// What cmsutil says to an option.
    #[must_use]
    pub(crate) fn usage_of(&self, option: &str) -> String {
        let run = self.cmsutil.run(self.folder.path(), &["-S", option]).fails();
        run.stderr.trim().lines().next().unwrap_or_default().to_owned()
    }

    /// Encrypts `content` to `recipient`, a nickname or an address.
    #[must_use]
    pub fn encrypt(&self, recipient: &str, content: &[u8]) -> Run {
        std::fs::write(self.folder.path().join("in"), content).unwrap();
        let _ = std::fs::remove_file(self.folder.path().join("out"));
        let mut run = self.cmsutil.run(
            self.folder.path(),
            &["-E", "-d", "sql:.", "-r", recipient, "-i", "in", "-o", "out"],
        );
        run.stdout = std::fs::read(self.folder.path().join("out")).unwrap_or_default();
        run
    }
}
