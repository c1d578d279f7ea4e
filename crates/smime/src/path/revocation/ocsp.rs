//! What OCSP answers say of a certificate, and whether they may (RFC 6960 3.2, 4.2.2).

use chrono::{DateTime, TimeDelta, Utc};
use const_oid::ObjectIdentifier;
use identity::ocsp::{CertStatus, OcspResponse, ResponderId, ResponseData, SingleResponse};
use identity::{Certificate, KeyKind, PublicKey, SignatureScheme};

use super::super::Revocation;
use super::super::name::Key;
use super::scope::Reasons;
use super::{CERTIFICATE_HOLD, Learnt, Question, Revoked};
use crate::report::{Code, Finding, shorten};

/// An OCSP answer, and what it was asked with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OcspAnswer {
    /// The answer.
    pub response: OcspResponse,
    /// The nonce of the request; `None` if there was none, or nobody knows (an answer from a file).
    pub nonce: Option<Vec<u8>>,
}

impl OcspAnswer {
    /// An answer, and the nonce of the request if that is known.
    pub fn new(response: OcspResponse, nonce: Option<Vec<u8>>) -> Self {
        Self { response, nonce }
    }
}

/// What an answer that may be relied upon says.
struct Said<'r> {
    single: &'r SingleResponse,
    produced_at: DateTime<Utc>,
    responder: String,
    lacks_nonce: bool,
}

impl Question<'_> {
    /// Asks answers of responders. Those that were `fetched` for this certificate must speak of it.
    pub(super) fn ask_responders(&self, answers: &[OcspAnswer], fetched: bool, learnt: &mut Learnt) {
        let mut said: Vec<Said<'_>> = Vec::new();
        for answer in answers {
            let responder = responder_name(&answer.response);
            match self.hear(answer, fetched, &responder) {
                Ok(more) => said.extend(more),
                Err(reason) => learnt.cannot_use(
                    Code::UnusableOcsp,
                    format!("the OCSP answer {responder} {reason}"),
                ),
            }
        }
        // A certificate that was revoked for good stays so, however old the answer is that says it.
        let for_good = said.iter().find_map(|said| match said.single.status {
            CertStatus::Revoked { at, reason } if reason != Some(CERTIFICATE_HOLD) => {
                Some(Revoked { at, reason })
            }
            _ => None,
        });
        if for_good.is_some() {
            learnt.revoked = for_good;
            return;
        }
        let newest = said
            .iter()
            .max_by_key(|said| (said.single.this_update, said.produced_at));
        let Some(newest) = newest else { return };
        match newest.single.status {
            CertStatus::Revoked { at, reason } => {
                learnt.revoked = Some(Revoked { at, reason });
                return;
            }
            _ if !self.is_current(newest.single) => {
                learnt.cannot_use(
                    Code::UnusableOcsp,
                    format!(
                        "the OCSP answer {} is out of date: a newer one was due",
                        newest.responder
                    ),
                );
                return;
            }
            CertStatus::Good => {
                learnt.covered = Reasons::ALL;
                learnt.unknown = false;
            }
            _ => learnt.unknown = true,
        }
        if newest.lacks_nonce {
            learnt.remarks.push(Finding::new(
                Code::NonceMissing,
                format!(
                    "the OCSP answer {} about the certificate of {} does not repeat the nonce of the request: it may have \
                     been made before",
                    newest.responder,
                    self.subject()
                ),
            ));
        }
    }

    /// Hears what an answer says of this certificate, if anything; the error says why it does not count.
    fn hear<'r>(
        &self,
        answer: &'r OcspAnswer,
        fetched: bool,
        responder: &str,
    ) -> Result<Vec<Said<'r>>, String> {
        let Some(data) = answer.response.data() else {
            return Err(format!("is none: it says {}", answer.response.status().as_str()));
        };
        let key = self
            .issuer_key()
            .ok_or("cannot be checked without its issuer's key")?;
        let serial = self.certificate.serial();
        let about: Vec<_> = data
            .responses()
            .iter()
            .filter(|single| single.certificate.serial() == serial)
            .filter(|single| single.certificate.names(self.certificate, &key))
            .collect();
        if about.is_empty() && fetched {
            return Err("is about another certificate than it was asked for".to_owned());
        }
        if about.is_empty() {
            return Ok(Vec::new());
        }
        if let (Some(sent), Some(got)) = (&answer.nonce, data.nonce())
            && sent != got
        {
            return Err("is to another request: its nonce is not the one that was sent".to_owned());
        }
        if data.has_unknown_critical_extension()
            || about.iter().any(|single| single.has_unknown_critical_extension)
        {
            return Err("has a critical extension that is not known here".to_owned());
        }
        self.is_entitled(data, &key)?;
        let latest = self.options.now + SKEW;
        if data.produced_at() > latest || about.iter().any(|single| single.this_update > latest) {
            return Err("is dated in the future".to_owned());
        }
        let lacks_nonce = answer.nonce.is_some() && data.nonce().is_none();
        let said = about.into_iter().map(|single| Said {
            single,
            produced_at: data.produced_at(),
            responder: responder.to_owned(),
            lacks_nonce,
        });
        Ok(said.collect())
    }

    /// RFC 6960 3.2 (5), (6), with some tolerance for clocks.
    fn is_current(&self, single: &SingleResponse) -> bool {
        let until = single
            .next_update
            .unwrap_or_else(|| single.this_update + WITHOUT_NEXT_UPDATE);
        until + SKEW >= self.options.now
    }

    /// Finds the key that signed the answer: the issuer's, or one that the issuer has certified for that (RFC 6960
    /// 4.2.2.2). The error says why there is none.
    fn is_entitled(&self, data: &ResponseData, issuer_key: &PublicKey) -> Result<(), String> {
        let issuer = self.above.first().ok_or("cannot be checked without its issuer")?;
        if !self.options.legacy
            && let Some(weak) = data.signature_scheme().and_then(weak_digest)
        {
            return Err(format!("is signed with the weak digest {weak}"));
        }
        if data.responder().is(issuer.subject(), issuer_key) && self.signed(data, issuer_key) {
            return Ok(());
        }
        let mut reason = "was not signed by the issuer of the certificate, nor by a responder whose certificate is at hand";
        let helpers = self.context.helpers.iter().copied();
        for candidate in data.certificates().iter().chain(helpers) {
            if !data.responder().is(candidate.subject(), candidate.public_key()) {
                continue;
            }
            match self.may_answer(candidate, data, issuer, issuer_key) {
                Ok(()) => return Ok(()),
                Err(complaint) => reason = complaint,
            }
        }
        Err(reason.to_owned())
    }

    /// Whether a responder's certificate was issued for that by the certificate's own issuer, and signed the answer.
    fn may_answer(
        &self,
        responder: &Certificate,
        data: &ResponseData,
        issuer: &Certificate,
        issuer_key: &PublicKey,
    ) -> Result<(), &'static str> {
        let usages = responder.extended_key_usage().unwrap_or_default();
        if !usages.contains(&OCSP_SIGNING) {
            return Err("was signed with a certificate that is not for signing OCSP answers");
        }
        let refusing = responder
            .key_usage()
            .is_some_and(|usage| !usage.digital_signature);
        if refusing || responder.version() < 3 {
            return Err("was signed with a certificate whose key usage does not allow it");
        }
        let unknown = responder
            .extensions()
            .any(|extension| extension.critical && !UNDERSTOOD.contains(&extension.oid));
        if unknown {
            return Err("was signed with a certificate that has a critical extension not known here");
        }
        if Key::of(responder.issuer()) != Key::of(issuer.subject())
            || !self.context.may_check()
            || responder.verify_signed_by(issuer_key).is_err()
        {
            return Err("was signed by a responder that the issuer of the certificate has not certified");
        }
        if !responder.is_valid_at(self.options.now) {
            return Err("was signed by a responder whose certificate is not valid now");
        }
        if !self.options.legacy && is_weak(responder) {
            return Err("was signed by a responder whose certificate has a weak key or signature");
        }
        if !self.signed(data, responder.public_key()) {
            return Err("does not bear the signature of the responder that it names");
        }
        if self.is_out_of_service(responder) {
            return Err("was signed by a responder whose certificate was revoked, or may have been");
        }
        Ok(())
    }

    /// Checks (once) that a key signed an answer.
    fn signed(&self, data: &ResponseData, key: &PublicKey) -> bool {
        let known = (data.digest_sha256(), key.spki_der().to_vec());
        if let Some(good) = self.context.state.borrow().answers.get(&known) {
            return *good;
        }
        if !self.context.may_check() {
            return false;
        }
        let good = data.verify_signed_by(key).is_ok();
        self.context.state.borrow_mut().answers.insert(known, good);
        good
    }

    /// Asks lists about the responder itself, unless its certificate says that nobody need (RFC 6960 4.2.2.2.1). One
    /// that names no place to ask need not be asked about either.
    fn is_out_of_service(&self, responder: &Certificate) -> bool {
        if responder.extensions().any(|extension| extension.oid == NO_CHECK) {
            return false;
        }
        let question = Question {
            certificate: responder,
            issuer: Key::of(responder.issuer()),
            above: self.above,
            options: self.options,
            context: self.context,
        };
        let mut learnt = Learnt::default();
        question.ask_given_lists(&mut learnt);
        if let Some(source) = self.options.status
            && learnt.is_open()
        {
            question.look_up_lists(source, &mut Vec::new(), &mut learnt);
        }
        let names_a_place =
            !responder.crl_distribution_points().is_empty() || !responder.ocsp_urls().is_empty();
        learnt.revoked.is_some()
            || (learnt.is_open() && names_a_place && self.options.revocation == Revocation::Required)
    }
}

/// "of CN=…", for messages.
fn responder_name(response: &OcspResponse) -> String {
    match response.data().map(ResponseData::responder) {
        Some(ResponderId::Name(name)) => format!("of {}", shorten(&name.to_string())),
        Some(ResponderId::KeyHash(hash)) => format!("of the key {}", shorten(&hex::encode(hash))),
        _ => "of an unknown responder".to_owned(),
    }
}

fn weak_digest(scheme: SignatureScheme) -> Option<identity::DigestAlgorithm> {
    let digest = scheme.digest();
    (scheme != SignatureScheme::Ed25519 && digest.is_weak()).then_some(digest)
}

fn is_weak(certificate: &Certificate) -> bool {
    let scheme = SignatureScheme::from_algorithm_identifier_der(certificate.signature_algorithm_der());
    scheme.ok().and_then(weak_digest).is_some()
        || matches!(
            certificate.public_key().kind(),
            KeyKind::Rsa { bits: ..2048 } | KeyKind::RsaPss { bits: ..2048 } | KeyKind::Dsa { bits: 1..2048 }
        )
}

/// How far the clocks of responder and reader may be apart.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// How long an answer counts that does not say until when: it means that there is always a newer one (RFC 6960 2.4).
const WITHOUT_NEXT_UPDATE: TimeDelta = TimeDelta::days(1);

/// id-kp-OCSPSigning (RFC 6960 4.2.2.2).
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");

/// id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1).
const NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");

/// The extensions that may be critical in a responder's certificate: a name constraint or policy of its issuer says
/// nothing about answers.
const UNDERSTOOD: [ObjectIdentifier; 7] = [
    ObjectIdentifier::new_unwrap("2.5.29.15"), // keyUsage
    ObjectIdentifier::new_unwrap("2.5.29.17"), // subjectAltName
    ObjectIdentifier::new_unwrap("2.5.29.19"), // basicConstraints
    ObjectIdentifier::new_unwrap("2.5.29.31"), // cRLDistributionPoints
    ObjectIdentifier::new_unwrap("2.5.29.32"), // certificatePolicies
    ObjectIdentifier::new_unwrap("2.5.29.37"), // extKeyUsage
    NO_CHECK,
];
