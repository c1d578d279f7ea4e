//! Tricks inside the signature structure.

use super::authority::{TEXT, authority, clear, opaque};
use super::der::{CONTENT_TYPE, DATA, MESSAGE_DIGEST, attribute, set, tlv};
use super::{assert_refused, codes};

const OTHER: &str = "Content-Type: text/plain\r\n\r\nPay 900 francs.\r\n";

#[test]
fn signed_data_without_signers() {
    let Some(authority) = authority() else { return };
    let mut signature = authority.signature(TEXT.as_bytes());
    signature.signers = false;
    let cms = authority.build(&signature, TEXT.as_bytes());
    assert_refused(
        &authority.judge("no-signers", clear("alice@example.org", TEXT, &cms)),
        "no-signers",
    );
    signature.inside = Some(TEXT.into());
    let cms = authority.build(&signature, TEXT.as_bytes());
    assert_refused(
        &authority.judge("no-signers-opaque", opaque("signed-data", &cms)),
        "no-signers",
    );
}

#[test]
fn content_inside_beside_detached_content() {
    let Some(authority) = authority() else { return };
    // The signature fits what is inside; a mail program shows what stands beside it.
    let mut signature = authority.signature(TEXT.as_bytes());
    signature.inside = Some(TEXT.into());
    let cms = authority.build(&signature, TEXT.as_bytes());
    let report = authority.judge("content-twice", clear("alice@example.org", OTHER, &cms));
    assert_refused(&report, "content-twice");
    // And even if both are the same.
    let report = authority.judge("content-twice-same", clear("alice@example.org", TEXT, &cms));
    assert_refused(&report, "content-twice");
}

#[test]
fn several_content_infos() {
    let Some(authority) = authority() else { return };
    let mut signature = authority.signature(TEXT.as_bytes());
    signature.inside = Some(TEXT.into());
    let sound = authority.build(&signature, TEXT.as_bytes());
    let mut other = authority.signature(OTHER.as_bytes());
    (other.key, other.certificates, other.inside) = ("mallory", vec!["mallory"], Some(OTHER.into()));
    let other = authority.build(&other, OTHER.as_bytes());
    for two in [
        [sound.as_slice(), &other].concat(),
        [other.as_slice(), &sound].concat(),
    ] {
        let report = authority.judge("two-infos", opaque("signed-data", &two));
        assert_ne!(report["verdict"], "valid", "{report:#}");
    }
    let detached = authority.build(&authority.signature(TEXT.as_bytes()), TEXT.as_bytes());
    let two = [detached.as_slice(), &other].concat();
    let report = authority.judge("two-infos-detached", clear("alice@example.org", TEXT, &two));
    assert_ne!(report["verdict"], "valid", "{report:#}");
}

#[test]
fn missing_required_attributes() {
    let Some(authority) = authority() else { return };
    for absent in 0..2 {
        let mut signature = authority.signature(TEXT.as_bytes());
        signature.attributes.as_mut().unwrap().remove(absent);
        let report = authority.judge("missing", authority.clear_signed(&signature, TEXT));
        assert_refused(&report, "missing-attribute");
        assert_eq!(report["signers"][0]["answers"]["integrity"]["answer"], "bad");
    }
}

#[test]
fn duplicate_required_attributes() {
    let Some(authority) = authority() else { return };
    let digest = |text: &str| tlv(0x04, &[&authority.digest(text.as_bytes())]);
    for attributes in [
        vec![
            attribute(CONTENT_TYPE, DATA),
            attribute(MESSAGE_DIGEST, &digest(TEXT)),
            attribute(MESSAGE_DIGEST, &digest(OTHER)),
        ],
        // One attribute, two values.
        vec![
            attribute(CONTENT_TYPE, DATA),
            super::der::sequence(&[MESSAGE_DIGEST, &set(0x31, &[digest(TEXT), digest(OTHER)])]),
        ],
    ] {
        let mut signature = authority.signature(TEXT.as_bytes());
        signature.attributes = Some(attributes);
        for text in [TEXT, OTHER] {
            let report = authority.judge("duplicate", authority.clear_signed(&signature, text));
            assert_refused(&report, "duplicate-attribute");
        }
    }
}

#[test]
fn required_attributes_among_the_unsigned_ones() {
    let Some(authority) = authority() else { return };
    let mut signature = authority.signature(TEXT.as_bytes());
    signature.unsigned = authority.attributes(OTHER.as_bytes());
    let report = authority.judge("unsigned-attributes", authority.clear_signed(&signature, TEXT));
    assert_refused(&report, "unsigned-attribute");
    // The digest of other content, where anybody can put it.
    signature.attributes.as_mut().unwrap().remove(1);
    let report = authority.judge("unsigned-digest", authority.clear_signed(&signature, OTHER));
    assert_refused(&report, "missing-attribute");
}

#[test]
fn signed_attributes_reinterpreted_as_content() {
    let Some(authority) = authority() else { return };
    // What Alice's key signed is the encoding of her attributes: as content, with no attributes, the same value fits.
    let attributes = set(0x31, &authority.attributes(TEXT.as_bytes()));
    let mut signature = authority.signature(TEXT.as_bytes());
    signature.value = Some(authority.sign("alice", &attributes));
    signature.attributes = None;
    signature.inside = Some(attributes.clone());
    let cms = authority.build(&signature, &attributes);
    let report = authority.judge("reinterpreted", opaque("signed-data", &cms));
    assert_refused(&report, "altered-content");
    // OpenSSL takes it for Alice's message.
    assert!(authority.openssl_accepts("reinterpreted"));
}

#[test]
fn a_content_type_that_was_not_signed() {
    let Some(authority) = authority() else { return };
    let mut signature = authority.signature(TEXT.as_bytes());
    let attributes = signature.attributes.as_mut().unwrap();
    attributes[0] = attribute(CONTENT_TYPE, super::der::SIGNED_DATA);
    let report = authority.judge("content-type", authority.clear_signed(&signature, TEXT));
    assert_refused(&report, "content-type-mismatch");
    assert!(!codes(&report).is_empty());
}
