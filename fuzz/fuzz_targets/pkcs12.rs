//! PKCS#12 files from strangers, opened with an empty password.
#![no_main]

use identity::pkcs12::{ReadOptions, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut options = ReadOptions::default();
    options.legacy = true;
    let _ = read(bytes, None, options);
});
