#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cachet_fuzz::mbox(bytes));
