//! docs/cli-reference.md, made from the definition of the command line.

use std::fmt::Write as _;
use std::path::Path;

use ca_core::lint::{Subject, catalogue};
use clap::CommandFactory;

use crate::cli::Cli;
use crate::error::ErrorKind;

#[test]
fn the_reference_is_up_to_date() {
    is_up_to_date("cli-reference.md", &reference());
}

#[test]
fn the_list_of_lints_is_up_to_date() {
    is_up_to_date("lints.md", &lints());
}

/// Compares a document with what it should be, or writes it.
fn is_up_to_date(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    if std::env::var_os("CACHET_UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "docs/{name} is out of date: CACHET_UPDATE_DOCS=1 cargo test -p ca-cli reference"
    );
}

fn lints() -> String {
    let mut out = String::from(LINTS);
    for (subject, heading) in [
        (Subject::Certificate, "Certificates"),
        (
            Subject::Baseline,
            "Certificates and lists after the S/MIME Baseline Requirements",
        ),
        (Subject::RevocationList, "Revocation lists"),
        (Subject::OcspAnswer, "OCSP answers"),
        (Subject::P12, "P12 files (`cachet lint` alone)"),
    ] {
        write!(
            out,
            "\n## {heading}\n| rule | severity | asks | since | see |\n| --- | --- | --- | --- | --- |\n"
        )
        .unwrap();
        for rule in catalogue().iter().filter(|rule| rule.subject == subject) {
            writeln!(
                out,
                "| `{}` | {} | {} | {} | {} |",
                rule.name, rule.severity, rule.about, rule.effective, rule.citation
            )
            .unwrap();
        }
    }
    out
}

const LINTS: &str = "# Lints

Rules that every certificate, every revocation list and every OCSP answer is held against before it is signed, on the very
bytes to be signed, and that `cachet lint FILE...` holds others against. A broken rule of the severity *error* forbids signing; `cachet lint` then ends with exit
code 4. Certificates are not held against a rule that is younger than they are (\"since\"); what is signed now is, whatever moment it
is dated for.

The rules after the CA/Browser Forum's S/MIME Baseline Requirements (`_sbr_`) are asked of certificates that name one of the
policies that these reserve, 2.23.140.1.5.L.G, for the level L and the generation G that it stands for, and with
`cachet lint --baseline LEVEL-GENERATION` of every certificate and list: a private authority is bound by none of them.
Whether a name was checked as they demand, keys known to be weak or leaked, and serial numbers of persons' documents are not
to be seen in a certificate alone, and no rule's.

Independent judges, pkilint and ZLint, find nothing to complain of in what the shipped policies and the examples produce, for every class,
kind of key, usage and shape, nor in lists and answers (a test, `tests/interop/linters.rs`), but for:

- P-521 after the Baseline Requirements, which pkilint refuses: they allow it (CA/B S/MIME BR 6.1.5 and 7.1.3.1.2).
- The common name of an authority for mailboxes, which ZLint wants to be an address: that is asked of subscribers (CA/B S/MIME BR
  7.1.4.2.2 (a)), and authorities have to name the policy (7.1.2.2 (a)).
- Constraints to domains that are not critical (`init --domain` without `--critical-constraints`): gpgsm refuses critical ones.

What all three say of flawed certificates is in [lint-verdicts.md](lint-verdicts.md).
";

fn reference() -> String {
    let mut out = String::from(
        "# Command-line reference\n\n\
         This file is made from the program itself (`CACHET_UPDATE_DOCS=1 cargo test -p ca-cli reference`).\n\n",
    );
    out.push_str("## Exit codes\n\n| code | meaning |\n| --- | --- |\n");
    for (code, meaning) in [
        ("0", "done"),
        (
            "1",
            "refused or failed: bad input, policy refusal, input or output",
        ),
        ("2", "the command line is wrong"),
        ("4", "a verification, lint or `status` came out negative"),
        ("255", "a bug in cachet"),
    ] {
        writeln!(out, "| {code} | {meaning} |").unwrap();
    }
    out.push_str(
        "\n## Kinds of errors\n\n\
         With `--format json` a failure prints `{\"error\": {\"kind\": …, \"message\": …, \"hints\": […]}}` on standard \
         output. `kind` is one of these, and no other:\n\n| kind | meaning |\n| --- | --- |\n",
    );
    for (kind, meaning) in ErrorKind::ALL {
        writeln!(out, "| `{}` | {} |", kind.name(), meaning.trim()).unwrap();
    }
    out.push_str("\n## Global options\n\nThey stand before or after the command.\n\n");
    let root = Cli::command();
    out.push_str("| option | environment | meaning |\n| --- | --- | --- |\n");
    for argument in root.get_arguments().filter(|argument| argument.is_global_set()) {
        let flag = argument.get_long().unwrap_or_default();
        let value = argument
            .get_value_names()
            .filter(|_| argument.get_action().takes_values())
            .map(|names| format!(" {}", names.join(" ")))
            .unwrap_or_default();
        let variable = argument
            .get_env()
            .map(|name| format!("`{}`", name.to_string_lossy()))
            .unwrap_or_default();
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        writeln!(out, "| `--{flag}{value}` | {variable} | {help} |").unwrap();
    }
    for command in root.get_subcommands() {
        describe(command, "cachet", &mut out);
    }
    out
}

fn describe(command: &clap::Command, parent: &str, out: &mut String) {
    let path = format!("{parent} {}", command.get_name());
    if command.has_subcommands() {
        command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help")
            .for_each(|sub| describe(sub, &path, out));
        return;
    }
    let mut alone = command
        .clone()
        .bin_name(path.clone())
        .term_width(100)
        .disable_version_flag(true);
    write!(
        out,
        "\n## {path}\n\n```text\n{}\n```\n",
        alone.render_long_help().to_string().trim_end()
    )
    .unwrap();
}
