//! Everything the README shows is executed, in order, in one empty folder.

use std::process::Command;

use crate::fixture::empty;

#[test]
fn readme_commands_run() {
    let sandbox = empty();
    let bin = sandbox.path("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_cachet"), bin.join("cachet")).unwrap();
    let readme = include_str!("../../README.md");
    let mut blocks = 0;
    for block in readme.split("```sh\n").skip(1) {
        let script = block.split("\n```").next().unwrap();
        // The two commands for a fresh machine build this very binary and run this very test.
        let script = script.replace("cargo run --release -- ", "cachet ");
        if script.contains("tests/run") || script.contains("git clone") {
            continue;
        }
        blocks += 1;
        let mut shell = Command::new("bash");
        shell
            .args(["-euo", "pipefail", "-c", &script])
            .current_dir(sandbox.folder())
            .env("HOME", sandbox.folder())
            .env(
                "PATH",
                format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()),
            );
        test_support::run(&mut shell, b"").ok();
    }
    assert!(blocks >= 3, "{blocks}");
}

#[test]
fn the_table_of_cryptographic_crates_is_of_what_is_built_in() {
    let manifest = include_str!("../../Cargo.toml");
    let section = manifest
        .split("# Cryptography and its containers")
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next())
        .unwrap();
    let named = section
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with('#'));
    let locked = |name: &str| {
        let entry = format!("name = \"{name}\"\nversion = \"");
        let rest = include_str!("../../Cargo.lock").split(&entry).nth(1);
        rest.and_then(|rest| rest.split('"').next()).map(str::to_owned)
    };
    let mut rows = 0;
    for name in named {
        let version = locked(name).unwrap_or_else(|| panic!("{name} is not in Cargo.lock"));
        let row = format!("| {name} | {version} |");
        assert!(
            include_str!("../../docs/supply-chain.md").contains(&row),
            "docs/supply-chain.md has no row \"{row}\""
        );
        rows += 1;
    }
    assert!(rows > 10, "{rows}");
}
