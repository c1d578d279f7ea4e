//! What `packaging/` says, as far as it can be told without building a release or a container.

use std::path::Path;

use test_support::{Peer, run};

const CONTAINER: &str = include_str!("../../packaging/Containerfile");
const MANIFEST: &str = include_str!("../../crates/ca-cli/Cargo.toml");
const RELEASE: &str = include_str!("../../packaging/release");

#[test]
fn the_container_is_the_program_alone_and_not_of_root() {
    let instructions: Vec<(&str, &str)> = CONTAINER
        .lines()
        .filter(|line| !line.starts_with([' ', '#']))
        .filter_map(|line| line.split_once(' '))
        .collect();
    let stages: Vec<&str> = instructions
        .iter()
        .filter(|(word, _)| *word == "FROM")
        .map(|(_, image)| *image)
        .collect();
    assert_eq!(stages.len(), 2);
    assert!(stages[0].ends_with(" AS build"));
    assert_eq!(stages[1], "scratch");
    assert!(instructions.contains(&("USER", "10001:10001")));
    // Without a shell the words of the entry point are its program's, one by one.
    assert!(instructions.contains(&("ENTRYPOINT", r#"["/usr/bin/cachet"]"#)));
    let last = instructions
        .iter()
        .rposition(|(word, _)| *word == "FROM")
        .unwrap();
    for (word, rest) in &instructions[last + 1..] {
        assert!(
            *word != "RUN" && (*word != "COPY" || rest.starts_with("--from=build ")),
            "{word} {rest}"
        );
    }
    assert!(CONTAINER.contains("crt-static"));
}

#[test]
fn the_compiler_of_the_container_is_no_older_than_the_workspace_asks() {
    let manifest = include_str!("../../Cargo.toml");
    let asked = manifest
        .split("rust-version = \"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap();
    assert!(
        CONTAINER.contains(&format!("library/rust:{asked}-alpine ")),
        "{asked}"
    );
}

#[test]
fn the_shell_reads_the_release_script() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Peer::find("sh")
        .unwrap()
        .run(&root, &["-n", "packaging/release"])
        .ok();
    // What it is to make for somebody else's processor it refuses where that cannot be compiled.
    let mut script = std::process::Command::new("sh");
    script
        .arg("packaging/release")
        .current_dir(&root)
        .env("CACHET_TARGET", "vax-unknown-none");
    run(&mut script, b"")
        .exits(1)
        .says("rustup target add vax-unknown-none");
}

#[test]
fn what_the_debian_package_holds_is_there_or_made() {
    let assets = MANIFEST
        .split("assets = [\n")
        .nth(1)
        .and_then(|rest| rest.split("\n]").next());
    let mut count = 0;
    for line in assets.unwrap().lines() {
        let path = line.split('"').nth(1).unwrap();
        let made = path.strip_prefix("../../target/packaging/");
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        match made {
            Some("man/*.1") => assert!(RELEASE.contains("man \"$pages/man\"")),
            Some(file) => assert!(RELEASE.contains(&format!(">\"$pages/{file}\"")), "{file}"),
            None => assert!(path == "target/release/cachet" || here.is_file(), "{path}"),
        }
        count += 1;
    }
    assert!(count >= 8, "{count}");
}
