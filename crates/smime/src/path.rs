//! Certificate paths: building and validation for mail (RFC 5280 6, RFC 8550).
//!
//! [`build_and_validate`] searches for a path from a certificate to one of the given trust anchors, tries several
//! where several exist, and reports the first that holds, or else the most useful reason why none does. The work is
//! bounded by [`Limits`], whatever the certificates look like. Nothing is fetched but by the caller's [`StatusSource`], if
//! there is one; the time is an argument.
//!
//! A trust anchor is a certificate that the caller trusts: its name and key are what counts (RFC 5280 6.1.1 (d)), and
//! what it says about itself is respected too (its validity, path length, name constraints and usages).

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use identity::{Certificate, CertificateList, Mailbox};

use crate::report::{Code, Finding, Verdict};

mod build;
mod general_name;
mod inherited;
mod name;
mod policy;
mod profile;
pub(crate) mod purpose;
mod revocation;
mod validate;

pub(crate) use inherited::{inherits, working_key};
pub use revocation::{Fetched, OcspAnswer, StatusSource};

/// What a certificate is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Purpose {
    /// Signing mail: emailProtection, digitalSignature or nonRepudiation.
    SmimeSign,
    /// Encrypting mail: emailProtection, keyEncipherment or keyAgreement.
    SmimeEncrypt,
    /// Either of the two.
    #[default]
    SmimeAny,
    /// Anything: usages are not looked at.
    Any,
}

/// How much must be known about revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Revocation {
    /// Every certificate below the anchor needs a current answer.
    Required,
    /// What the given lists say counts; where none applies, nothing is missing.
    #[default]
    IfGiven,
    /// Not looked at.
    Off,
}

/// Bounds on the work that hostile certificates can cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest path, counted in certificates with leaf and anchor, without self-issued ones in between (as path
    /// lengths are counted, RFC 5280 6.1.4 (l)): those are bounded by the signature checks.
    pub depth: usize,
    /// How many signatures of certificates are checked at most.
    pub signature_checks: usize,
    /// How many complete paths are validated at most.
    pub paths: usize,
    /// How many untrusted certificates are looked at.
    pub untrusted: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 20,
            signature_checks: 200,
            paths: 50,
            untrusted: 1000,
        }
    }
}

/// How a path is judged. Built with [`PathOptions::new`] and changed field by field.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PathOptions<'a> {
    /// The moment for which the path must hold.
    pub now: DateTime<Utc>,
    /// What the leaf is to be used for.
    pub purpose: Purpose,
    /// An address that the leaf must hold.
    pub email: Option<&'a Mailbox>,
    /// Admits SHA-1 and MD5 signatures and short RSA and DSA keys on the path, with a warning.
    pub legacy: bool,
    /// Refuses what a conforming authority must not write although RFC 5280 6 does not ask readers to look: missing key
    /// identifiers, constraints that are not critical (as OpenSSL's `-x509_strict`).
    pub strict: bool,
    /// Lists of revoked certificates.
    pub crls: &'a [CertificateList],
    /// Answers of OCSP responders.
    pub ocsp: &'a [OcspAnswer],
    /// Where to ask for more about revocation; `None` asks nobody.
    pub status: Option<&'a dyn StatusSource>,
    /// How much must be known about revocation.
    pub revocation: Revocation,
    /// Policies of which the path must be valid for one (RFC 5280 6.1.1 (c)); empty means any policy.
    pub policies: &'a [ObjectIdentifier],
    /// Whether the path must be valid for at least one policy (RFC 5280 6.1.1 (f)).
    pub explicit_policy: bool,
    /// Whether policy mapping is forbidden (RFC 5280 6.1.1 (e)).
    pub inhibit_policy_mapping: bool,
    /// Whether anyPolicy counts as no policy (RFC 5280 6.1.1 (g)).
    pub inhibit_any_policy: bool,
    /// Bounds on the work.
    pub limits: Limits,
    /// What other searches for the same message found out.
    pub(crate) checked: Option<&'a Checked>,
}

/// Which certificates were made by which issuers: the paths of one message share most of their signatures.
#[derive(Debug, Default)]
pub(crate) struct Checked(RefCell<HashMap<(Certificate, Certificate), bool>>);

impl Checked {
    /// Tells what is known, or else what `check` says.
    fn or_check(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        check: impl FnOnce() -> bool,
    ) -> bool {
        let pair = (certificate.clone(), issuer.clone());
        if let Some(good) = self.0.borrow().get(&pair) {
            return *good;
        }
        let good = check();
        self.0.borrow_mut().insert(pair, good);
        good
    }
}

impl PathOptions<'_> {
    /// Returns the options for a moment: any S/MIME use, any policy, revocation as far as lists are given.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            now,
            purpose: Purpose::default(),
            email: None,
            legacy: false,
            strict: false,
            crls: &[],
            ocsp: &[],
            status: None,
            revocation: Revocation::default(),
            policies: &[],
            explicit_policy: false,
            inhibit_policy_mapping: false,
            inhibit_any_policy: false,
            limits: Limits::default(),
            checked: None,
        }
    }
}

/// The judgement on a certificate's standing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PathReport {
    /// The path that was judged, leaf first, anchor last; without an anchor as far as issuers were found.
    pub chain: Vec<Certificate>,
    /// [`Code::Ok`], or the most useful single failure.
    pub status: Code,
    /// Everything noticed about that path.
    pub findings: Vec<Finding>,
    /// `Valid`, `Invalid`, or `Indeterminate` where the issuer is not known.
    pub verdict: Verdict,
    /// The policies the path is valid for (RFC 5280 6.1.5): [`ANY_POLICY`] where all of its certificates say so.
    pub policies: Vec<ObjectIdentifier>,
}

/// anyPolicy (RFC 5280 4.2.1.4).
pub const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");

/// Searches for a path from `leaf` to one of `anchors`, with the help of `untrusted`, and judges it.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let leaf_pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/leaf.pem"));
/// # let root_pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/root.pem"));
/// use smime::path::{PathOptions, Purpose, build_and_validate};
/// use smime::report::Code;
///
/// let anchors = identity::pem::certificates(root_pem)?;
/// let leaf = identity::pem::certificates(leaf_pem)?.remove(0);
/// let mut options = PathOptions::new("2027-01-01T00:00:00Z".parse()?);
/// options.purpose = Purpose::SmimeSign;
/// let report = build_and_validate(&leaf, &anchors, &[], &options);
/// assert_eq!(report.status, Code::Ok);
///
/// options.now = "2060-01-01T00:00:00Z".parse()?;
/// let report = build_and_validate(&leaf, &anchors, &[], &options);
/// assert_eq!(report.status, Code::Expired);
/// # Ok(())
/// # }
/// ```
pub fn build_and_validate(
    leaf: &Certificate,
    anchors: &[Certificate],
    untrusted: &[Certificate],
    options: &PathOptions<'_>,
) -> PathReport {
    build::Builder::new(leaf, anchors, untrusted, options).run()
}
