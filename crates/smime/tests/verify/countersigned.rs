//! Countersignatures (RFC 5652 11.4): each is judged, and none changes the verdict.

use identity::digest::digest;
use identity::{DigestAlgorithm, SignatureScheme};
use smime::SignForm;
use smime::mime::{Message, encode_base64};
use smime::report::{Code, Severity, Standing, Verdict, VerifyReport};

use super::pki::{MAIL, have, pki, sign_options, signed};
use super::{assert_refused, assert_valid, judged, replaced};

pub(super) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag, 0x83];
    out.extend_from_slice(&u32::try_from(content.len()).unwrap().to_be_bytes()[1..]);
    out.extend(content);
    out
}

/// Identifier octet, content, and all octets of the values of a run in DER.
pub(super) fn values(mut run: &[u8]) -> Vec<(u8, &[u8], &[u8])> {
    let mut found = Vec::new();
    while !run.is_empty() {
        let long = usize::from(run[1].saturating_sub(0x80));
        let length = match long {
            0 => usize::from(run[1]),
            _ => run[2..2 + long]
                .iter()
                .fold(0, |n, octet| n << 8 | usize::from(*octet)),
        };
        let head = 2 + long;
        let (value, rest) = run.split_at(head + length);
        found.push((value[0], &value[head..], value));
        run = rest;
    }
    found
}

const SHA256: &[u8] = &[0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const ECDSA: &[u8] = &[0x30, 10, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
const MESSAGE_DIGEST: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 9, 4];
const CONTENT_TYPE: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 9, 3];
const COUNTERSIGNATURE: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 9, 6];
const DATA: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 7, 1];

fn attribute(oid: &[u8], value: &[u8]) -> Vec<u8> {
    der(0x30, &[oid, &der(0x31, &[value])])
}

/// What a countersignature is made of.
struct Counter<'a> {
    signer: &'a str,
    /// What is signed.
    over: &'a [u8],
    attributes: Option<Vec<Vec<u8>>>,
    unsigned: Vec<Vec<u8>>,
}

impl<'a> Counter<'a> {
    fn new(signer: &'a str, over: &'a [u8]) -> Self {
        let digest = digest(DigestAlgorithm::Sha256, over);
        Self {
            signer,
            over,
            attributes: Some(vec![attribute(MESSAGE_DIGEST, &der(4, &[&digest]))]),
            unsigned: Vec::new(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let identity = pki().identity(self.signer);
        let certificate = identity.certificate();
        let id = der(
            0x30,
            &[certificate.issuer().der(), &der(2, &[certificate.serial()])],
        );
        let scheme = SignatureScheme::Ecdsa(DigestAlgorithm::Sha256);
        let (implicit, signature) = match &self.attributes {
            None => (Vec::new(), identity.key().sign(&scheme, self.over).unwrap()),
            Some(attributes) => {
                let content = attributes.concat();
                // DER, with the shortest lengths, is what is signed.
                let set = canonical(&der(0x31, &[&content]));
                (
                    der(0xA0, &[&content]),
                    identity.key().sign(&scheme, &set).unwrap(),
                )
            }
        };
        let unsigned = if self.unsigned.is_empty() {
            Vec::new()
        } else {
            der(0xA1, &[&self.unsigned.concat()])
        };
        der(
            0x30,
            &[
                &[2, 1, 1],
                &id,
                SHA256,
                &implicit,
                ECDSA,
                &der(4, &[&signature]),
                &unsigned,
            ],
        )
    }
}

/// With the shortest lengths throughout.
fn canonical(value: &[u8]) -> Vec<u8> {
    let (tag, content, _) = values(value)[0];
    let content = if tag & 0x20 == 0 {
        content.to_vec()
    } else {
        values(content)
            .iter()
            .flat_map(|(_, _, raw)| canonical(raw))
            .collect()
    };
    let length = content.len();
    let head = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, content].concat()
}

/// The signature value of a SignerInfo.
fn signature(info: &[u8]) -> Vec<u8> {
    let fields = values(values(info)[0].1);
    fields.iter().rfind(|(tag, ..)| *tag == 4).unwrap().1.to_vec()
}

/// An opaque message by `p256`, and the SignerInfo in it.
fn message() -> (Vec<u8>, Vec<u8>) {
    let mut options = sign_options();
    options.form = SignForm::Opaque;
    let mail = signed("p256", &replaced(MAIL, "rsa@", "p256@"), &options);
    let cms = Message::parse(&mail).decoded_body().unwrap().into_owned();
    let data = values(values(values(&cms)[0].1)[1].1)[0].1;
    let infos = values(data).last().unwrap().1.to_vec();
    (mail, infos)
}

/// The message with these unsigned attributes, and the certificate of the witness beside the others.
fn with_unsigned(mail: &[u8], attributes: &[Vec<u8>]) -> Vec<u8> {
    let parsed = Message::parse(mail);
    let cms = parsed.decoded_body().unwrap().into_owned();
    let (_, info, _) = values(&cms)[0];
    let fields = values(info);
    let (_, data, _) = values(fields[1].1)[0];
    let parts = values(data);
    let mut certificates = parts[3].1.to_vec();
    certificates.extend_from_slice(pki().public(witness()).der());
    let (_, signer, _) = values(parts[4].1)[0];
    let signer = der(0x30, &[signer, &der(0xA1, &[&attributes.concat()])]);
    let data = der(
        0x30,
        &[
            parts[0].2,
            parts[1].2,
            parts[2].2,
            &der(0xA0, &[&certificates]),
            &der(0x31, &[&signer]),
        ],
    );
    let cms = der(0x30, &[fields[0].2, &der(0xA0, &[&data])]);
    let header = &mail[..mail.len() - parsed.body().len()];
    [header, &encode_base64(&cms)].concat()
}

fn with(mail: &[u8], countersignatures: &[Vec<u8>]) -> VerifyReport {
    let attributes = countersignatures
        .iter()
        .map(|one| attribute(COUNTERSIGNATURE, one));
    judged(&with_unsigned(mail, &attributes.collect::<Vec<_>>()))
}

/// A holder of P-256 keys beside the signer.
fn witness() -> &'static str {
    static MADE: std::sync::Once = std::sync::Once::new();
    MADE.call_once(|| {
        let extensions = "keyUsage=critical,digitalSignature\nbasicConstraints=CA:false\n\
             extendedKeyUsage=emailProtection\nsubjectAltName=email:witness@example.org\n";
        pki().certificate("witness", super::pki::HOLDERS[1].1, Some("issuing"), extensions);
    });
    "witness"
}

#[test]
fn a_sound_countersignature_is_a_witness() {
    if !have("openssl") {
        return;
    }
    let (mail, info) = message();
    let over = signature(&info);
    let with_attributes = Counter::new(witness(), &over);
    let mut direct = Counter::new(witness(), &over);
    direct.attributes = None;
    let report = with(&mail, &[with_attributes.encode(), direct.encode()]);
    assert_valid(&report);
    assert!(
        report.finding(Code::BadCountersignature).is_none(),
        "{:#?}",
        report.findings
    );
    let counters = &report.signers[0].countersignatures;
    assert_eq!(counters.len(), 2);
    for counter in counters {
        assert_eq!((counter.status, counter.verdict), (Code::Ok, Verdict::Valid));
        assert_eq!(counter.emails, ["witness@example.org"]);
        assert_eq!(counter.chain.len(), 3);
        let answers = &counter.answers;
        for answer in [
            &answers.integrity,
            &answers.chain,
            &answers.purpose,
            &answers.time,
        ] {
            assert_eq!(answer.standing, Standing::Good);
        }
        for answer in [&answers.sender, &answers.coverage] {
            assert_eq!(answer.standing, Standing::NotAsked);
        }
    }
    assert_eq!(report.signers.len(), 1, "a witness is no signer");

    // It cannot stand in for the signature itself.
    let text = String::from_utf8(mail.clone()).unwrap();
    let foreign = text.replace("From: RSA Holder <p256@example.org>", "From: witness@example.org");
    assert_ne!(foreign, text);
    let report = with(foreign.as_bytes(), &[with_attributes.encode()]);
    assert_refused(&report, Verdict::Invalid, Code::FromMismatch);
}

#[test]
fn a_bad_one_is_told_and_the_verdict_stays() {
    if !have("openssl") {
        return;
    }
    let (mail, info) = message();
    let over = signature(&info);
    let mut of_content = Counter::new(witness(), &over);
    of_content
        .attributes
        .as_mut()
        .unwrap()
        .push(attribute(CONTENT_TYPE, DATA));
    let mut without_digest = Counter::new(witness(), &over);
    without_digest.attributes = Some(Vec::new());
    let mut broken = Counter::new(witness(), &over).encode();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    let mut unknown = Counter::new(witness(), &over).encode();
    // Another serial number: whose certificate is not here.
    let serial = pki().public(witness()).serial().to_vec();
    let at = unknown
        .windows(serial.len())
        .position(|window| window == serial)
        .unwrap();
    unknown[at + serial.len() - 1] ^= 1;
    for (counter, status, verdict) in [
        (
            Counter::new(witness(), b"another signature").encode(),
            Code::AlteredContent,
            Verdict::Invalid,
        ),
        (broken, Code::AlteredSignature, Verdict::Invalid),
        (of_content.encode(), Code::ContentTypeMismatch, Verdict::Invalid),
        (without_digest.encode(), Code::MissingAttribute, Verdict::Invalid),
        (unknown, Code::SignerCertificateAbsent, Verdict::Indeterminate),
    ] {
        let report = with(&mail, &[counter]);
        assert_valid(&report);
        let counter = &report.signers[0].countersignatures[0];
        assert_eq!((counter.status, counter.verdict), (status, verdict));
        let integrity = match verdict {
            Verdict::Invalid => Standing::Bad,
            _ => Standing::Unknown,
        };
        assert_eq!(counter.answers.integrity.standing, integrity);
        let finding = report.finding(Code::BadCountersignature).unwrap();
        assert_eq!((finding.severity, finding.signer), (Severity::Warning, Some(0)));
        assert!(finding.message.contains(status.as_str()), "{}", finding.message);
    }
    let report = with(&mail, &[vec![0x30, 0]]);
    assert_valid(&report);
    assert!(report.finding(Code::BadCountersignature).is_some());
    assert!(report.signers[0].countersignatures.is_empty());
}

#[test]
fn they_stand_upon_each_other_up_to_a_bound() {
    if !have("openssl") {
        return;
    }
    let (mail, info) = message();
    let over = signature(&info);
    // From the innermost outwards: each is made first, then what stands upon it is put in.
    let mut chain = vec![Counter::new(witness(), &over).encode()];
    for _ in 0..6 {
        let below = signature(chain.last().unwrap());
        chain.push(Counter::new(witness(), &below).encode());
    }
    let mut upon: Option<Vec<u8>> = None;
    for counter in chain.iter().rev() {
        let (_, fields, _) = values(counter)[0];
        let unsigned = upon.map(|one| der(0xA1, &[&attribute(COUNTERSIGNATURE, &one)]));
        upon = Some(der(0x30, &[fields, &unsigned.unwrap_or_default()]));
    }
    let report = with(&mail, &[upon.unwrap()]);
    assert_valid(&report);
    let mut depth = 0;
    let mut level = &report.signers[0].countersignatures;
    while let Some(counter) = level.first() {
        assert_eq!(counter.status, Code::Ok);
        level = &counter.countersignatures;
        depth += 1;
    }
    assert_eq!(depth, 4);
    let finding = report.finding(Code::TooComplex).unwrap();
    assert_eq!(finding.severity, Severity::Warning);

    let one = Counter::new(witness(), &over).encode();
    let report = with(&mail, &vec![one; 3000]);
    assert_valid(&report);
    assert_eq!(report.signers[0].countersignatures.len(), 10);
    assert!(report.finding(Code::TooComplex).is_some());
}
