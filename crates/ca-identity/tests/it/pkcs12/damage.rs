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

/// Every beginning of a file is refused, whoever wrote it; so are encrypted keys cut short.
#[test]
fn every_beginning_is_refused() {
    for sample in samples() {
        for length in 0..sample.len() {
            let refused = read(
                &sample[..length],
                Some(&passphrase("x")),
                ReadOptions { legacy: true },
            );
            assert!(
                matches!(
                    refused,
                    Err(Pkcs12Error::Truncated | Pkcs12Error::NotPkcs12 { .. })
                ),
                "{length} of {}: {refused:?}",
                sample.len()
            );
        }
    }
    for sample in encrypted_keys() {
        for length in 0..sample.len() {
            let found = PrivateKey::from_der(&sample[..length], Some(&passphrase("x")), LEGACY);
            assert!(found.is_none(), "{length} of {}", sample.len());
        }
    }
}

/// Two thousand changed files and keys each: no panic, and no more work than one derivation may ask for.
#[test]
fn two_thousand_mutations() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |bound: usize| {
        // xorshift64: the same at each run.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % bound as u64) as usize
    };
    let (files, keys) = (samples(), encrypted_keys());
    for round in 0..if files.is_empty() { 0 } else { 2000 } {
        for (original, is_key) in [
            (&files[round % files.len()], false),
            (&keys[round % keys.len()], true),
        ] {
            let mut bytes = original.clone();
            for _ in 0..1 + below(3) {
                let at = below(bytes.len());
                match below(4) {
                    0 => bytes[at] ^= 1 << below(8),
                    1 => bytes[at] = below(256) as u8,
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, below(256) as u8),
                }
            }
            // A count in the millions is within what a file may ask for, and not what is tested here.
            if counts(&bytes).any(|count| count > 100_000 && count <= 10_000_000) {
                continue;
            }
            if is_key {
                let _ = PrivateKey::from_der(&bytes, Some(&passphrase("x")), LEGACY);
            } else if let Ok(contents) = read(&bytes, Some(&passphrase("x")), LEGACY)
                && contents.mac.is_some()
            {
                let own = certificate("p256");
                for bag in &contents.keys {
                    assert_eq!(bag.key.public_key(), own.public_key(), "round {round}");
                }
            }
        }
    }
}

/// All that might be an INTEGER of two to five octets.
fn counts(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.windows(7).filter_map(|window| match window {
        [2, length @ 2..=5, number @ ..] => {
            let number = number.get(..usize::from(*length))?;
            Some(number.iter().fold(0, |sum, octet| (sum << 8) | u64::from(*octet)))
        }
        _ => None,
    })
}

/// Keys under every family of protection, at little cost.
fn encrypted_keys() -> &'static [Vec<u8>] {
    static KEYS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    KEYS.get_or_init(|| {
        if openssl().is_none() {
            return Vec::new();
        }
        let _ = samples();
        let seal = |protection: &str| {
            run_openssl(&format!(
                "pkcs8 -topk8 -in p256.key {protection} -passout pass:x -outform DER -out sample.p8 -provider legacy -provider default"
            ));
            file("sample.p8")
        };
        vec![
            seal("-v2 aes256 -iter 1"),
            seal("-v2 rc2-40-cbc -iter 1"),
            seal("-v2 des3 -v2prf hmacWithSHA512 -iter 1"),
            seal("-v1 PBE-SHA1-3DES -iter 1"),
            seal("-v1 PBE-MD5-DES -iter 1"),
            seal("-scrypt -scrypt_N 16 -scrypt_r 1 -scrypt_p 1"),
        ]
    })
}

const LEGACY: ReadOptions = ReadOptions { legacy: true };

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
