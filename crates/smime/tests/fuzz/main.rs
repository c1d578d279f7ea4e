//! Every fuzz target over its seeds and some thousand mutations of them: the same at each run, and enough to notice that
//! a target has rotted. What finds new things is `just fuzz`.
//!
//! `CACHET_MUTATIONS` says how many mutations of each seed there are.
#![allow(clippy::disallowed_methods, reason = "the seeds are files")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;
use std::panic;
use std::path::Path;

mod mutate;
#[path = "../../../../fuzz/src/lib.rs"]
#[allow(clippy::field_reassign_with_default, unreachable_pub)]
mod targets;

use mutate::Mutator;

/// Mutations of each seed, if the environment does not say.
const MUTATIONS: u64 = 60;

#[test]
fn every_target_stands_its_seeds_and_mutations_of_them() {
    let mutations = std::env::var("CACHET_MUTATIONS").ok();
    let mutations = mutations.map_or(MUTATIONS, |text| text.parse().unwrap());
    for (name, target) in targets::TARGETS {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "fuzz/seeds/{name} holds nothing");
        let mut mutator = Mutator::new(1);
        for index in 0..seeds.len() {
            let (file, seed) = &seeds[index];
            stands(name, file, target, seed);
            for _ in 0..mutations {
                let other = &seeds[mutator.below(seeds.len())].1;
                stands(name, file, target, &mutator.mutate(seed, other));
            }
        }
        stands(name, "nothing", target, b"");
    }
}

fn stands(name: &str, seed: &str, target: fn(&[u8]), bytes: &[u8]) {
    if let Err(panicked) = panic::catch_unwind(|| target(bytes)) {
        // The very octets, so that they can become a seed.
        panic!(
            "{name} cannot stand a mutation of {seed}: {}: {panicked:?}",
            hex::encode(bytes)
        );
    }
}

/// The files of `fuzz/seeds/NAME`, in the order of their names.
fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                fs::read(&path).unwrap(),
            )
        })
        .collect()
}
