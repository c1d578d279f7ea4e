//! Messages of 4 KiB per second, in one process and on one thread.

use std::time::{Duration, Instant};

use chrono::Utc;
use identity::identity::Identity;
use smime::{DecryptOptions, Discard, EncryptOptions, MemorySpool, SignOptions, VerifyOptions};
use test_support::Sandbox;

/// Each operation is repeated for about this long.
const FOR: Duration = Duration::from_secs(1);

/// Prints a row for each operation and key.
pub(crate) fn print(sandbox: &Sandbox) {
    println!(
        "\n{:<24} {:>9} {:>9} {:>9} {:>9}",
        "messages/s of 4 KiB", "sign", "verify", "encrypt", "decrypt"
    );
    let anchors = identity::pem::certificates(&sandbox.read("root.pem")).unwrap();
    for person in ["rsa", "p256"] {
        let pem = sandbox.read(&format!("{person}.pem"));
        let alice = Identity::from_pem(&pem, None).unwrap().remove(0);
        let text = "A line of text as mail has it, sixty-odd characters to the end.\n".repeat(64);
        let now = Utc::now();

        let sign_options = SignOptions::new(now);
        let sign = || {
            let mut signed = Vec::new();
            smime::sign(text.as_bytes(), &alice, &sign_options, &mut signed).unwrap();
            signed
        };
        let mut verify_options = VerifyOptions::new(now);
        verify_options.anchors = &anchors;
        let signed = sign();
        let encrypt_options = EncryptOptions::new(now);
        let recipients = [alice.certificate().clone()];
        let encrypt = || {
            let mut sealed = Vec::new();
            smime::encrypt(text.as_bytes(), &recipients, &encrypt_options, &mut sealed).unwrap();
            sealed
        };
        let sealed = encrypt();
        let identities = [alice.clone()];
        println!(
            "{person:<24} {:>9.0} {:>9.0} {:>9.0} {:>9.0}",
            rate(|| {
                sign();
            }),
            rate(|| {
                let held = smime::verify(&signed[..], &verify_options, Discard).unwrap();
                assert!(held.report().is_valid());
            }),
            rate(|| {
                encrypt();
            }),
            rate(|| {
                smime::decrypt(
                    &sealed[..],
                    &identities,
                    &DecryptOptions::default(),
                    MemorySpool::new(),
                )
                .unwrap();
            }),
        );
    }
}

fn rate(mut operation: impl FnMut()) -> f64 {
    let started = Instant::now();
    let mut count = 0;
    while started.elapsed() < FOR {
        operation();
        count += 1;
    }
    f64::from(count) / started.elapsed().as_secs_f64()
}
