use std::path::{Path, PathBuf};

use ca_store::atomic::{self, Mode};
use identity::identity::Identity;
use identity::pkcs12::{self, Bag};
use identity::{Certificate, PrivateKey};
use serde::Serialize;

use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::{json, table};
use crate::p12_password::{P12Password, P12PasswordArgs};
use crate::preset::P12Preset;

/// Make a P12 of a key and the certificate that the CA answered with
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet p12 pack --key dana.key --cert dana@example.com.crt --chain dana@example.com.chain.pem --out dana.p12"
)]
pub(crate) struct P12PackArgs {
    /// The private key: PEM, encrypted or not
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The certificate: PEM, DER or p7b
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// The issuing CAs' certificates (can be repeated)
    #[arg(long, value_name = "FILE")]
    chain: Vec<PathBuf>,
    /// Where to write the P12
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The name that importers show [default: the certificate's first address]
    #[arg(long, value_name = "NAME")]
    friendly_name: Option<String>,
    /// How the P12 is protected: modern, or compat for Apple, old Windows and gpgsm 2.2
    #[arg(long, value_name = "PRESET", default_value = "modern")]
    p12_preset: P12Preset,
    #[command(flatten)]
    password: P12PasswordArgs,
}

#[derive(Serialize)]
struct Report {
    subject: String,
    emails: Vec<String>,
    sha256: String,
    files: Files,
}

#[derive(Serialize)]
struct Files {
    p12: String,
    compat_p12: Option<String>,
    password: Option<String>,
}

pub(super) fn run(context: &Context, args: &P12PackArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let compat_path = args.p12_preset.second_file(&args.out);
    let password_path = args
        .password
        .generates()
        .then(|| suffixed(&args.out, ".password"));
    for path in [Some(&args.out), compat_path.as_ref(), password_path.as_ref()]
        .into_iter()
        .flatten()
    {
        atomic::precheck(path, context.overwrite())?;
    }
    let key = read_key(context, &args.key)?;
    let mut chain = Vec::new();
    let mut found = context.certificates(&args.cert)?;
    for path in &args.chain {
        found.extend(context.certificates(path)?);
    }
    let mut certificate = None;
    for candidate in found {
        if certificate.is_none() && candidate.public_key() == key.public_key() {
            certificate = Some(candidate);
        } else if !chain.contains(&candidate) {
            chain.push(candidate);
        }
    }
    let certificate: Certificate = certificate.ok_or_else(|| {
        CommandError::bad_input(format!(
            "no certificate in {} is for the key {}",
            args.cert.display(),
            args.key.display()
        ))
        .hint("the certificate must have been issued for the request that was made with this key")
    })?;
    let identity = Identity::new(key, certificate, chain)?;
    let emails = identity.certificate().emails();
    let name = args
        .friendly_name
        .clone()
        .or_else(|| emails.first().cloned())
        .unwrap_or_else(|| identity.certificate().subject().to_string());
    let password = args.password.password(context)?;
    let bags = [Bag {
        key: identity.key(),
        certificate: identity.certificate(),
    }];
    // The password first: a P12 that nobody can open is worth nothing.
    if let (P12Password::Generated(secret), Some(path)) = (&password, &password_path) {
        atomic::write(
            path,
            format!("{}\n", secret.as_str()).as_bytes(),
            Mode::Secret,
            context.overwrite(),
        )?;
        context.ui.note(&format!(
            "the password is in {}; hand it over separately from the P12",
            path.display()
        ));
    }
    for (path, preset) in args.p12_preset.files(&args.out) {
        let bytes = pkcs12::write(
            &bags,
            identity.chain(),
            &name,
            password.secret(),
            preset,
            password.iterations(),
        )?;
        atomic::write(&path, &bytes, Mode::Secret, context.overwrite())?;
    }
    let report = Report {
        subject: identity.certificate().subject().to_string(),
        emails,
        sha256: hex::encode(identity.certificate().fingerprint_sha256()),
        files: Files {
            p12: args.out.display().to_string(),
            compat_p12: compat_path.map(|path| path.display().to_string()),
            password: password_path.map(|path| path.display().to_string()),
        },
    };
    if context.is_json() {
        context.ui.result(&json::acted("packed", &report))?;
    } else {
        context.ui.result(&table::facts([
            ("Subject", report.subject),
            ("Addresses", report.emails.join("\n")),
            ("P12", report.files.p12),
            ("P12 (compat)", report.files.compat_p12.unwrap_or_default()),
            ("Password", report.files.password.unwrap_or_default()),
        ]))?;
    }
    Ok(Outcome::Done)
}

/// Reads the key, asking for its passphrase if it has one.
fn read_key(context: &Context, path: &Path) -> Result<PrivateKey, CommandError> {
    let bytes = context.read(path, FILE_LIMIT)?;
    let fail = |error| CommandError::from(error).context(path.display());
    match PrivateKey::from_pem(&bytes, None) {
        Ok(key) => return Ok(key),
        Err(error) => {
            let error = fail(error);
            if error.kind != ErrorKind::PassphraseNeeded {
                return Err(error);
            }
        }
    }
    let passphrase = match &context.global.passphrase_file {
        Some(file) => context.secret_file(file, "passphrase")?,
        None => context.ask_passphrase(
            &format!("Passphrase of {}", path.display()),
            "the key's passphrase is needed",
            "give it with --passphrase-file FILE (or CACHET_PASSPHRASE_FILE)",
        )?,
    };
    PrivateKey::from_pem(&bytes, Some(&passphrase)).map_err(fail)
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
