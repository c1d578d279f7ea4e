//! The judgement on one signer: integrity, attributes, certificate, path (RFC 5652 5.4 to 5.6, RFC 8551 2.5).

use std::borrow::Cow;

use chrono::{SecondsFormat, TimeDelta};
use const_oid::ObjectIdentifier;
use identity::{Certificate, CertificateList, DigestAlgorithm, PublicKey, SignatureScheme, VerifyError};

use super::content::Content;
use super::countersignature::{self, MOST_COUNTERSIGNATURES};
use super::integrity::{self, Digested};
use super::structure::SignedPart;
use super::{VerifyOptions, answer};
use crate::cms::signed::{SignedData, SignerInfo};
use crate::path::{self, PathOptions, PathReport, Purpose, Revocation, build_and_validate};
use crate::report::{Answers, Code, Finding, Severity, SignerReport, Standing, Verdict, shorten, sum_up};

/// How many signers of one structure are judged.
pub(super) const MOST_SIGNERS: usize = 10;
/// How many signature checks every signer's path gets, however many signers share the bound.
pub(super) const FEWEST_CHECKS: usize = 20;
/// How many certificates and lists of one structure are read.
const MOST_CERTIFICATES: usize = 500;
const MOST_CRLS: usize = 32;
/// Certificates that answer to one signer identifier: more than one key under it is an attack or an accident.
const MOST_CANDIDATES: usize = 4;

/// What was found about all signers of one part.
pub(super) struct Judged {
    pub(super) signers: Vec<SignerReport>,
    pub(super) findings: Vec<Finding>,
}

/// Judges every signer of a part; `first` is the index of its first signer in the report.
pub(super) fn judge_part(part: &SignedPart, options: &VerifyOptions<'_>, first: usize) -> Judged {
    let mut judged = Judged {
        signers: Vec::new(),
        findings: part.findings.clone(),
    };
    let Some(signed) = &part.signed else { return judged };
    if signed.signer_infos.is_empty() {
        let certificates = signed.certificates.len() + signed.other_certificates;
        judged
            .findings
            .push(if is_empty(part.content.as_ref()) && certificates > 0 {
                let message =
                    format!("the message holds {certificates} certificate(s), no content and no signature");
                Finding::new(Code::CertificatesOnly, message)
            } else {
                let message = "the structure for a signature holds no signer";
                Finding::new(Code::NoSigners, message)
            });
    }
    if part.content.is_none() && !signed.signer_infos.is_empty() {
        let message = "the signature stands alone: the content that it was made for is not here";
        judged.findings.push(Finding::new(Code::ContentAbsent, message));
    }
    if signed.signer_infos.len() > MOST_SIGNERS {
        let message = format!(
            "the message has {} signers, more than {MOST_SIGNERS}",
            signed.signer_infos.len()
        );
        judged.findings.push(Finding::new(Code::TooComplex, message));
    }
    let material = Material::of(signed, options, &mut judged.findings);
    // The bounds are those of the whole message: its signers share them.
    let mut options = options.clone();
    let checks = &mut options.path_limits.signature_checks;
    let share = *checks / signed.signer_infos.len().clamp(1, MOST_SIGNERS);
    *checks = share.max(FEWEST_CHECKS.min(*checks));

    check_micalg(part, signed, &mut judged.findings);
    let subject = Subject {
        content: part.content.as_ref(),
        content_type: Some(signed.content_type),
    };
    let mut countersignatures = MOST_COUNTERSIGNATURES;
    for (offset, info) in signed.signer_infos.iter().take(MOST_SIGNERS).enumerate() {
        let (mut report, mut findings) = judge(info, &subject, &material, &options);
        report.countersignatures =
            countersignature::judge_all(info, &material, &options, &mut countersignatures, &mut findings);
        (report.status, report.verdict) = sum_up(&findings);
        findings
            .iter_mut()
            .for_each(|finding| finding.signer = Some(first + offset));
        judged.findings.extend(findings);
        judged.signers.push(report);
    }
    judged
}

fn is_empty(content: Option<&Content<'_>>) -> bool {
    content.is_none_or(|content| content.begin().is_empty())
}

/// What a signature is about.
pub(super) struct Subject<'a> {
    /// `None` if it is not here.
    pub(super) content: Option<&'a Content<'a>>,
    /// Its CMS content type; a countersigned signature has none.
    pub(super) content_type: Option<ObjectIdentifier>,
}

/// What a message brings along, and what the caller gave.
pub(super) struct Material {
    /// Those of the message first.
    pub(super) untrusted: Vec<Certificate>,
    /// How many of them came with the message.
    pub(super) in_message: usize,
    crls: Vec<CertificateList>,
    checked: path::Checked,
}

impl Material {
    fn of(signed: &SignedData, options: &VerifyOptions<'_>, findings: &mut Vec<Finding>) -> Self {
        let mut untrusted = Vec::new();
        for der in signed.certificates.iter().take(MOST_CERTIFICATES) {
            match Certificate::from_der(der) {
                Ok(certificate) => untrusted.push(certificate),
                Err(error) => findings.push(
                    Finding::new(
                        Code::MalformedCertificate,
                        format!("a certificate in the message is ignored: {error}"),
                    )
                    .with_severity(Severity::Warning),
                ),
            }
        }
        let in_message = untrusted.len();
        untrusted.extend_from_slice(options.untrusted);
        let mut crls = options.crls.to_vec();
        crls.extend(
            signed
                .crls
                .iter()
                .take(MOST_CRLS)
                .filter_map(|der| CertificateList::from_der(der).ok()),
        );
        Self {
            untrusted,
            in_message,
            crls,
            checked: path::Checked::default(),
        }
    }
}

/// Judges one signature. Status and verdict, which follow from the findings, are still to be set.
pub(super) fn judge(
    info: &SignerInfo,
    subject: &Subject<'_>,
    material: &Material,
    options: &VerifyOptions<'_>,
) -> (SignerReport, Vec<Finding>) {
    let mut findings = Vec::new();
    let digest_algorithm = DigestAlgorithm::from_oid(&info.digest_algorithm);
    let scheme = digest_algorithm.map(|digest| {
        SignatureScheme::from_cms(&info.signature_algorithm, digest).map_err(|error| error.to_string())
    });
    let mut report = SignerReport {
        certificate: None,
        subject: shorten(&info.signer.to_string()),
        emails: Vec::new(),
        serial: String::new(),
        issuer: String::new(),
        class: None,
        signing_time: info
            .signed_attributes
            .as_ref()
            .and_then(|attributes| attributes.signing_time()),
        digest: digest_algorithm,
        signature: match &scheme {
            Some(Ok(scheme)) => scheme.to_string(),
            _ => "unknown".to_owned(),
        },
        status: Code::Ok,
        verdict: Verdict::Indeterminate,
        answers: Answers::unknown(),
        chain: Vec::new(),
        certificates: Vec::new(),
        capabilities: info
            .signed_attributes
            .as_ref()
            .map(|attributes| attributes.announced_ciphers())
            .unwrap_or_default(),
        encryption_certificate: None,
        countersignatures: Vec::new(),
    };
    integrity::attributes(info, subject.content_type, &mut findings);
    // Attributes can be verified without the content that they are about.
    let nothing = Content::whole(&[]);
    let about = subject
        .content
        .or_else(|| info.signed_attributes.as_ref().map(|_| &nothing));
    let content = about
        .zip(digest_algorithm)
        .and_then(|(content, algorithm)| Digested::of(content, algorithm, info));
    match (digest_algorithm, &scheme) {
        (None, _) => findings.push(Finding::new(
            Code::UnsupportedAlgorithm,
            format!("the digest algorithm {} is not known here", info.digest_algorithm),
        )),
        (Some(_), Some(Err(reason))) => {
            findings.push(Finding::new(Code::UnsupportedAlgorithm, shorten(reason)))
        }
        (Some(algorithm), _) => weak(algorithm, scheme.as_ref(), options, &mut findings),
    }
    if let (Some(algorithm), None, Some(_)) = (digest_algorithm, &content, subject.content) {
        let message = format!(
            "the message does not say beforehand that {algorithm} is needed, and is too long to be kept: its content must be readable twice"
        );
        findings.push(Finding::new(Code::TooComplex, message));
    }
    if let (Some(content), Some(_)) = (&content, subject.content) {
        findings.extend(content.check_digest(info));
    }
    if info.signed_attributes.is_none() && subject.content.is_some_and(Content::is_attribute_set) {
        let message =
            "the content is itself a set of signed attributes: another message's signature, reinterpreted";
        findings.push(Finding::new(Code::AlteredContent, message));
    }
    let candidates = candidates(info, material, options);
    let chosen = match (&scheme, &content) {
        (Some(Ok(scheme)), Some(content)) => {
            let keys = keys(&candidates, material, options);
            choose(info, scheme, content, &keys, &mut findings)
        }
        _ => candidates.first().copied(),
    };
    let Some(certificate) = chosen else {
        findings.push(Finding::new(
            Code::SignerCertificateAbsent,
            format!(
                "the signer's certificate ({}) is not in the message, nor at hand",
                report.subject
            ),
        ));
        return (report, findings);
    };
    if let Some(false) = info
        .signed_attributes
        .as_ref()
        .and_then(|a| a.signing_certificate())
        .and_then(|named| named.names(certificate))
    {
        findings.push(Finding::new(
            Code::SigningCertificateMismatch,
            "the signer signed with another certificate than the one that fits (signingCertificate attribute)",
        ));
    }
    describe(&mut report, certificate, &mut findings);
    check_time(&report, certificate, options, &mut findings);
    let path = judge_path(certificate, Purpose::SmimeSign, material, options);
    report.chain = path
        .chain
        .iter()
        .map(|certificate| certificate.subject().to_string())
        .collect();
    report.class = class(&path, certificate, options);
    report.answers.revocation.standing = revocation(certificate, &path, material, options);
    if path.verdict == Verdict::Valid {
        report.encryption_certificate =
            answer::certificate(info, certificate, &path.chain, material, options);
    }
    report.certificates = path.chain;
    findings.extend(path.findings);
    (report, findings)
}

fn weak(
    algorithm: DigestAlgorithm,
    scheme: Option<&Result<SignatureScheme, String>>,
    options: &VerifyOptions<'_>,
    findings: &mut Vec<Finding>,
) {
    let within = match scheme {
        Some(Ok(SignatureScheme::Ed25519)) | None | Some(Err(_)) => None,
        Some(Ok(scheme)) => Some(scheme.digest()),
    };
    if let Some(weak) = [Some(algorithm), within]
        .into_iter()
        .flatten()
        .find(|digest| digest.is_weak())
    {
        let severity = if options.legacy {
            Severity::Warning
        } else {
            Severity::Error
        };
        let message = format!("the signature relies on the weak digest {weak}");
        findings.push(Finding::new(Code::WeakDigest, message).with_severity(severity));
    }
}

/// The certificates that the signer identifier names: those of the message first.
fn candidates<'a>(
    info: &SignerInfo,
    material: &'a Material,
    options: &VerifyOptions<'a>,
) -> Vec<&'a Certificate> {
    let mut found: Vec<&Certificate> = Vec::new();
    for certificate in material.untrusted.iter().chain(options.anchors) {
        if found.len() < MOST_CANDIDATES && info.signer.names(certificate) && !found.contains(&certificate) {
            found.push(certificate);
        }
    }
    found
}

/// Each certificate with the key that counts.
///
/// A DSA key without parameters has those of the path that will be judged (RFC 3279 2.3.2). A path is costly: this is
/// done for a certificate that is the only one.
fn keys<'a>(
    candidates: &[&'a Certificate],
    material: &Material,
    options: &VerifyOptions<'_>,
) -> Vec<(&'a Certificate, Cow<'a, PublicKey>)> {
    if let [certificate] = candidates
        && path::inherits(certificate)
    {
        let judged = judge_path(certificate, Purpose::SmimeSign, material, options);
        let chain: Vec<&Certificate> = judged.chain.iter().collect();
        if let Some(key) = path::working_key(&chain) {
            return vec![(certificate, Cow::Owned(key.into_owned()))];
        }
    }
    let own = |certificate: &&'a Certificate| (*certificate, Cow::Borrowed(certificate.public_key()));
    candidates.iter().map(own).collect()
}

/// Picks the certificate whose key made the signature, or else the first, with a finding.
fn choose<'a>(
    info: &SignerInfo,
    scheme: &SignatureScheme,
    content: &Digested<'_>,
    candidates: &[(&'a Certificate, Cow<'a, PublicKey>)],
    findings: &mut Vec<Finding>,
) -> Option<&'a Certificate> {
    let mut complaint = None;
    for (certificate, key) in candidates {
        match content.check_signature(info, scheme, key) {
            Ok(remark) => {
                findings.extend(remark);
                return Some(certificate);
            }
            Err(error) => complaint = complaint.or(Some(error)),
        }
    }
    let (certificate, _) = candidates.first()?;
    findings.push(match complaint {
        Some(error @ (VerifyError::Unsupported { .. } | VerifyError::Scheme(_))) => {
            Finding::new(Code::UnsupportedAlgorithm, error.to_string())
        }
        // Without signed attributes the signature is about the content itself: either may have been changed.
        _ if info.signed_attributes.is_none() => Finding::new(
            Code::AlteredContent,
            "the signature does not fit the content: one of the two was changed",
        ),
        _ => Finding::new(
            Code::AlteredSignature,
            "the signature does not fit the signed attributes and the signer's key",
        ),
    });
    Some(certificate)
}

fn describe(report: &mut SignerReport, certificate: &Certificate, findings: &mut Vec<Finding>) {
    report.subject = certificate.subject().to_string();
    report.issuer = certificate.issuer().to_string();
    report.serial = certificate.serial_hex();
    let emails = certificate.emails();
    report.emails = emails.iter().map(|email| crate::report::escape(email)).collect();
    let in_names = certificate.subject_alt_names().iter().any(|name| {
        matches!(
            name,
            identity::GeneralName::Rfc822(_) | identity::GeneralName::SmtpUtf8(_)
        )
    });
    if !in_names && !emails.is_empty() {
        findings.push(Finding::new(
            Code::EmailFromSubject,
            "the address is taken from the subject: the certificate has no alternative name",
        ));
    }
    let texts = certificate.subject().attributes().iter().map(|(_, value)| value);
    if texts
        .chain(&emails)
        .any(|text| text.chars().any(crate::report::is_suspicious))
    {
        findings.push(Finding::new(
            Code::SuspiciousCharacters,
            "the certificate's names hold control or invisible characters; they are shown escaped",
        ));
    }
    report.certificate = Some(certificate.clone());
}

/// The signer's clock is reported and compared, never trusted (RFC 8551 2.5.1).
fn check_time(
    report: &SignerReport,
    certificate: &Certificate,
    options: &VerifyOptions<'_>,
    findings: &mut Vec<Finding>,
) {
    let Some(time) = report.signing_time else { return };
    let shown = time.to_rfc3339_opts(SecondsFormat::Secs, true);
    if time > options.now + TimeDelta::minutes(5) {
        let message = format!("the signer claims to have signed at {shown}, which is in the future");
        findings.push(Finding::new(Code::SigningTimeInFuture, message));
    }
    if !certificate.is_valid_at(time) {
        let message =
            format!("the signer claims to have signed at {shown}, when the certificate was not valid");
        findings.push(Finding::new(Code::SigningTimeOutsideValidity, message));
    }
}

pub(super) fn judge_path(
    certificate: &Certificate,
    purpose: Purpose,
    material: &Material,
    options: &VerifyOptions<'_>,
) -> PathReport {
    let mut path = PathOptions::new(options.now);
    path.purpose = purpose;
    path.legacy = options.legacy;
    path.crls = &material.crls;
    path.ocsp = options.ocsp;
    path.status = options.status;
    path.revocation = options.revocation;
    path.policies = options.policies;
    path.explicit_policy = options.explicit_policy;
    path.inhibit_policy_mapping = options.inhibit_policy_mapping;
    path.inhibit_any_policy = options.inhibit_any_policy;
    path.strict = options.strict;
    path.limits = options.path_limits;
    path.checked = Some(&material.checked);
    build_and_validate(certificate, options.anchors, &material.untrusted, &path)
}

/// What stands for the revocation question where nothing was found: whether anybody could tell.
fn revocation(
    certificate: &Certificate,
    path: &PathReport,
    material: &Material,
    options: &VerifyOptions<'_>,
) -> Standing {
    let given = !material.crls.is_empty() || !options.ocsp.is_empty() || options.status.is_some();
    match options.revocation {
        Revocation::Required => return Standing::Good,
        Revocation::IfGiven if given && path.verdict == Verdict::Valid => {}
        _ => return Standing::NotAsked,
    }
    let mut options = options.clone();
    options.revocation = Revocation::Required;
    match judge_path(certificate, Purpose::SmimeSign, material, &options).verdict {
        Verdict::Valid => Standing::Good,
        _ => Standing::NotAsked,
    }
}

/// The highest class among the leaf's policies, as far as its issuers allow them.
///
/// Issuers that speak of no policies at all leave the choice to whoever they certify as an authority.
fn class(path: &PathReport, leaf: &Certificate, options: &VerifyOptions<'_>) -> Option<u8> {
    if path.status != Code::Ok {
        return None;
    }
    let below_anchor = path.chain.split_last().map_or(&[][..], |(_, below)| below);
    let silent = below_anchor
        .iter()
        .skip(1)
        .all(|issuer| issuer.certificate_policies().is_empty());
    let policies: &[ObjectIdentifier] = if silent {
        leaf.certificate_policies()
    } else {
        &path.policies
    };
    options
        .classes
        .iter()
        .filter(|(policy, _)| policies.contains(policy))
        .map(|(_, class)| *class)
        .max()
}

/// RFC 8551 3.5.3.2: micalg names the digests of all signers; programs in use write it in several ways.
fn check_micalg(part: &SignedPart, signed: &SignedData, findings: &mut Vec<Finding>) {
    let Some(micalg) = &part.micalg else { return };
    let squeeze = |name: &str| {
        name.chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
    };
    let named: Vec<_> = micalg.split(',').map(squeeze).collect();
    for info in signed.signer_infos.iter().take(MOST_SIGNERS) {
        if let Some(algorithm) = DigestAlgorithm::from_oid(&info.digest_algorithm)
            && !named.contains(&squeeze(algorithm.micalg()))
        {
            let message = if micalg.is_empty() {
                format!("multipart/signed names no micalg, the signature uses {algorithm}")
            } else {
                format!(
                    "micalg says \"{}\", the signature uses {algorithm}",
                    shorten(micalg)
                )
            };
            findings.push(Finding::new(Code::MicalgMismatch, message));
            return;
        }
    }
}
