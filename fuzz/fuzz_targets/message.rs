//! Messages and CMS from strangers: looked at, judged and, with one fixed key, decrypted.
#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use identity::identity::Identity;
use libfuzzer_sys::fuzz_target;
use smime::report::Verdict;
use smime::{DecryptOptions, Discard, Limits, VerifyOptions};

static ALICE: LazyLock<Vec<Identity>> = LazyLock::new(|| {
    let pem = include_bytes!("../../crates/smime/tests/data/alice.pem");
    Identity::from_pem(pem, None).expect("the test identity is sound")
});

fuzz_target!(|bytes: &[u8]| {
    let _ = smime::inspect(bytes, &Limits::default());

    let mut options = VerifyOptions::new(DateTime::from_timestamp(1_800_000_000, 0).expect("in range"));
    options.any_sender = true;
    options.legacy = true;
    if let Ok(held) = smime::verify(bytes, &options, Discard) {
        // Nobody is trusted.
        assert_ne!(held.report().verdict, Verdict::Valid);
        assert!(!held.is_releasable());
    }

    let mut options = DecryptOptions::default();
    options.legacy = true;
    let _ = smime::decrypt(bytes, &ALICE, &options, Discard);
});
