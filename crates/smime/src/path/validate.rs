//! The validation of one path, from the anchor down to the leaf (RFC 5280 6.1).

use chrono::SubsecRound;
use const_oid::ObjectIdentifier;
use identity::{Certificate, GeneralName, KeyKind, SignatureScheme};

use super::general_name::{Within, within};
use super::policy::PolicyState;
use super::{PathOptions, profile, purpose, revocation};
use crate::report::{Code, Finding, Severity, match_mailbox, shorten};

/// How many names are compared with name constraints on one path at most.
const NAME_COMPARISONS: usize = 100_000;

/// emailAddress in a subject (RFC 2985).
const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

/// The extensions that may be critical because they are processed here (RFC 5280 4.2, 6.1.4 (o)).
const PROCESSED: [&str; 11] = [
    "2.5.29.15", // keyUsage
    "2.5.29.17", // subjectAltName
    "2.5.29.18", // issuerAltName: nothing to process
    "2.5.29.19", // basicConstraints
    "2.5.29.30", // nameConstraints
    "2.5.29.31", // cRLDistributionPoints
    "2.5.29.32", // certificatePolicies
    "2.5.29.33", // policyMappings
    "2.5.29.36", // policyConstraints
    "2.5.29.37", // extKeyUsage
    "2.5.29.54", // inhibitAnyPolicy
];

/// What validation found.
pub(super) struct Outcome {
    pub(super) findings: Vec<Finding>,
    pub(super) policies: Vec<ObjectIdentifier>,
}

impl Outcome {
    pub(super) fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_error()).count()
    }
}

/// Judges a path whose signatures were checked: leaf first, anchor last (the leaf may be the anchor itself).
pub(super) fn validate(
    chain: &[&Certificate],
    options: &PathOptions<'_>,
    lists: &revocation::Context<'_>,
) -> Outcome {
    let mut findings = Vec::new();
    let Some((anchor, below)) = chain.split_last() else {
        return Outcome {
            findings,
            policies: Vec::new(),
        };
    };
    let Some((leaf, _)) = chain.split_first() else {
        return Outcome {
            findings,
            policies: Vec::new(),
        };
    };
    let mut state = State {
        options,
        path_length: None,
        constraints: Vec::new(),
        comparisons: NAME_COMPARISONS,
        policies: PolicyState::new(below.len(), options),
        findings: &mut findings,
    };
    if below.is_empty() {
        state.validity(anchor, "trusted certificate");
        state.strength(anchor, false);
        state.strict_profile(anchor);
    } else {
        state.validity(anchor, "trusted root");
        state.strength(anchor, false);
        state.enter_anchor(anchor);
    }
    for (index, certificate) in below.iter().enumerate().rev() {
        let is_leaf = index == 0;
        state.validity(certificate, "certificate");
        state.strength(certificate, true);
        if is_leaf || !certificate.is_self_issued() {
            state.names(certificate);
        }
        // Below the anchor every certificate has its issuer at the next place.
        let above = chain.get(index + 1..).unwrap_or_default();
        state
            .findings
            .extend(revocation::check(certificate, above, options, lists));
        state.policies.certificate(certificate, is_leaf);
        state.critical_extensions(certificate);
        state.profile(certificate);
        if !is_leaf {
            state.enter_issuer(certificate);
        }
    }
    let (policies, complaint) = std::mem::take(&mut state.policies).finish();
    findings.extend(complaint);
    findings.extend(leaf_usage(leaf, options));
    Outcome { findings, policies }
}

/// The checks on a leaf that need no path: what they find holds whoever the issuer is.
pub(super) fn leaf_alone(leaf: &Certificate, options: &PathOptions<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut state = State {
        options,
        path_length: None,
        constraints: Vec::new(),
        comparisons: 0,
        policies: PolicyState::default(),
        findings: &mut findings,
    };
    state.validity(leaf, "certificate");
    state.strength(leaf, true);
    findings.extend(leaf_usage(leaf, options));
    findings
}

/// Purpose and address of the leaf.
fn leaf_usage(leaf: &Certificate, options: &PathOptions<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let subject = || shorten(&leaf.subject().to_string());
    if !purpose::extended_usage_allows(leaf, options.purpose) {
        findings.push(Finding::new(
            Code::WrongPurpose,
            format!(
                "the certificate of {} is not for mail (no emailProtection in its extended key usage)",
                subject()
            ),
        ));
    }
    if !purpose::key_usage_allows(leaf, options.purpose) {
        findings.push(Finding::new(
            Code::WrongPurpose,
            format!(
                "the key usage of the certificate of {} does not allow this use",
                subject()
            ),
        ));
    }
    if let Some(email) = options.email {
        let held = leaf.emails();
        match match_mailbox(email, &held) {
            identity::mailbox::Match::Exact => {}
            identity::mailbox::Match::CaseDiffers => findings.push(Finding::new(
                Code::FromCaseDiffers,
                format!("{email} and the certificate's address differ in the case of letters only"),
            )),
            _ => findings.push(Finding::new(
                Code::EmailMismatch,
                format!(
                    "the certificate does not hold {email} but {}",
                    shorten(&list(&held))
                ),
            )),
        }
    }
    findings
}

fn list(emails: &[String]) -> String {
    if emails.is_empty() {
        "no address at all".to_owned()
    } else {
        emails.join(", ")
    }
}

struct State<'a, 'o> {
    options: &'a PathOptions<'o>,
    path_length: Option<u32>,
    constraints: Vec<&'a identity::certificate::NameConstraints>,
    comparisons: usize,
    policies: PolicyState,
    findings: &'a mut Vec<Finding>,
}

impl<'a> State<'a, '_> {
    fn add(&mut self, code: Code, message: String) {
        self.findings.push(Finding::new(code, message));
    }

    /// RFC 5280 4.1.2.5: both ends belong to the validity.
    fn validity(&mut self, certificate: &Certificate, what: &str) {
        let subject = shorten(&certificate.subject().to_string());
        // The last second belongs to the validity with all its fractions.
        let now = self.options.now.trunc_subsecs(0);
        if now < certificate.not_before() {
            let from = certificate
                .not_before()
                .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            self.add(
                Code::NotYetValid,
                format!("the {what} {subject} is valid from {from} only"),
            );
        } else if !certificate.is_valid_at(now) {
            let until = certificate
                .not_after()
                .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            self.add(Code::Expired, format!("the {what} {subject} expired at {until}"));
        }
    }

    /// Key length, and the digest of the signature on the certificate (that on an anchor proves nothing).
    fn strength(&mut self, certificate: &Certificate, signature_counts: bool) {
        let severity = if self.options.legacy {
            Severity::Warning
        } else {
            Severity::Error
        };
        let subject = || shorten(&certificate.subject().to_string());
        if let KeyKind::Rsa { bits } | KeyKind::RsaPss { bits } = certificate.public_key().kind()
            && bits < 2048
        {
            let message = format!("the RSA key of {} has {bits} bits, fewer than 2048", subject());
            self.findings
                .push(Finding::new(Code::WeakKey, message).with_severity(severity));
        }
        if let KeyKind::Dsa { bits: bits @ 1..2048 } = certificate.public_key().kind() {
            let message = format!("the DSA key of {} has {bits} bits, fewer than 2048", subject());
            self.findings
                .push(Finding::new(Code::WeakKey, message).with_severity(severity));
        }
        if !signature_counts {
            return;
        }
        let scheme = SignatureScheme::from_algorithm_identifier_der(certificate.signature_algorithm_der());
        if let Ok(scheme) = scheme
            && !matches!(scheme, SignatureScheme::Ed25519)
            && scheme.digest().is_weak()
        {
            let message = format!(
                "the certificate of {} is signed with the weak digest {}",
                subject(),
                scheme.digest()
            );
            self.findings
                .push(Finding::new(Code::WeakDigest, message).with_severity(severity));
        }
    }

    /// What an anchor says about itself binds, although RFC 5280 6.1 would not ask (see RFC 5937).
    fn enter_anchor(&mut self, anchor: &'a Certificate) {
        let subject = || shorten(&anchor.subject().to_string());
        // Version 1 roots have no extensions that could say more; the caller trusts them as they are.
        if anchor.version() >= 3 && !anchor.is_ca() {
            self.add(
                Code::NotACa,
                format!(
                    "the trusted certificate {} is not a certificate authority",
                    subject()
                ),
            );
        }
        self.critical_extensions(anchor);
        self.strict_profile(anchor);
        self.issuer_usages(anchor);
        self.path_length = anchor.basic_constraints().and_then(|basic| basic.path_len);
        self.constraints.extend(anchor.name_constraints());
    }

    /// RFC 5280 6.1.4 (k) to (n), with extended key usages as every mail program chains them.
    fn enter_issuer(&mut self, certificate: &'a Certificate) {
        let subject = || shorten(&certificate.subject().to_string());
        if certificate.version() < 3 || !certificate.is_ca() {
            self.add(
                Code::NotACa,
                format!("the issuer {} is not a certificate authority", subject()),
            );
        }
        self.issuer_usages(certificate);
        if !certificate.is_self_issued() {
            match self.path_length {
                Some(0) => {
                    self.add(
                        Code::PathTooLong,
                        format!("no further authority may stand where {} stands", subject()),
                    );
                }
                Some(length) => self.path_length = Some(length - 1),
                None => {}
            }
        }
        if let Some(length) = certificate.basic_constraints().and_then(|basic| basic.path_len) {
            self.path_length = Some(self.path_length.map_or(length, |before| before.min(length)));
        }
        self.constraints.extend(certificate.name_constraints());
    }

    fn issuer_usages(&mut self, issuer: &Certificate) {
        let subject = || shorten(&issuer.subject().to_string());
        if issuer.subject().is_empty() {
            // RFC 5280 4.1.2.4: an issuer without a name cannot be told from any other.
            self.add(
                Code::MalformedCertificate,
                "an issuer on the path has no name".to_owned(),
            );
        }
        if issuer.key_usage().is_some_and(|usage| !usage.key_cert_sign) {
            self.add(
                Code::IssuerMayNotSign,
                format!(
                    "the key usage of the issuer {} does not allow signing certificates",
                    subject()
                ),
            );
        }
        if !purpose::extended_usage_allows(issuer, self.options.purpose) {
            self.add(
                Code::WrongPurpose,
                format!(
                    "the issuer {} may not vouch for mail (no emailProtection in its extended key usage)",
                    subject()
                ),
            );
        }
    }

    fn critical_extensions(&mut self, certificate: &Certificate) {
        for extension in certificate.extensions().filter(|extension| extension.critical) {
            let oid = extension.oid.to_string();
            if !PROCESSED.contains(&oid.as_str()) {
                let subject = shorten(&certificate.subject().to_string());
                self.add(
                    Code::UnknownCriticalExtension,
                    format!("the certificate of {subject} has the critical extension {oid}, which is not known here"),
                );
            }
        }
    }

    /// What no certificate below the anchor may say or leave out (RFC 5280 4).
    fn profile(&mut self, certificate: &Certificate) {
        for breach in profile::breaches(certificate) {
            self.malformed(certificate, &breach);
        }
        if self.options.strict {
            for breach in profile::strict_breaches(certificate) {
                self.malformed(certificate, breach);
            }
        }
    }

    /// An anchor is trusted as it is, unless strictness was asked for.
    fn strict_profile(&mut self, anchor: &Certificate) {
        if self.options.strict {
            self.profile(anchor);
        }
    }

    fn malformed(&mut self, certificate: &Certificate, breach: &str) {
        let subject = shorten(&certificate.subject().to_string());
        let breach = shorten(breach);
        self.add(
            Code::MalformedCertificate,
            format!("the certificate of {subject} {breach}"),
        );
    }

    /// RFC 5280 6.1.3 (b), (c): every name of the certificate against every constraint above it.
    fn names(&mut self, certificate: &Certificate) {
        if self.constraints.is_empty() {
            return;
        }
        let mut names: Vec<GeneralName> = certificate.subject_alt_names().to_vec();
        if !certificate.subject().is_empty() {
            names.push(GeneralName::Directory(certificate.subject().clone()));
        }
        // RFC 5280 4.2.1.10 asks for this where there is no alternative name; mail programs that read the subject
        // anyway must not be fooled either.
        names.extend(
            certificate
                .subject()
                .get(EMAIL_ADDRESS)
                .map(|email| GeneralName::Rfc822(email.to_owned())),
        );
        let constraints = std::mem::take(&mut self.constraints);
        let cost: usize = constraints
            .iter()
            .map(|c| c.permitted.len() + c.excluded.len())
            .sum();
        let cost = cost.saturating_mul(names.len());
        match self.comparisons.checked_sub(cost) {
            Some(left) => {
                self.comparisons = left;
                let subject = shorten(&certificate.subject().to_string());
                for name in &names {
                    if let Some(complaint) = constraints
                        .iter()
                        .find_map(|constraint| violation(name, constraint))
                    {
                        self.add(
                            Code::NameConstraintViolation,
                            format!("{complaint} (certificate of {subject})"),
                        );
                    }
                }
            }
            None => self.add(
                Code::TooComplex,
                "too many name constraints to compare".to_owned(),
            ),
        }
        self.constraints = constraints;
    }
}

/// Says how a name violates a constraint, if it does.
fn violation(name: &GeneralName, constraint: &identity::certificate::NameConstraints) -> Option<String> {
    let shown = shorten(&describe(name));
    let mut of_this_form = false;
    let mut permitted = false;
    for base in &constraint.permitted {
        match within(name, base) {
            Within::Yes => (of_this_form, permitted) = (true, true),
            Within::No => of_this_form = true,
            Within::OtherForm => {}
            Within::Unreadable => return Some(format!("{shown} cannot be compared with a name constraint")),
        }
    }
    if of_this_form && !permitted {
        return Some(format!(
            "{shown} lies outside the names that its issuer may vouch for"
        ));
    }
    for base in &constraint.excluded {
        match within(name, base) {
            Within::Yes => {
                return Some(format!(
                    "{shown} is among the names that its issuer must not vouch for"
                ));
            }
            Within::Unreadable => return Some(format!("{shown} cannot be compared with a name constraint")),
            Within::No | Within::OtherForm => {}
        }
    }
    None
}

fn describe(name: &GeneralName) -> String {
    match name {
        GeneralName::Rfc822(text)
        | GeneralName::SmtpUtf8(text)
        | GeneralName::Dns(text)
        | GeneralName::Uri(text) => text.clone(),
        GeneralName::Ip(address) => address.to_string(),
        GeneralName::Directory(name) => name.to_string(),
        _ => "a name of an uncommon form".to_owned(),
    }
}
