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
