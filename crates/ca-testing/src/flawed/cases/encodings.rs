//! Serials, and writings that are no DER.

use crate::flawed::certificate::*;
use crate::flawed::der::*;
use crate::flawed::{Case, accepted, refused};

pub(super) static CASES: &[Case] = &[
    refused(
        "serial-of-30-octets",
        "the serial number is too long",
        "RFC 5280, 4.1.2.2",
        |kit| {
            kit.leaf.serial = vec![0x41; 30];
        },
    ),
    // Programs differ: whoever reads them SHOULD bear with them, and no authority may assign them.
    refused(
        "serial-zero",
        "the serial number is not positive",
        "RFC 5280, 4.1.2.2",
        |kit| kit.leaf.serial = vec![0],
    ),
    refused(
        "serial-negative",
        "the serial number is not positive",
        "RFC 5280, 4.1.2.2",
        |kit| kit.leaf.serial[0] |= 0x80,
    ),
    accepted("serial-of-20-octets", "RFC 5280, 4.1.2.2", |kit| {
        kit.leaf.serial = vec![0x41; 20];
    }),
    refused(
        "altered-signature",
        "the issuer did not sign this certificate",
        "RFC 5280, 6.1.3 (a) (1)",
        |kit| {
            kit.after_signing = Some(flip_last);
        },
    ),
    refused(
        "altered-signature-of-issuer",
        "the root did not sign the issuer's certificate",
        "RFC 5280, 6.1.3 (a) (1)",
        |kit| {
            kit.after_issuing = Some(flip_last);
        },
    ),
    refused(
        "altered-certificate",
        "the issuer did not sign this certificate",
        "RFC 5280, 6.1.3 (a) (1)",
        |kit| {
            kit.after_signing = Some(|der| replace(&der, b"Alice", b"Malic"));
        },
    ),
    refused(
        "two-algorithms",
        "the certificate names two algorithms",
        "RFC 5280, 4.1.1.2",
        |kit| {
            kit.leaf.inner_algorithm = Some(sequence(&[&oid("1.2.840.10045.4.3.3")]));
        },
    ),
    refused(
        "boolean-not-der",
        "TRUE has another writing",
        "X.690, 11.1",
        |kit| {
            let usage = kit.leaf.extensions.iter_mut().find(|one| one.kind == KEY_USAGE);
            usage.unwrap().critical = vec![0x01, 0x01, 0x01];
        },
    ),
    refused(
        "length-not-der",
        "a length is written too long",
        "X.690, 10.1",
        |kit| {
            kit.leaf.version = vec![0xa0, 0x81, 0x03, 0x02, 0x01, 0x02];
        },
    ),
    refused(
        "certificate-in-ber",
        "the certificate's length is left open, which is BER",
        "RFC 5280, 4.1; X.690, 10.1",
        |kit| {
            kit.after_signing = Some(|der| [&[SEQUENCE, 0x80], &der[4..], &[0, 0]].concat());
        },
    ),
    refused(
        "octets-after-the-certificate",
        "something follows the certificate",
        "RFC 5280, 4.1",
        |kit| {
            kit.after_signing = Some(|mut der| {
                // Within the outermost SEQUENCE, which grows by them.
                der.extend([0x05, 0x00]);
                let length = u16::from_be_bytes([der[2], der[3]]) + 2;
                der[2..4].copy_from_slice(&length.to_be_bytes());
                der
            });
        },
    ),
];

fn flip_last(mut der: Vec<u8>) -> Vec<u8> {
    let last = der.len() - 1;
    der[last] ^= 1;
    der
}

fn replace(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = der.windows(from.len()).rposition(|found| found == from).unwrap();
    [&der[..at], to, &der[at + from.len()..]].concat()
}
