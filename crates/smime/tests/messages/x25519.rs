//! Messages to a holder of an X25519 key (RFC 8418). OpenSSL 3.0 has no `cms` for it, so its parts are the judge: the
//! agreement, HKDF and the certificate are OpenSSL's.

use std::fs;
use std::sync::OnceLock;

use identity::key_wrap::aes_unwrap;

use crate::pki::*;

const HOLDER: &str = "x25519";

/// Makes the holder, whose key cannot sign a request.
fn holder() -> &'static str {
    static HOLDER_MADE: OnceLock<()> = OnceLock::new();
    HOLDER_MADE.get_or_init(|| {
        let scratch = pki().scratch();
        let [key, public, pem, issuer, issuer_key] = [
            format!("{HOLDER}.key"),
            format!("{HOLDER}.pub"),
            format!("{HOLDER}.pem"),
            "issuing.pem".to_owned(),
            "issuing.key".to_owned(),
        ]
        .map(|file| pki().path(&file));
        let extensions = scratch.write(
            "ext",
            b"keyUsage=critical,keyAgreement\nextendedKeyUsage=emailProtection\nsubjectKeyIdentifier=hash\n\
              subjectAltName=email:x25519@example.org\n",
        );
        for command in [
            vec!["genpkey", "-algorithm", "X25519", "-out", &key],
            vec!["pkey", "-in", &key, "-pubout", "-out", &public],
            vec![
                "x509",
                "-new",
                "-force_pubkey",
                &public,
                "-CA",
                &issuer,
                "-CAkey",
                &issuer_key,
                "-subj",
                "/O=Example/CN=x25519",
                "-days",
                "3000",
                "-extfile",
                &extensions,
                "-set_serial",
                "25519",
                "-out",
                &pem,
            ],
        ] {
            scratch.openssl(&command).succeed();
        }
        fs::write(pki().path(&format!("{HOLDER}.chain")), b"").unwrap();
    });
    HOLDER
}

#[test]
fn messages_come_back() {
    // Before the clock is read, or the certificates would not be valid yet.
    holder();
    for cipher in ["aes-128-cbc", "aes-256-cbc", "aes-256-gcm"] {
        let mut options = encrypt_options();
        options.cipher = Some(cipher.parse().unwrap());
        let message = encrypted(&["rsa", holder()], MAIL, &options);
        for name in ["rsa", holder()] {
            let (content, _) = decrypted(name, &message).unwrap();
            assert!(content.ends_with(MAIL_ENTITY), "{cipher} {name}");
        }
        assert!(decrypted("p256", &message).is_err());
    }
}

#[test]
fn the_key_encryption_key_is_the_one_openssl_derives() {
    holder();
    let scratch = pki().scratch();
    let der = der_of(&encrypted(&[holder()], MAIL, &encrypt_options()));
    // id-X25519 without parameters, then the ephemeral key as a BIT STRING (RFC 8418, 3).
    let ephemeral = after(&der, "300506032b656e032100", 32);
    // dhSinglePass-stdDH-hkdf-sha256-scheme with id-aes256-wrap, then the recipient with the wrapped key.
    let from_scheme = after(&der, "060b2a864886f70d0109100313", 0).as_ptr() as usize - der.as_ptr() as usize;
    let scheme = &der[from_scheme..];
    let wrap_algorithm = &scheme[..13];
    assert_eq!(hex::encode(wrap_algorithm), "300b060960864801650304012d");
    let wrapped = after(scheme, "0428", 40);

    let spki = [&hex::decode("302a300506032b656e032100").unwrap(), ephemeral].concat();
    let peer = scratch.write("peer.der", &spki);
    scratch
        .openssl(&[
            "pkeyutl",
            "-derive",
            "-inkey",
            &pki().path("x25519.key"),
            "-peerform",
            "DER",
            "-peerkey",
            &peer,
            "-out",
            "z",
        ])
        .succeed();
    // ECC-CMS-SharedInfo { keyInfo, suppPubInfo [2] 256 bits } (RFC 5753, 7.2).
    let info = format!("3015{}a206040400000100", hex::encode(wrap_algorithm));
    let [z, info] = [
        format!("hexkey:{}", hex::encode(scratch.read("z"))),
        format!("hexinfo:{info}"),
    ];
    scratch
        .openssl(&[
            "kdf",
            "-keylen",
            "32",
            "-kdfopt",
            "digest:SHA256",
            "-kdfopt",
            &z,
            "-kdfopt",
            &info,
            "-binary",
            "-out",
            "kek",
            "HKDF",
        ])
        .succeed();
    assert_eq!(aes_unwrap(&scratch.read("kek"), wrapped).unwrap().len(), 32);
}

fn der_of(message: &[u8]) -> Vec<u8> {
    let scratch = pki().scratch();
    let file = scratch.write("m", message);
    scratch
        .openssl(&["cms", "-cmsout", "-in", &file, "-outform", "DER", "-out", "m.der"])
        .succeed();
    scratch.read("m.der")
}

/// The `len` bytes that follow the only occurrence of a pattern.
fn after<'a>(der: &'a [u8], pattern: &str, len: usize) -> &'a [u8] {
    let pattern = hex::decode(pattern).unwrap();
    let at = der
        .windows(pattern.len())
        .position(|window| window == pattern)
        .unwrap()
        + pattern.len();
    &der[at..at + len]
}
