//! Files that are damaged, foreign, or ask for too much.

use std::sync::OnceLock;

use identity::identity::Identity;
use identity::pkcs12::{MACHINE_PASSWORD_ITERATIONS, Pkcs12Error, Preset, ReadOptions, read};
use identity::{KeyAlgorithm, PrivateKey};
use proptest::prelude::*;
use test_support::openssl;

use super::{ADDRESS, certificate, file, identity, passphrase, run_openssl};

#[test]
fn foreign_and_damaged_files_are_told_apart() {
    if openssl().is_none() {
        return;
    }
    let good = identity("p256")
        .to_pkcs12(ADDRESS, &passphrase("x"), Preset::Modern, Some(10_000))
        .unwrap();
    let password = passphrase("x");
    let error = |bytes: &[u8]| read(bytes, Some(&password), ReadOptions::default()).unwrap_err();
    for length in [1, 2, 10, good.len() / 2, good.len() - 1] {
        assert!(
            matches!(error(&good[..length]), Pkcs12Error::Truncated),
            "{length}: {}",
            error(&good[..length])
        );
    }
    for foreign in [
        &b""[..],
        b"%PDF-1.7",
        b"<!DOCTYPE html><title>404</title>",
        b"\xfe\xed\xfe\xed\0\0\0\x02",
        &file("root.pem"),
        certificate("root").der(),
    ] {
        assert!(
            matches!(error(foreign), Pkcs12Error::NotPkcs12 { .. }),
            "{}",
            error(foreign)
        );
    }
    let stranger = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    assert!(Identity::new(stranger, certificate("p256"), Vec::new()).is_err());
}

#[test]
fn too_many_iterations_are_refused_with_the_figure() {
    if openssl().is_none() {
        return;
    }
    let rounds = Some(MACHINE_PASSWORD_ITERATIONS);
    let good = identity("p256")
        .to_pkcs12(ADDRESS, &passphrase("x"), Preset::Modern, rounds)
        .unwrap();
    // The last field of the file: INTEGER 10,000 becomes 1,000,000,000, and the two lengths around it grow by two.
    let mut greedy = good.strip_suffix(&[2, 2, 0x27, 0x10]).unwrap().to_vec();
    greedy.extend([2, 4, 0x3b, 0x9a, 0xca, 0]);
    let mac_data = good.len() - MAC_DATA;
    assert_eq!(greedy[mac_data..mac_data + 2], [0x30, MAC_DATA as u8 - 2]);
    greedy[mac_data + 1] += 2;
    let length = u16::from_be_bytes([greedy[2], greedy[3]]) + 2;
    greedy[2..4].copy_from_slice(&length.to_be_bytes());
    let refused = read(&greedy, Some(&passphrase("x")), ReadOptions::default()).unwrap_err();
    assert_eq!(
        refused,
        Pkcs12Error::TooManyIterations {
            iterations: 1_000_000_000,
            maximum: 10_000_000
        }
    );
    assert!(refused.to_string().contains("1000000000"));
    let long = vec![0x30; (16 << 20) + 1];
    assert!(matches!(
        read(&long, None, ReadOptions::default()),
        Err(Pkcs12Error::TooLong { .. })
    ));
}

/// Header, DigestInfo with SHA-256, sixteen bytes of salt and a count of two bytes.
const MAC_DATA: usize = 2 + 51 + 18 + 4;

/// Good files of several writers, with little key derivation so that many attempts take little time.
fn samples() -> &'static [Vec<u8>] {
    static SAMPLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        if openssl().is_none() {
            return Vec::new();
        }
        let export = |extra: &str| {
            run_openssl(&format!(
                "pkcs12 -export -legacy -inkey p256.key -in p256.pem -certfile sub.pem -name x -iter 1 -passout pass:x -out sample.p12{extra}"
            ));
            file("sample.p12")
        };
        let mut samples = vec![
            export(" -keypbe AES-256-CBC -certpbe AES-256-CBC"),
            export(" -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-RC2-40 -macalg sha1"),
            export(" -keypbe PBE-MD5-DES -certpbe NONE -nomac"),
            export(" -keypbe AES-128-CBC -certpbe AES-128-CBC -nomac"),
        ];
        // The form of NSS, without its 600,000 rounds.
        let ber = indefinite(&samples[0]);
        assert!(read(&ber, Some(&passphrase("x")), ReadOptions::default()).is_ok());
        samples.push(ber);
        samples
    })
}

/// Rewrites DER with indefinite lengths and OCTET STRINGs in pieces.
fn indefinite(der: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = der;
    while let [tag, first, after @ ..] = rest {
        let (length, after) = match first {
            0..=0x7f => (usize::from(*first), after),
            _ => {
                let (octets, after) = after.split_at(usize::from(first & 0x7f));
                (
                    octets
                        .iter()
                        .fold(0, |sum, octet| (sum << 8) | usize::from(*octet)),
                    after,
                )
            }
        };
        let (content, after) = after.split_at(length);
        if tag & 0x20 != 0 {
            out.extend([*tag, 0x80]);
            out.extend(indefinite(content));
            out.extend([0, 0]);
        } else if *tag == 4 {
            out.extend([0x24, 0x80]);
            for piece in content.chunks(100) {
                out.extend([4, piece.len() as u8]);
                out.extend(piece);
            }
            out.extend([0, 0]);
        } else {
            out.extend(&rest[..rest.len() - after.len()]);
        }
        rest = after;
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// No damage makes the reader panic, and none that it accepts under a MAC changes a key or a certificate.
    #[test]
    fn damaged_files(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let samples = samples();
        prop_assume!(!samples.is_empty());
        let mut bytes = which.get(samples).clone();
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(contents) = read(&bytes, Some(&passphrase("x")), ReadOptions { legacy: true })
            && contents.mac.is_some()
        {
            for bag in &contents.keys {
                prop_assert!(bag.key.public_key() == certificate("p256").public_key());
            }
            for bag in &contents.certificates {
                let known = ["p256", "sub", "root"].map(certificate);
                prop_assert!(known.contains(&bag.certificate));
            }
        }
    }

    #[test]
    fn anything_at_all(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&[&[0x30][..], &bytes].concat(), None, ReadOptions { legacy: true });
    }
}
