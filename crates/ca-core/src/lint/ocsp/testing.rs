//! A good answer, and the means to spoil it, made by hand: no encoder of ours writes such answers.

use super::{OcspFacts, OcspRule, lint_ocsp};
use crate::authority::testing::key;
use crate::lint::OCSP_SIGNING;
use crate::lint::testing::{CertificateSpec, Role, issuer, leaf, name, period};
use identity::digest::{DigestAlgorithm, digest};
use identity::ocsp::{OcspResponse, ResponseData};
use identity::{Certificate, KeyAlgorithm, SignatureScheme};

pub(super) use crate::lint::testing::tlv;

/// An answer that can be spoilt; times as GeneralizedTime has them.
pub(super) struct Answer {
    pub(super) key_hash: Vec<u8>,
    pub(super) produced_at: String,
    pub(super) responses: Vec<Single>,
    pub(super) extensions: Vec<Vec<u8>>,
    pub(super) scheme: SignatureScheme,
    pub(super) signer: Certificate,
}

/// What is said of one certificate.
#[derive(Clone)]
pub(super) struct Single {
    pub(super) name_hash: Vec<u8>,
    pub(super) key_hash: Vec<u8>,
    /// Encoded.
    pub(super) status: Vec<u8>,
    pub(super) this_update: String,
    pub(super) next_update: Option<String>,
    pub(super) extensions: Vec<Vec<u8>>,
}

/// A responder's certificate, changed.
pub(super) fn responder(change: impl FnOnce(&mut CertificateSpec<'static>)) -> Certificate {
    leaf(|spec| {
        spec.validity = period(30);
        spec.public_key = key(KeyAlgorithm::EcP384).public_key();
        spec.extensions.subject_key_identifier = spec.public_key.subject_key_identifier();
        spec.subject = name(&[(identity::name::COMMON_NAME, "Example CA OCSP")]);
        spec.extensions.role = Role::OcspResponder;
        spec.extensions.extended_key_usage = vec![OCSP_SIGNING];
        spec.extensions.alternative_names.clear();
        spec.extensions.policies.clear();
        spec.extensions.key_usage.key_agreement = false;
        change(spec);
    })
}

pub(super) fn good() -> Answer {
    let signer = responder(|_| {});
    let hash = DigestAlgorithm::Sha1;
    Answer {
        key_hash: signer.public_key().subject_key_identifier().to_vec(),
        produced_at: later(1),
        responses: vec![Single {
            name_hash: digest(hash, issuer().subject().der()),
            key_hash: digest(hash, issuer().public_key().key_bytes()),
            status: vec![0x80, 0],
            this_update: later(1),
            next_update: Some(later(25)),
            extensions: Vec::new(),
        }],
        extensions: Vec::new(),
        scheme: SignatureScheme::Ecdsa(DigestAlgorithm::Sha256),
        signer,
    }
}

/// Returns the good answer, spoilt.
pub(super) fn with(spoil: impl FnOnce(&mut Answer)) -> Answer {
    let mut answer = good();
    spoil(&mut answer);
    answer
}

/// Hours after the example responder's validity begins.
pub(super) fn later(hours: i64) -> String {
    (responder(|_| {}).not_before() + chrono::TimeDelta::hours(hours))
        .format("%Y%m%d%H%M%SZ")
        .to_string()
}

pub(super) fn revoked(at: &str, reason: Option<u8>) -> Vec<u8> {
    let reason = reason.map_or_else(Vec::new, |code| tlv(0xa0, &[&[0x0a, 1, code]]));
    tlv(0xa1, &[&time(at), &reason])
}

/// An extension by the last octet of its identifier under id-pkix-ocsp.
pub(super) fn extension(arc: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let oid = tlv(0x06, &[&[0x2b, 6, 1, 5, 5, 7, 48, 1, arc]]);
    let flag = if critical { vec![1, 1, 0xff] } else { Vec::new() };
    tlv(0x30, &[&oid, &flag, &tlv(0x04, &[value])])
}

fn time(text: &str) -> Vec<u8> {
    tlv(0x18, &[text.as_bytes()])
}

fn extensions(list: &[Vec<u8>]) -> Vec<u8> {
    match list {
        [] => Vec::new(),
        some => tlv(0xa1, &[&tlv(0x30, &[&some.concat()])]),
    }
}

fn single(single: &Single) -> Vec<u8> {
    let sha1 = tlv(0x30, &[&[6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0]]);
    let (name, key) = (tlv(4, &[&single.name_hash]), tlv(4, &[&single.key_hash]));
    let id = tlv(0x30, &[&sha1, &name, &key, &[2, 1, 5]]);
    let next = single
        .next_update
        .as_ref()
        .map_or_else(Vec::new, |next| tlv(0xa0, &[&time(next)]));
    let this = time(&single.this_update);
    tlv(
        0x30,
        &[&id, &single.status, &this, &next, &extensions(&single.extensions)],
    )
}

/// Encodes an answer and reads it; nobody asks for the signature here.
fn encode(answer: &Answer) -> ResponseData {
    let responder = tlv(0xa2, &[&tlv(4, &[&answer.key_hash])]);
    let responses: Vec<u8> = answer.responses.iter().flat_map(single).collect();
    let data = tlv(
        0x30,
        &[
            &responder,
            &time(&answer.produced_at),
            &tlv(0x30, &[&responses]),
            &extensions(&answer.extensions),
        ],
    );
    let certificates = tlv(0xa0, &[&tlv(0x30, &[answer.signer.der()])]);
    let algorithm = answer.scheme.algorithm_identifier_der();
    let basic = tlv(0x30, &[&data, &algorithm, &[3, 2, 0, 1], &certificates]);
    let kind = [6, 9, 0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
    let bytes = tlv(0xa0, &[&tlv(0x30, &[&kind, &tlv(4, &[&basic])])]);
    let response = OcspResponse::from_der(&tlv(0x30, &[&[0x0a, 1, 0], &bytes])).unwrap();
    response.data().unwrap().clone()
}

/// Returns what one rule says of an answer.
pub(super) fn judged(rule: &OcspRule, answer: &Answer) -> Option<String> {
    (rule.check)(&OcspFacts {
        data: &encode(answer),
        issuer: Some(issuer()),
        signer: Some(&answer.signer),
    })
}

/// Returns the names of the rules that an answer breaks.
pub(super) fn broken(answer: &Answer) -> Vec<&'static str> {
    let findings = lint_ocsp(&encode(answer), Some(issuer()));
    findings.iter().map(|finding| finding.rule).collect()
}

/// Asserts that an answer breaks a rule, and that it is said how.
pub(super) fn assert_breaks(rule: &OcspRule, answer: &Answer, words: &str) {
    assert!(broken(answer).contains(&rule.name), "{:?}", broken(answer));
    let said = judged(rule, answer).unwrap();
    assert!(said.contains(words), "{said}");
}
