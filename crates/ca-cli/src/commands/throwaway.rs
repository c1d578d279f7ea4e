use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use ca_store::atomic::{self, Mode, Overwrite};
use ca_testing::{TEST_P12_ITERATIONS, TestCa};
use identity::pkcs12::Preset;
use identity::{KeyAlgorithm, Mailbox, Passphrase, PrivateKey, pem};
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::files;
use crate::output::{json, shell_quote};

/// Make identities for a test, of a CA that nobody keeps, and print where they are for a shell
///
/// What is printed sets variables: for alice@example.com ALICE_EXAMPLE_COM_P12, _CERT, _KEY and _CHAIN; for all of them
/// CACHET_THROWAWAY (the folder, made for this below TMPDIR and readable by you alone), CACHET_THROWAWAY_ROOT and
/// CACHET_THROWAWAY_PASSWORD_FILE (of the P12s; keys lie beside them in the clear). The function cachet_throwaway_clean removes it all. The CA's own keys
/// are written nowhere.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  eval \"$(cachet throwaway alice@example.com bob@example.com)\"\n  cachet mail sign --identity \"$ALICE_EXAMPLE_COM_P12\" --identity-password-file \"$CACHET_THROWAWAY_PASSWORD_FILE\" --out m.eml m.txt\n  cachet mail verify --trust \"$CACHET_THROWAWAY_ROOT\" m.eml\n  cachet_throwaway_clean"
)]
pub(crate) struct ThrowawayArgs {
    /// Whose identities
    #[arg(value_name = "ADDRESS", required = true)]
    addresses: Vec<String>,
    /// The kind of keys: rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521 or ed25519
    #[arg(long, value_name = "ALG", default_value = "ec-p256")]
    key: KeyAlgorithm,
    /// They expired a year ago
    #[arg(long, conflicts_with = "not_yet_valid")]
    expired: bool,
    /// They begin in a month
    #[arg(long)]
    not_yet_valid: bool,
}

#[derive(Serialize)]
struct Report {
    folder: String,
    root: String,
    password_file: String,
    identities: Vec<Made>,
}

#[derive(Serialize)]
struct Made {
    email: String,
    /// What the names of its shell variables begin with.
    variable: String,
    p12: String,
    certificate: String,
    key: String,
    chain: String,
}

pub(super) fn run(context: &Context, args: &ThrowawayArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let mut variables = BTreeSet::new();
    let mut people = Vec::new();
    for address in &args.addresses {
        let mailbox = Mailbox::parse(address).map_err(CommandError::bad_input)?;
        let variable = variable(&mailbox.to_string());
        if !variables.insert(variable.clone()) {
            return Err(CommandError::bad_input(format!(
                "{mailbox} would have the variables {variable}_… of another address"
            )));
        }
        people.push((mailbox, variable));
    }
    let failed =
        |error: std::io::Error| CommandError::io("cannot make a folder for what is thrown away", &error);
    // Whatever fails from here on takes the folder with it.
    let folder = tempfile::Builder::new()
        .prefix("cachet-throwaway-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir()
        .map_err(failed)?;
    let ca = TestCa::at(context.now());
    let password = Passphrase::generate()?;
    let write = |name: &str, bytes: &[u8], mode| -> Result<String, CommandError> {
        let path = folder.path().join(name);
        atomic::write(&path, bytes, mode, Overwrite::Refuse)?;
        Ok(path.display().to_string())
    };
    let line = zeroize::Zeroizing::new(format!("{}\n", password.as_str()));
    let mut report = Report {
        folder: folder.path().display().to_string(),
        root: write(
            "root.pem",
            pem::encode("CERTIFICATE", ca.root().der()).as_bytes(),
            Mode::Public,
        )?,
        password_file: write("password", line.as_bytes(), Mode::Secret)?,
        identities: Vec::new(),
    };
    for (mailbox, variable) in people {
        let email = mailbox.to_string();
        let mut issue = ca.issue(&email).key(PrivateKey::generate(args.key)?);
        if args.key == KeyAlgorithm::Ed25519 {
            issue = issue.sign_only();
        }
        if args.expired {
            issue = issue.expired();
        } else if args.not_yet_valid {
            issue = issue.not_yet_valid();
        }
        let identity = issue.try_identity().map_err(|error| {
            CommandError::bad_input(format!("no certificate can be made for {email}: {error}"))
        })?;
        let stem = files::stem(&email);
        let p12 = identity.to_pkcs12(&email, &password, Preset::Modern, Some(TEST_P12_ITERATIONS))?;
        let chain: String = identity
            .chain()
            .iter()
            .map(|ca| pem::encode("CERTIFICATE", ca.der()))
            .collect();
        let certificate = pem::encode("CERTIFICATE", identity.certificate().der());
        report.identities.push(Made {
            p12: write(&format!("{stem}.p12"), &p12, Mode::Secret)?,
            certificate: write(&format!("{stem}.crt"), certificate.as_bytes(), Mode::Public)?,
            key: write(
                &format!("{stem}.key"),
                identity.key().to_pkcs8_pem().as_bytes(),
                Mode::Secret,
            )?,
            chain: write(&format!("{stem}.chain.pem"), chain.as_bytes(), Mode::Public)?,
            email,
            variable,
        });
    }
    if context.is_json() {
        context.ui.result(&json::acted("made", &report))?;
    } else {
        context.ui.result(&shell(&report, folder.path()))?;
    }
    let _kept = folder.keep();
    Ok(Outcome::Done)
}

/// Returns what a shell is to evaluate (POSIX).
fn shell(report: &Report, folder: &Path) -> String {
    let mut variables = vec![
        ("CACHET_THROWAWAY".to_owned(), report.folder.as_str()),
        ("CACHET_THROWAWAY_ROOT".to_owned(), &report.root),
        ("CACHET_THROWAWAY_PASSWORD_FILE".to_owned(), &report.password_file),
    ];
    for made in &report.identities {
        for (what, path) in [
            ("P12", &made.p12),
            ("CERT", &made.certificate),
            ("KEY", &made.key),
            ("CHAIN", &made.chain),
        ] {
            variables.push((format!("{}_{what}", made.variable), path));
        }
    }
    let mut out = String::new();
    for (name, value) in &variables {
        out.push_str(&format!("export {name}={}\n", shell_quote(value)));
    }
    let names: Vec<_> = variables.iter().map(|(name, _)| name.as_str()).collect();
    out.push_str(&format!(
        "cachet_throwaway_clean() {{ rm -rf -- {}; unset {}; unset -f cachet_throwaway_clean; }}\n",
        shell_quote(&folder.display().to_string()),
        names.join(" ")
    ));
    out
}

/// Makes an address the beginning of a variable's name.
fn variable(address: &str) -> String {
    let upper = address.chars().map(|c| match c {
        'a'..='z' => c.to_ascii_uppercase(),
        'A'..='Z' | '0'..='9' => c,
        _ => '_',
    });
    let name: String = upper.collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn addresses_become_names_of_variables() {
        assert_eq!(variable("alice@example.com"), "ALICE_EXAMPLE_COM");
        assert_eq!(variable("4-you+x@é.example"), "_4_YOU_X___EXAMPLE");
    }
}
