use std::path::PathBuf;

use ca_store::atomic::Mode;
use identity::{Certificate, pem};
use serde::Serialize;

use crate::authority;
use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, Outcome};
use crate::identities::OptionalIdentityArgs;
use crate::output::partner::mobileconfig::{self, Account, Person, Server};
use crate::output::partner::{self, Package, instructions};
use crate::output::{grouped, json};

/// Write the root for partners to import, and show its fingerprint to compare
///
/// Tell your partners the fingerprint over another way than the file: they compare it before they
/// trust the root. What they do with the file is said on standard error.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet trust export --for pem --out root.pem\n  cachet trust export --for nss --out root-for-thunderbird.sh"
)]
pub(crate) struct TrustExportArgs {
    /// The form: pem and der hold the root alone, the others also the issuing CAs
    #[arg(long = "for", value_name = "FORM", default_value = "pem")]
    form: Form,
    /// All roots, not the newest alone, and where issuing CAs come along also the certificates that they gave each other
    #[arg(long)]
    all: bool,
    /// Only what stands between roots and people: issuing CAs, and the certificates that the CAs gave each other
    #[arg(long, conflicts_with = "all")]
    intermediates: bool,
    #[command(flatten)]
    identity: OptionalIdentityArgs,
    /// With --identity: the server that the person's mail is read from, by TLS [default port: 993]
    #[arg(long, value_name = "HOST[:PORT]", requires = "smtp", value_parser = imap_server)]
    imap: Option<Server>,
    /// With --identity: the server that the person's mail is sent by, by TLS [default port: 587]
    #[arg(long, value_name = "HOST[:PORT]", requires = "imap", value_parser = smtp_server)]
    smtp: Option<Server>,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// PEM: Thunderbird, OpenSSL, most programs
    Pem,
    /// DER: Windows, Android, Java
    Der,
    /// PKCS#7 with the issuing CAs: Windows, Outlook
    P7b,
    /// A configuration profile: iPhone, iPad, Mac; with --identity also a person's P12 and mail account
    Mobileconfig,
    /// A shell script that makes Thunderbird, and what else has an NSS database, trust the root for mail
    Nss,
    /// A PowerShell script that makes Windows trust the root for mail
    Windows,
}

#[derive(Serialize)]
struct Report {
    subject: String,
    sha256: String,
    /// The same as it is read aloud.
    fingerprint: String,
    file: Option<String>,
}

pub(super) fn run(context: &Context, args: &TrustExportArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    context.precheck(args.out.as_deref())?;
    args.check()?;
    let ledger = context.ledger(&context.directory()?)?;
    let all = authority::of_ledger(&ledger)?;
    let root = &authority::root(&all)?.certificate;
    let mut package = Package {
        roots: Vec::new(),
        issuing: Vec::new(),
    };
    if !args.intermediates {
        // The newest first, which is the only one unless all are wanted.
        let roots = all.iter().rev().filter(|ca| ca.is_root());
        let count = if args.all { usize::MAX } else { 1 };
        package
            .roots
            .extend(roots.take(count).map(|ca| ca.certificate.clone()));
    }
    if args.intermediates || !args.form.is_root_alone() {
        let issuing = all.iter().filter(|ca| !ca.is_root());
        package.issuing.extend(issuing.map(|ca| ca.certificate.clone()));
    }
    if args.intermediates || (args.all && !args.form.is_root_alone()) {
        package.issuing.extend(authority::superseded(&ledger)?);
    }
    let person = args.person(context)?;
    let bytes = args.form.write(&package, person.as_ref())?;
    let mode = match person {
        Some(_) => Mode::Secret,
        None => Mode::Public,
    };
    if context.is_json() {
        if args.out.is_some() {
            context.deliver(&bytes, args.out.as_deref(), mode)?;
        }
        context.ui.result(&json::document(&Report {
            subject: root.subject().to_string(),
            sha256: hex::encode(root.fingerprint_sha256()),
            fingerprint: grouped(&root.fingerprint_sha256()),
            file: args.out.as_ref().map(|path| path.display().to_string()),
        }))?;
    } else {
        context.deliver(&bytes, args.out.as_deref(), mode)?;
    }
    context.ui.progress(&format!(
        "{}\n  SHA-256 fingerprint: {}",
        root.subject(),
        grouped(&root.fingerprint_sha256())
    ));
    context.ui.progress(args.form.instructions());
    if person.is_some() {
        context.ui.progress(instructions::MOBILECONFIG_PERSON);
    }
    Ok(Outcome::Done)
}

impl TrustExportArgs {
    fn check(&self) -> Result<(), CommandError> {
        let is_profile = self.form == Form::Mobileconfig;
        if !is_profile && (!self.identity.is_empty() || self.imap.is_some()) {
            return Err(CommandError::usage(
                "--identity, --imap and --smtp are for --for mobileconfig",
            ));
        }
        if self.imap.is_some() && self.identity.is_empty() {
            return Err(CommandError::usage(
                "--imap and --smtp need the person's --identity P12",
            ));
        }
        if self.intermediates && matches!(self.form, Form::Mobileconfig | Form::Nss | Form::Windows) {
            return Err(CommandError::usage(
                "--intermediates is for --for pem, der and p7b: the others bring the root along",
            ));
        }
        Ok(())
    }

    /// Reads the person's P12, which must open with its password: else the device would refuse it later.
    fn person(&self, context: &Context) -> Result<Option<Person>, CommandError> {
        let file = match self.identity.files() {
            [] => return Ok(None),
            [file] => file,
            several => {
                return Err(CommandError::usage(format!(
                    "a profile is one person's: {} --identity are too many",
                    several.len()
                )));
            }
        };
        let identities = self.identity.load(context, true)?;
        let p12 = context.read(file, FILE_LIMIT)?.to_vec();
        let is_text = p12.starts_with(b"-----") || std::str::from_utf8(&p12).is_ok();
        let [identity] = identities.as_slice() else {
            return Err(CommandError::bad_input(format!(
                "{} holds {} keys with certificates: Apple's profiles take one",
                file.display(),
                identities.len()
            )));
        };
        let certificate: &Certificate = identity.certificate();
        let email = certificate.emails().into_iter().next();
        let (Some(email), false) = (email, is_text) else {
            return Err(CommandError::bad_input(format!(
                "{} is no P12 of somebody with an address",
                file.display()
            ))
            .hint("make one of key and certificate with: cachet p12 pack --key F --cert F --out F"));
        };
        let account = self.imap.clone().zip(self.smtp.clone());
        Ok(Some(Person {
            name: partner::name(certificate),
            email,
            p12,
            account: account.map(|(incoming, outgoing)| Account { incoming, outgoing }),
        }))
    }
}

impl Form {
    fn is_root_alone(self) -> bool {
        matches!(self, Self::Pem | Self::Der)
    }

    fn instructions(self) -> &'static str {
        match self {
            Self::Pem => instructions::PEM,
            Self::Der => instructions::DER,
            Self::P7b => instructions::P7B,
            Self::Mobileconfig => instructions::MOBILECONFIG,
            Self::Nss => instructions::NSS,
            Self::Windows => instructions::WINDOWS,
        }
    }

    fn write(self, package: &Package, person: Option<&Person>) -> Result<Vec<u8>, CommandError> {
        let all = || package.all();
        Ok(match self {
            Self::Pem => all()
                .map(|one| pem::encode("CERTIFICATE", one.der()))
                .collect::<String>()
                .into_bytes(),
            Self::Der => match all().collect::<Vec<_>>().as_slice() {
                [one] => one.der().to_vec(),
                several => {
                    return Err(CommandError::usage(format!(
                        "a DER file holds one certificate, not {}: use --for pem or p7b",
                        several.len()
                    )));
                }
            },
            Self::P7b => pem::certs_only(&all().cloned().collect::<Vec<_>>()),
            Self::Mobileconfig => mobileconfig::profile(package, person).into_bytes(),
            Self::Nss => partner::nss_script(package).into_bytes(),
            Self::Windows => partner::windows_script(package).into_bytes(),
        })
    }
}

fn imap_server(text: &str) -> Result<Server, String> {
    server(text, 993)
}

fn smtp_server(text: &str) -> Result<Server, String> {
    server(text, 587)
}

fn server(text: &str, port: u16) -> Result<Server, String> {
    let (host, port) = match text.rsplit_once(':') {
        None => (text, port),
        Some((host, port)) => (host, port.parse().map_err(|_| format!("\"{port}\" is no port"))?),
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if host.is_empty() || !host.chars().all(fits) {
        return Err(format!("\"{host}\" is no name of a server"));
    }
    Ok(Server {
        host: host.to_owned(),
        port,
    })
}
