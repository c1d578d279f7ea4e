//! No difference in time between the ways in which decryption can fail (Bleichenbacher 1998, Vaudenay 2002).
//!
//! Statistics in the manner of dudect (Reparaz, Balasch, Verbauwhede 2017): two classes of input take turns in random
//! order, the slow tail (other work of the machine) is cropped, and Welch's t says whether the means differ. The bound
//! is generous, so that a busy machine passes; the last test shows that an early return does not.

use std::hint::black_box;
use std::time::{Duration, Instant};

use smime::{DecryptError, DecryptOptions, MemorySpool, decrypt};

use super::pki::{MAIL, encrypt_options, encrypted, have, pki};

/// How often each class is measured.
const RUNS: usize = 1000;
/// |t| above this is a difference: dudect calls 4.5 suspicious and 10 overwhelming.
const MOST: f64 = 10.0;
/// Which part of all measurements counts, the fastest ones.
const KEPT: f64 = 0.7;

#[test]
fn timing_of_rsa_padding_and_content() {
    if !have("openssl") {
        return;
    }
    let (header, cms) = envelope("rsa", MAIL);
    let (_, other) = envelope("rsa", MAIL);
    let key = encrypted_key(&cms);
    // Padding of PKCS#1 that does not hold, against a sound one around another content key.
    let mut bad_padding = cms.clone();
    bad_padding[key.start + 100] ^= 1;
    let mut bad_content = cms.clone();
    bad_content[key.clone()].copy_from_slice(&other[encrypted_key(&other)]);
    let identity = [pki().identity("rsa")];
    let t = difference(
        || fails(&message(&header, &bad_padding), &identity),
        || fails(&message(&header, &bad_content), &identity),
    );
    assert!(
        t.abs() < MOST,
        "|t| = {t:.1}: the padding of the key can be told by the time"
    );
}

#[test]
fn timing_of_cbc_padding() {
    if !have("openssl") {
        return;
    }
    // Text of any length whose padding is two octets at least.
    let identity = [pki().identity("p256")];
    for extra in 0..4 {
        let text = [MAIL, &b"x".repeat(extra)[..]].concat();
        let (header, cms) = envelope("p256", &text);
        // Octets of the block before the last one change those of the last plaintext block.
        let changed = |from_end: usize, by: u8| {
            let mut cms = cms.clone();
            let at = cms.len() - 16 - from_end;
            cms[at] ^= by;
            message(&header, &cms)
        };
        // A length that is absurd, against a length that fits and an octet that does not.
        let (absurd, inconsistent) = (changed(1, 0x80), changed(2, 1));
        if decrypt(
            &inconsistent[..],
            &identity,
            &DecryptOptions::default(),
            MemorySpool::new(),
        )
        .is_ok()
        {
            continue;
        }
        let t = difference(|| fails(&absurd, &identity), || fails(&inconsistent, &identity));
        assert!(
            t.abs() < MOST,
            "|t| = {t:.1}: the padding of the content can be told by the time"
        );
        return;
    }
    panic!("no text had a padding of two octets");
}

#[test]
fn timing_of_an_early_return_is_noticed() {
    // What the tests above must not find: content that is not looked at once the key is known to be bad.
    let content = vec![7_u8; 64 << 10];
    let key = || black_box((0..40_000_u64).fold(1, |sum: u64, n| sum.wrapping_mul(31) ^ black_box(n)));
    let t = difference(
        || {
            key();
        },
        || {
            key();
            black_box(content.iter().fold(0_u8, |sum, octet| sum ^ black_box(*octet)));
        },
    );
    assert!(t.abs() > MOST, "|t| = {t:.1}");
}

/// Decrypts, and checks that all failures are the same one.
fn fails(message: &[u8], identity: &[identity::identity::Identity]) {
    match decrypt(message, identity, &DecryptOptions::default(), MemorySpool::new()) {
        Err(DecryptError::DecryptionFailed) => {}
        // A random key finds a padding of one octet by chance, once in 256 times.
        Ok(_) => {}
        Err(other) => panic!("another error: {other}"),
    }
}

/// Welch's t of the times of two actions, by turns in random order.
fn difference(one: impl Fn(), other: impl Fn()) -> f64 {
    let mut times = [Vec::with_capacity(RUNS), Vec::with_capacity(RUNS)];
    let order = identity::random::bytes::<RUNS>().unwrap();
    for octet in order {
        let first = usize::from(octet & 1);
        for which in [first, 1 - first] {
            let start = Instant::now();
            if which == 0 {
                one();
            } else {
                other();
            }
            times[which].push(start.elapsed());
        }
    }
    let mut all: Vec<Duration> = times.concat();
    all.sort();
    let bound = all[(all.len() as f64 * KEPT) as usize];
    let [one, other] = times.map(|times| {
        let kept: Vec<f64> = times
            .into_iter()
            .filter(|time| *time <= bound)
            .map(|time| time.as_secs_f64())
            .collect();
        let count = kept.len() as f64;
        let mean = kept.iter().sum::<f64>() / count;
        let variance = kept.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    });
    (one.0 - other.0) / (one.1 + other.1).sqrt()
}

/// The header and the CMS structure of a message for a holder.
fn envelope(name: &str, text: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let message = encrypted(&[name], text, &encrypt_options());
    let parsed = smime::mime::Message::parse(&message);
    let body = parsed.decoded_body().unwrap().into_owned();
    let header = message
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    (message[..header + 4].to_vec(), body)
}

fn message(header: &[u8], cms: &[u8]) -> Vec<u8> {
    [header, &smime::mime::encode_base64(cms)].concat()
}

/// Where the RSA-encrypted key of 256 octets stands: the first OCTET STRING of that length.
fn encrypted_key(cms: &[u8]) -> std::ops::Range<usize> {
    let start = cms
        .windows(4)
        .position(|window| window == b"\x04\x82\x01\x00")
        .unwrap()
        + 4;
    start..start + 256
}
