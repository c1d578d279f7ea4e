use chrono::TimeDelta;
use identity::DistinguishedName;

use super::*;
use crate::cms::ber::OCTET_STRING;
use crate::cms::{der, oids};

const DIGITAL_SIGNATURE: u8 = 0x80;
const KEY_AGREEMENT: u8 = 0x08;

fn at(day: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::days(day)
}

fn alice() -> Mailbox {
    Mailbox::parse("alice@example.org").unwrap()
}

/// A certificate with the test key, signed by nobody: contacts leave signatures to those who verify.
fn certificate(issuer: &str, begins: i64, key_usage: u8) -> Certificate {
    let pem = include_bytes!("../../tests/data/alice.pem");
    let key = identity::pem::certificates(pem).unwrap().remove(0);
    let common_name = const_oid::ObjectIdentifier::new_unwrap("2.5.4.3");
    let name = |text| DistinguishedName::from_attributes(&[(common_name, text)]).unwrap();
    let time = |day| der::value(0x17, &[at(day).format("%y%m%d%H%M%SZ").to_string().as_bytes()]);
    let extension = |oid: &str, value: &[u8]| {
        let oid = const_oid::ObjectIdentifier::new_unwrap(oid);
        der::sequence(&[&der::oid(oid), &der::value(OCTET_STRING, &[value])])
    };
    let unused = u8::try_from(key_usage.trailing_zeros()).unwrap();
    let algorithm = der::algorithm(oids::EC_PUBLIC_KEY, &[]);
    let to_be_signed = der::sequence(&[
        &der::explicit(0, &der::small_integer(2)),
        &der::small_integer(u8::try_from(begins).unwrap() + 1),
        &algorithm,
        name(issuer).der(),
        &der::sequence(&[&time(begins), &time(begins + 10)]),
        name("Alice").der(),
        key.public_key().spki_der(),
        &der::explicit(
            3,
            &der::sequence(&[
                &extension("2.5.29.15", &[3, 2, unused, key_usage]),
                &extension(
                    "2.5.29.17",
                    &der::sequence(&[&der::value(0x81, &[b"alice@example.org"])]),
                ),
            ]),
        ),
    ]);
    let signature = der::value(3, &[&[0, 0]]);
    Certificate::from_der(&der::sequence(&[&to_be_signed, &algorithm, &signature])).unwrap()
}

fn known(certificate: Certificate, root: Option<&str>) -> KnownCertificate {
    let root = root.map(|name| Root::new(name.to_owned(), identity::digest::sha256(name.as_bytes())));
    KnownCertificate::new(certificate, Source::Message, at(0), root)
}

fn lesson(certificates: Vec<KnownCertificate>, announcement: Option<Announcement>) -> Lesson {
    Lesson {
        address: alice(),
        certificates,
        announcement,
    }
}

#[test]
fn the_newest_valid_certificate_wins() {
    let mut contact = Contact::new(alice());
    for begins in [2, 0, 5] {
        let offered = known(certificate("CA", begins, KEY_AGREEMENT), Some("root"));
        let change = contact.learn(&lesson(vec![offered], None), false).unwrap();
        assert_eq!((change.added.len(), change.removed.len()), (1, 0));
    }
    let begins: Vec<_> = contact
        .certificates()
        .iter()
        .map(|known| known.certificate.not_before())
        .collect();
    assert_eq!(begins, [at(5), at(2), at(0)]);
    let chosen = |day| {
        contact
            .encryption_certificate(&alice(), at(day))
            .map(|known| known.certificate.not_before())
    };
    assert_eq!(chosen(1), Ok(at(0)));
    assert_eq!(chosen(3), Ok(at(2)), "that of day 5 is not valid yet");
    assert_eq!(chosen(6), Ok(at(5)));
    assert_eq!(chosen(14), Ok(at(5)), "the others have expired");
    assert!(matches!(chosen(16), Err(NoCertificate::Expired { not_after, .. }) if not_after == at(15)));
    assert!(matches!(chosen(-1), Err(NoCertificate::NotYetValid { .. })));
}

#[test]
fn what_only_signs_is_kept_but_not_encrypted_to() {
    let mut contact = Contact::new(alice());
    let unknown = contact.encryption_certificate(&alice(), at(1)).unwrap_err();
    assert!(matches!(unknown, NoCertificate::Unknown { .. }));
    let signs = known(certificate("CA", 0, DIGITAL_SIGNATURE), Some("root"));
    contact.learn(&lesson(vec![signs], None), false).unwrap();
    let error = contact.encryption_certificate(&alice(), at(1)).unwrap_err();
    assert!(matches!(error, NoCertificate::SignsOnly { .. }), "{error}");
    // The one to encrypt to may come from another issuing authority of the same root.
    let encrypts = known(certificate("Other CA", 0, KEY_AGREEMENT), Some("root"));
    let change = contact
        .learn(&lesson(vec![encrypts.clone()], None), false)
        .unwrap();
    assert_eq!(change.added.len(), 1);
    assert_eq!(contact.encryption_certificate(&alice(), at(1)), Ok(&encrypts));
}

#[test]
fn another_identity_replaces_nothing_unasked() {
    let first = known(certificate("CA", 0, KEY_AGREEMENT), Some("root"));
    for (other, reason) in [
        (
            known(certificate("CA", 1, KEY_AGREEMENT), Some("other root")),
            ConflictReason::OtherRoot,
        ),
        (
            known(certificate("CA", 1, KEY_AGREEMENT), None),
            ConflictReason::Unproven,
        ),
        (
            known(certificate("Other CA", 1, KEY_AGREEMENT), Some("root")),
            ConflictReason::OtherIssuer,
        ),
    ] {
        let mut contact = Contact::new(alice());
        let announced = Announcement::new(vec![ContentCipher::Aes256Gcm], Some(at(1)));
        contact
            .learn(&lesson(vec![first.clone()], Some(announced)), false)
            .unwrap();
        let offered = lesson(vec![other.clone()], None);
        let conflict = contact.learn(&offered, false).unwrap_err();
        assert_eq!(conflict.reason, reason);
        assert_eq!(
            contact.certificates(),
            std::slice::from_ref(&first),
            "nothing has changed"
        );
        let change = contact.learn(&offered, true).unwrap();
        assert_eq!(
            (change.added, change.removed),
            (vec![other.certificate.clone()], vec![first.certificate.clone()])
        );
        assert_eq!(contact.announcement(), None, "it was the other holder's");
    }
}

#[test]
fn the_newest_announcement_counts() {
    let mut contact = Contact::new(alice());
    let own = known(certificate("CA", 0, KEY_AGREEMENT), Some("root"));
    let mut announce = |cipher, day: Option<i64>| {
        let announcement = Announcement::new(vec![cipher], day.map(at));
        let change = contact
            .learn(&lesson(vec![own.clone()], Some(announcement)), false)
            .unwrap();
        (change.announcement, contact.ciphers(&own.certificate))
    };
    let (gcm, cbc) = (ContentCipher::Aes256Gcm, ContentCipher::Aes128Cbc);
    assert_eq!(announce(gcm, Some(3)), (true, vec![gcm]));
    assert_eq!(announce(cbc, Some(2)), (false, vec![gcm]), "an older message");
    assert_eq!(announce(cbc, None), (false, vec![gcm]), "one without a time");
    assert_eq!(announce(gcm, Some(4)), (false, vec![gcm]), "the same again");
    assert_eq!(announce(cbc, Some(5)), (true, vec![cbc]));
}

#[test]
fn a_root_found_later_is_noted_and_a_certificate_can_be_forgotten() {
    let mut contact = Contact::new(alice());
    let unproven = known(certificate("CA", 0, KEY_AGREEMENT), None);
    contact
        .learn(&lesson(vec![unproven.clone()], None), false)
        .unwrap();
    let proven = known(unproven.certificate.clone(), Some("root"));
    let change = contact.learn(&lesson(vec![proven.clone()], None), false).unwrap();
    assert!(change.proven && change.added.is_empty());
    assert!(
        contact
            .learn(&lesson(vec![proven.clone()], None), false)
            .unwrap()
            .is_none()
    );
    let fingerprint = unproven.certificate.fingerprint_sha256();
    assert_eq!(contact.forget(&fingerprint), Some(proven));
    assert_eq!(contact.forget(&fingerprint), None);
    assert!(contact.certificates().is_empty());
}

#[test]
fn the_oldest_of_too_many_are_dropped() {
    let certificates = (0..40)
        .map(|begins| known(certificate("CA", begins, KEY_AGREEMENT), None))
        .collect();
    let contact = Contact::from_parts(alice(), certificates, None);
    assert_eq!(contact.certificates().len(), MOST_CERTIFICATES);
    assert_eq!(contact.certificates()[0].certificate.not_before(), at(39));
}
