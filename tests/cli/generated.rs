//! What the program writes of itself: completions, which bash runs here, and manual pages, which mandoc reads.

use test_support::{Peer, run};

use crate::fixture::empty;

/// What bash offers after the words of `line`, of which the last is not finished.
fn offered(line: &str) -> Vec<String> {
    let sandbox = empty();
    sandbox.write("cachet.bash", sandbox.line("completions bash").ok().stdout);
    sandbox.write(
        "offer",
        "source ./cachet.bash\nCOMP_WORDS=(\"$@\")\nCOMP_CWORD=$(($# - 1))\n\
         _cachet cachet \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n",
    );
    let bash = Peer::find("bash").unwrap();
    bash.run(sandbox.folder(), &["-n", "cachet.bash"]).ok();
    let mut words = vec!["offer"];
    words.extend(line.split(' '));
    let text = bash.run(sandbox.folder(), &words).ok().text();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_and_values() {
    assert_eq!(offered("cachet mail si"), ["sign"]);
    assert_eq!(offered("cachet compl"), ["completions"]);
    assert_eq!(offered("cachet issue --evid"), ["--evidence"]);
    assert_eq!(offered("cachet trust export --for p"), ["pem", "p7b"]);
    assert!(offered("cachet request ").contains(&"approve".to_owned()));
}

#[test]
fn completions_are_one_document_too() {
    let sandbox = empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = sandbox.line(&format!("completions {shell}")).ok().text();
        let json = sandbox
            .line(&format!("completions {shell} --format json"))
            .ok()
            .json();
        assert_eq!(json["script"], *script, "{shell}");
    }
    sandbox.line("completions tcsh").exits(2).says("possible values");
}

#[test]
fn mandoc_reads_every_page() {
    let sandbox = empty();
    let report = sandbox.line("man share/man1 --format json").ok().json();
    let pages = sandbox.files("share/man1");
    assert_eq!(report["pages"], serde_json::json!(pages));
    assert!(pages.contains(&"cachet-mail-sign.1".to_owned()), "{pages:?}");
    sandbox.line("man share/man1").exits(1).says("--overwrite");
    sandbox.line("man share/man1 --overwrite").ok();
    let Some(mandoc) = Peer::find("mandoc") else {
        return;
    };
    let paths: Vec<String> = pages.iter().map(|page| format!("share/man1/{page}")).collect();
    let mut lint = vec!["-T", "lint", "-W", "error"];
    lint.extend(paths.iter().map(String::as_str));
    mandoc.run(sandbox.folder(), &lint).ok();
    let shown = mandoc.run(
        sandbox.folder(),
        &[
            "-T",
            "ascii",
            "-O",
            "width=200",
            "share/man1/cachet-cert-revoke.1",
        ],
    );
    let text = shown.ok().text();
    assert!(
        text.contains("cachet cert revoke alice@example.com --reason key-compromise\n"),
        "{text}"
    );
}

#[test]
fn every_command_but_help_has_a_page() {
    let sandbox = empty();
    sandbox.line("man pages").ok();
    let help = run(sandbox.command().args(["cert", "--help"]), b"").ok().text();
    for command in ["list", "revoke", "notify", "recover"] {
        assert!(help.contains(command));
        assert!(
            sandbox.path(&format!("pages/cachet-cert-{command}.1")).is_file(),
            "{command}"
        );
    }
}
