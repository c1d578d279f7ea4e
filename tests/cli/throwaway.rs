//! `cachet throwaway`: identities for a shell's tests, and nothing of them left behind.

use std::process::Command;

use test_support::{Run, Sandbox, openssl, run};

use crate::fixture::empty;

/// Runs a script with `$cachet` and `$openssl` at hand, its temporary files in the sandbox.
fn shell(sandbox: &Sandbox, script: &str) -> Run {
    let mut command = Command::new("sh");
    command
        .args(["-euc", script])
        .current_dir(sandbox.folder())
        .env("cachet", env!("CARGO_BIN_EXE_cachet"))
        .env("TMPDIR", sandbox.folder());
    run(&mut command, b"")
}

#[test]
fn a_shell_signs_and_decrypts_with_them_and_cleans_up() {
    if openssl().is_none() {
        return;
    }
    let sandbox = empty();
    let done = shell(
        &sandbox,
        r#"
        eval "$("$cachet" throwaway alice@example.com "bob+lab@exämple.example")"
        ls -ld "$CACHET_THROWAWAY" | grep -q '^drwx------'
        printf 'hello\n' >m.txt
        "$cachet" mail sign --identity "$ALICE_EXAMPLE_COM_P12" --identity-password-file "$CACHET_THROWAWAY_PASSWORD_FILE" --out m.eml m.txt
        "$cachet" mail verify --trust "$CACHET_THROWAWAY_ROOT" m.eml >verdict
        openssl cms -verify -in m.eml -CAfile "$CACHET_THROWAWAY_ROOT" -out shown
        openssl pkcs12 -in "$ALICE_EXAMPLE_COM_P12" -passin "file:$CACHET_THROWAWAY_PASSWORD_FILE" -nodes -out all.pem
        openssl cms -encrypt -aes256 -in m.txt -out sealed.eml "$BOB_LAB_EX_MPLE_EXAMPLE_CERT"
        openssl cms -decrypt -in sealed.eml -recip "$BOB_LAB_EX_MPLE_EXAMPLE_CERT" -inkey "$BOB_LAB_EX_MPLE_EXAMPLE_KEY"
        openssl verify -CAfile "$CACHET_THROWAWAY_ROOT" -untrusted "$ALICE_EXAMPLE_COM_CHAIN" -purpose smimesign "$ALICE_EXAMPLE_COM_CERT"
        folder=$CACHET_THROWAWAY
        cachet_throwaway_clean
        [ ! -e "$folder" ] && [ -z "${CACHET_THROWAWAY:-}" ] && [ -z "${ALICE_EXAMPLE_COM_P12:-}" ]
        "#,
    );
    done.ok().says("hello");
    let verdict = String::from_utf8(sandbox.read("verdict")).unwrap();
    assert!(
        verdict.contains("valid: signed by alice@example.com"),
        "{verdict}"
    );
    let left = sandbox.files("");
    assert!(!left.iter().any(|name| name.contains("throwaway")), "{left:?}");
}

#[test]
fn old_and_early_ones_are_seen_as_such() {
    for (flag, words) in [("--expired", "expired"), ("--not-yet-valid", "not yet valid")] {
        let sandbox = empty();
        let script = format!(
            r#"
            eval "$("$cachet" throwaway {flag} alice@example.com)"
            ! openssl verify -CAfile "$CACHET_THROWAWAY_ROOT" -untrusted "$ALICE_EXAMPLE_COM_CHAIN" "$ALICE_EXAMPLE_COM_CERT"
            cachet_throwaway_clean
            "#
        );
        shell(&sandbox, &script).ok().says(words);
    }
}

#[test]
fn each_kind_of_key_and_bad_addresses() {
    let sandbox = empty();
    for key in ["rsa-2048", "ec-p384", "ec-p521", "ed25519"] {
        let script = format!(
            r#"eval "$("$cachet" throwaway --key {key} a@example.com)"; "$cachet" lint "$A_EXAMPLE_COM_CERT"; cachet_throwaway_clean"#
        );
        shell(&sandbox, &script).ok();
    }
    for (addresses, words) in [
        ("nobody", "no @"),
        ("a.b@example.com a-b@example.com", "A_B_EXAMPLE_COM_"),
        ("a@example.com a@example.com", "another address"),
    ] {
        let script = format!(r#""$cachet" throwaway {addresses}"#);
        shell(&sandbox, &script).exits(1).says(words);
    }
    assert_eq!(sandbox.files(""), [""; 0], "nothing is left");
}
