//! Serial, validity, keys and signatures.

use super::{Flaw, differs, flaw};

pub(super) static FLAWS: &[Flaw] = &[
    flaw("serial-zero", "person", &[("serial", "0")]),
    flaw("serial-negative", "person", &[("serial", "-5")]),
    flaw(
        "serial-21-octets",
        "person",
        &[("serial", "0x123456789012345678901234567890123456789012")],
    ),
    flaw("serial-guessable", "mailbox-strict", &[("serial", "7")]),
    flaw("outlives-issuer", "person", &[("end", "20480101000000Z")]),
    flaw("826-days", "mailbox-strict", &[("end", "20290204000000Z")]),
    flaw(
        "825-days-to-the-second",
        "mailbox-strict",
        &[("end", "20290202235959Z")],
    ),
    flaw(
        "826-days-multipurpose",
        "sponsor-multipurpose",
        &[("end", "20290204000000Z")],
    ),
    flaw(
        "1186-days-legacy",
        "mailbox-legacy",
        &[("begin", "20250101000000Z"), ("end", "20280401000000Z")],
    ),
    flaw(
        "legacy-after-its-end",
        "mailbox-legacy",
        &[("begin", "20261101000000Z"), ("end", "20271101000000Z")],
    ),
    flaw(
        "rsa-1024",
        "person",
        &[
            ("key", "rsa-1024"),
            ("keyUsage", "critical,digitalSignature,keyEncipherment"),
        ],
    ),
    flaw(
        "rsa-1024-mailbox",
        "mailbox-strict",
        &[
            ("key", "rsa-1024"),
            ("keyUsage", "critical,digitalSignature,keyEncipherment"),
        ],
    ),
    flaw(
        "rsa-2052",
        "mailbox-strict",
        &[
            ("key", "rsa-2052"),
            ("keyUsage", "critical,digitalSignature,keyEncipherment"),
        ],
    ),
    flaw(
        "rsa-exponent-3",
        "mailbox-strict",
        &[
            ("key", "rsa-e3"),
            ("keyUsage", "critical,digitalSignature,keyEncipherment"),
        ],
    ),
    flaw(
        "rsa-pss-key",
        "mailbox-strict",
        &[("key", "rsa-pss"), ("keyUsage", "critical,digitalSignature")],
    ),
    flaw("secp256k1", "mailbox-strict", &[("key", "secp256k1")]),
    flaw("brainpool", "mailbox-strict", &[("key", "brainpoolP256r1")]),
    flaw(
        "x25519",
        "mailbox-strict",
        &[("key", "x25519"), ("keyUsage", "critical,keyAgreement")],
    ),
    differs(
        "p521",
        "mailbox-strict",
        &[("key", "P-521")],
        "CA/B S/MIME BR 6.1.5 and 7.1.3.1.2 allow P-521; pkilint's list of key algorithms leaves it out.",
    ),
    flaw("sha1", "mailbox-strict", &[("digest", "sha1")]),
    flaw("sha1-person", "person", &[("digest", "sha1")]),
    flaw("sha224", "mailbox-strict", &[("digest", "sha224")]),
    flaw("sha3", "mailbox-strict", &[("digest", "sha3-256")]),
];
