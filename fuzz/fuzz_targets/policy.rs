//! Policy files from strangers.
#![no_main]

use ca_core::{Profile, RootPolicy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Profile::parse("class.yaml", text);
    let _ = RootPolicy::parse("root.yaml", text);
});
