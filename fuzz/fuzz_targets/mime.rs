#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cachet_fuzz::mime_parts(bytes));
