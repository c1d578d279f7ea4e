//! What is fuzzed: each function takes octets from a stranger and must neither panic nor be fooled.
//!
//! `fuzz_targets/` hands them what libFuzzer thinks of; the test `fuzz` of the crate `smime` compiles this very file with
//! the stable compiler and runs every target over `fuzz/seeds/` and mutations of it, so that none can rot.

use std::sync::LazyLock;

use ca_core::enrolment::{name_key, read_people};
use ca_core::policy::OcspRules;
use ca_core::revocation::ocsp::OcspResponder;
use ca_core::{Profile, RootPolicy};
use chrono::DateTime;
use identity::identity::Identity;
use identity::mailbox::Mailbox;
use identity::ocsp::{OcspRequest, OcspResponse};
use identity::{Certificate, CertificateList, CertificateRequest, Passphrase, pem, pkcs12};
use smime::inspect::{CmsStructure, Entity};
use smime::mime::{self, ContentType, Header, MboxReader, Message, Quoting, TransferEncoding};
use smime::report::Verdict;
use smime::{DecryptOptions, Discard, Limits, MemorySpool, OpenOptions, VerifyOptions};

/// A target: its name, and what is done with the octets.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 18] = [
    ("address", address),
    ("ber", ber),
    ("certificate", certificate),
    ("crl", crl),
    ("enveloped", enveloped),
    ("header", header),
    ("key", key),
    ("mbox", mbox),
    ("message", message),
    ("mime", mime_parts),
    ("ocsp", ocsp),
    ("open", open),
    ("pem", pem_blocks),
    ("pkcs12", key_file),
    ("policy", policy),
    ("request", request),
    ("roster", roster),
    ("signed", signed),
];

/// Addresses of mailboxes.
pub fn address(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(mailbox) = Mailbox::parse(&text) {
        let again = Mailbox::parse(&mailbox.canonical()).expect("a canonical address is an address");
        assert_eq!(again.canonical(), mailbox.canonical());
    }
}

/// BER, met at once: what surrounds it is given.
pub fn ber(bytes: &[u8]) {
    let (kind, rest) = bytes.split_first().unwrap_or((&0, &[]));
    // ContentInfo, indefinite lengths, with the type of a signed, enveloped, authenticated or compressed content.
    let types: [&[u8]; 4] = [
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03",
        b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17",
        b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09",
    ];
    let content_type = types[usize::from(*kind) % types.len()];
    let info = [b"\x30\x80", content_type, b"\xa0\x80", rest].concat();
    look(&info);
    judge(&info);
    decrypt(&info);
}

/// Certificates.
pub fn certificate(bytes: &[u8]) {
    if let Ok(certificate) = Certificate::from_der(bytes) {
        assert_eq!(certificate.der(), bytes);
        let _ = certificate.subject().to_string();
        let _ = (certificate.emails(), certificate.crl_distribution_points());
        let _ = (certificate.ocsp_urls(), certificate.ca_issuers_urls());
        let _ = (certificate.key_usage(), certificate.smime_capabilities());
        let _ = certificate.verify_signed_by(certificate.public_key());
    }
}

/// Revocation lists.
pub fn crl(bytes: &[u8]) {
    if let Ok(list) = CertificateList::from_der(bytes) {
        assert_eq!(list.der(), bytes);
        assert_eq!(list.entries().count(), list.len());
        let _ = (list.number_hex(), list.issuer().to_string());
        let _ = list.verify_signed_by(ALICE[0].certificate().public_key());
    }
}

/// Encrypted messages, for one fixed key.
pub fn enveloped(bytes: &[u8]) {
    look(bytes);
    decrypt(bytes);
}

/// Header fields, and the addresses, words and types in them.
pub fn header(bytes: &[u8]) {
    let (header, rest) = Header::split(bytes);
    assert!(bytes.ends_with(rest));
    for field in header.fields() {
        let _ = (field.name(), field.text());
        let _ = header.addresses(field.name());
        let value = field.value();
        let _ = mime::decode_words(&value);
        if let Some(content_type) = ContentType::parse(&value) {
            let _ = (content_type.to_string(), content_type.parameter("boundary"));
        }
        let encoded = mime::encode_unstructured(&value, 9);
        assert!(encoded.is_ascii(), "{encoded:?}");
        let longest = encoded.lines().map(str::len).max();
        assert!(longest.is_none_or(|length| length <= 998), "{encoded:?}");
    }
}

/// Private keys in all their wrappings.
pub fn key(bytes: &[u8]) {
    let _ = Identity::from_pem(bytes, None);
    let mut options = pkcs12::ReadOptions::default();
    options.legacy = true;
    let _ = identity::PrivateKey::from_der(bytes, Some(&PASSWORD), options);
}

/// Files of many messages, each read in every dialect.
pub fn mbox(bytes: &[u8]) {
    let mut inside = 0;
    for message in MboxReader::new(bytes, 1 << 16) {
        let message = message.expect("memory can be read");
        inside += message.octets().len();
        let lengths = Quoting::ALL.map(|quoting| message.unquoted(quoting).len());
        assert!(lengths.is_sorted(), "mboxrd takes off most, mboxo less");
        let _ = Header::split(message.octets())
            .0
            .get("Date")
            .map(|date| mime::parse_date(&date.value()));
    }
    assert!(inside <= bytes.len());
}

/// Whole messages: looked at, judged and decrypted.
pub fn message(bytes: &[u8]) {
    look(bytes);
    judge(bytes);
    decrypt(bytes);
}

/// Parts and their transfer encodings.
pub fn mime_parts(bytes: &[u8]) {
    let message = Message::parse(bytes);
    assert_eq!(message.raw(), bytes);
    assert!(bytes.ends_with(message.body()));
    let _ = message.decoded_body();
    if let Ok(Some(multipart)) = message.multipart(&Limits::default()) {
        let inside: usize = multipart.parts().iter().map(|part| part.raw().len()).sum();
        assert!(inside <= message.body().len());
    }
    let canonical = mime::canonicalize(bytes);
    assert!(mime::is_canonical(&canonical));
    assert_eq!(mime::canonicalize(&canonical), canonical);
    let decoded = mime::decode_base64(&mime::encode_base64(bytes));
    assert_eq!(decoded.as_deref(), Ok(bytes));
    let decoded = mime::decode_quoted_printable(&mime::encode_quoted_printable(&canonical));
    assert_eq!(decoded, *canonical);
    for encoding in [TransferEncoding::Base64, TransferEncoding::QuotedPrintable] {
        let _ = encoding.decode(bytes);
    }
}

/// OCSP requests and answers.
pub fn ocsp(bytes: &[u8]) {
    if let Ok(request) = OcspRequest::from_der(bytes) {
        assert_eq!(request.der(), bytes);
        let _ = (request.certificates().len(), request.nonce());
    }
    // As the responder reads requests, and what it would say of a certificate that it knows nothing of.
    if let Ok(question) = RESPONDER.read(bytes) {
        let _ = (question.authority(), question.common());
    }
    if let Ok(response) = OcspResponse::from_der(bytes) {
        assert_eq!(response.der(), bytes);
        if let Some(data) = response.data() {
            let _ = (data.responses().len(), data.signature_scheme());
            let _ = data.verify_signed_by(ALICE[0].certificate().public_key());
        }
    }
}

/// Messages opened layer by layer.
pub fn open(bytes: &[u8]) {
    let mut options = OpenOptions::new(verify_options());
    options.decrypt.legacy = true;
    // A bomb of the size that is allowed takes the fuzzer's time only.
    options.limits = options.limits.with_max_input(1 << 20);
    options.limits.max_inflated = 1 << 20;
    if let Ok(held) = smime::open(bytes, &ALICE, &options, || Ok(MemorySpool::new())) {
        // Nobody is trusted.
        assert_ne!(held.report().verdict(), Verdict::Valid);
    }
}

/// PEM, and what else holds certificates.
pub fn pem_blocks(bytes: &[u8]) {
    if let Ok(blocks) = pem::decode(bytes) {
        for block in blocks {
            let again = pem::decode(pem::encode(&block.label, &block.der).as_bytes());
            let again = again.expect("what is encoded can be decoded");
            assert_eq!(again[0].der, block.der);
        }
    }
    let _ = pem::certificates(bytes);
}

/// PKCS#12 files, opened with an empty password.
pub fn key_file(bytes: &[u8]) {
    let mut options = pkcs12::ReadOptions::default();
    options.legacy = true;
    let _ = pkcs12::read(bytes, None, options);
}

/// Policy files.
pub fn policy(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Profile::parse("class.yaml", text);
        let _ = RootPolicy::parse("root.yaml", text);
    }
}

/// Certification requests.
pub fn request(bytes: &[u8]) {
    if let Ok(request) = CertificateRequest::from_pem_or_der(bytes) {
        let _ = (request.emails(), request.subject().to_string(), request.verify());
    }
}

/// The rows of a list of people; how they are parted is the CSV reader's affair.
pub fn roster(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let rows = text
        .lines()
        .map(|line| Ok::<_, std::convert::Infallible>(line.split(',').map(str::to_owned).collect()));
    for person in read_people("list", "", DateTime::UNIX_EPOCH, rows).unwrap_or_default() {
        for key in person.keys() {
            assert!(!key.is_empty(), "a person without a name is no row");
            assert_eq!(name_key(&key), key, "a key is its own key");
        }
    }
}

/// Signed messages, trusting nobody.
pub fn signed(bytes: &[u8]) {
    look(bytes);
    judge(bytes);
}

fn look(bytes: &[u8]) {
    let mut limits = Limits::default();
    limits.max_inflated = 1 << 20;
    if let Ok(structure) = smime::inspect(bytes, &limits) {
        assert_eq!(structure.root.size, bytes.len() as u64);
        within(&structure.root);
    }
}

/// No part reaches beyond what it is a part of.
fn within(entity: &Entity) {
    let end = entity.offset + entity.size;
    for part in &entity.parts {
        assert!(part.offset >= entity.offset && part.offset + part.size <= end);
        within(part);
    }
    match &entity.cms {
        Some(CmsStructure::Signed(signed)) => signed.content.iter().for_each(|content| within(content)),
        Some(CmsStructure::Compressed(inside)) => inside.content.iter().for_each(|content| within(content)),
        _ => {}
    }
}

fn judge(bytes: &[u8]) {
    if let Ok(held) = smime::verify(bytes, &verify_options(), Discard) {
        // Nobody is trusted.
        assert_ne!(held.report().verdict, Verdict::Valid);
        assert!(!held.is_releasable());
    }
}

fn verify_options() -> VerifyOptions<'static> {
    let mut options = VerifyOptions::new(DateTime::from_timestamp(1_800_000_000, 0).expect("in range"));
    options.any_sender = true;
    options.legacy = true;
    options
}

fn decrypt(bytes: &[u8]) {
    let mut options = DecryptOptions::default();
    options.legacy = true;
    let _ = smime::decrypt(bytes, &ALICE, &options, Discard);
}

static PASSWORD: LazyLock<Passphrase> =
    LazyLock::new(|| Passphrase::new("x").expect("the password of the seeds is one"));

/// A responder that answers for Alice as if she were an authority.
static RESPONDER: LazyLock<OcspResponder> = LazyLock::new(|| {
    OcspResponder::new(
        OcspRules::default(),
        [("alice".to_owned(), ALICE[0].certificate())],
    )
});

static ALICE: LazyLock<Vec<Identity>> = LazyLock::new(|| {
    let pem = include_bytes!("../../crates/smime/tests/data/alice.pem");
    Identity::from_pem(pem, None).expect("the test identity is sound")
});
