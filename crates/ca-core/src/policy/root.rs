//! The policy of the authorities themselves.

use std::fmt;

use identity::KeyAlgorithm;

use super::{PolicyErrors, file, yaml};

/// The checked policy of the root and the issuing authorities (`root.yaml`).
#[derive(Clone, Debug)]
pub struct RootPolicy {
    pub(super) path: String,
    pub(super) sha256: [u8; 32],
    pub(super) title: String,
    pub(super) root_common_name: String,
    pub(super) issuing_common_name: String,
    pub(super) root_key: KeyAlgorithm,
    pub(super) issuing_key: KeyAlgorithm,
    pub(super) allowed_keys: Vec<KeyAlgorithm>,
    pub(super) root_years: u32,
    pub(super) issuing_years: u32,
    pub(super) root_path_length: Option<u8>,
    pub(super) issuing_path_length: u8,
    pub(super) crl: CrlRules,
    pub(super) ocsp: OcspRules,
}

/// What revocation lists are like. Times are in days, from thisUpdate to nextUpdate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrlRules {
    /// How long the root's list is current: the root is seldom at hand.
    pub root_days: u32,
    /// How long those of the issuing authorities are current.
    pub issuing_days: u32,
    /// How long delta lists of the issuing authorities are current; `None`: there are none.
    pub delta_days: Option<u32>,
    /// For how many days an entry stays after its certificate has expired. With 0 it stays until a list has been
    /// published that was made after the expiry (RFC 5280, 3.3).
    pub keep_expired_days: u32,
}

/// How the OCSP responder answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OcspRules {
    /// How long an answer is current, in hours from thisUpdate to nextUpdate.
    pub answer_hours: u32,
    /// How long the responder's own certificates are valid, in days; a new one takes over at half time.
    pub signer_days: u32,
    /// What is said of a serial that was never issued.
    pub never_issued: NeverIssued,
}

/// What an OCSP responder says of a serial number that its issuer never gave to a certificate (RFC 6960, 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NeverIssued {
    /// `unknown`: programs may look elsewhere, in a CRL for instance, where a forged certificate does not stand either.
    Unknown,
    /// `revoked`, on hold since 1970, with the extension that says what is meant (id-pkix-ocsp-extended-revoke).
    Revoked,
}

impl Default for OcspRules {
    fn default() -> Self {
        Self {
            answer_hours: 24,
            signer_days: 30,
            never_issued: NeverIssued::Unknown,
        }
    }
}

impl fmt::Display for NeverIssued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::Revoked => "revoked",
        })
    }
}

impl RootPolicy {
    /// Reads a policy; `path` is the file's name for error messages.
    ///
    /// # Errors
    /// [`PolicyErrors`] with everything that is wrong.
    pub fn parse(path: &str, text: &str) -> Result<Self, PolicyErrors> {
        let tree = yaml::parse(path, text)?;
        file::read_root(path, text, &tree)
    }

    /// Returns the file's name as given to the parser.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the SHA-256 digest of the policy's text.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// Returns the title, for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns the root's common name in an authority called `name`.
    pub fn root_common_name(&self, name: &str) -> String {
        self.root_common_name.replace("{name}", name)
    }

    /// Returns the common name of the issuing authority `issuer` in an authority called `name`.
    pub fn issuing_common_name(&self, name: &str, issuer: &str) -> String {
        self.issuing_common_name
            .replace("{issuer}", issuer)
            .replace("{name}", name)
    }

    /// Returns the root's key unless `init --key` asks for another.
    pub fn root_key(&self) -> KeyAlgorithm {
        self.root_key
    }

    /// Returns the issuing authorities' key unless `init --key` asks for another.
    pub fn issuing_key(&self) -> KeyAlgorithm {
        self.issuing_key
    }

    /// Returns the keys that authorities may have.
    pub fn allowed_keys(&self) -> &[KeyAlgorithm] {
        &self.allowed_keys
    }

    /// Returns the root's validity in days.
    pub fn root_days(&self) -> u32 {
        days_of_years(self.root_years)
    }

    /// Returns the issuing authorities' validity in days.
    pub fn issuing_days(&self) -> u32 {
        days_of_years(self.issuing_years)
    }

    /// Returns the root's path length constraint; `None` sets none.
    pub fn root_path_length(&self) -> Option<u8> {
        self.root_path_length
    }

    /// Returns the issuing authorities' path length constraint.
    pub fn issuing_path_length(&self) -> u8 {
        self.issuing_path_length
    }

    /// Returns what revocation lists are like.
    pub fn crl(&self) -> CrlRules {
        self.crl
    }

    /// Returns how the OCSP responder answers.
    pub fn ocsp(&self) -> OcspRules {
        self.ocsp
    }
}

/// Returns the days of a number of years, leap years included on average, so that a root of 20 years does not expire
/// five days before its birthday.
fn days_of_years(years: u32) -> u32 {
    years * 1461 / 4
}
