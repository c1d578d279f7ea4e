use std::path::{Path, PathBuf};

use ca_core::ledger::Ledger;
use ca_core::lint::{
    Baseline, Finding, LintContext, lint_baseline_crl, lint_certificate, lint_crl, lint_ocsp, lint_p12,
};
use ca_core::policy::{PolicySet, Profile};
use ca_store::SqliteLedger;
use identity::Certificate;
use identity::crl::CertificateListView;
use identity::ocsp::OcspResponse;
use identity::pkcs12::{self, Contents, Pkcs12Error, ReadOptions};
use serde::Serialize;

use crate::authority;
use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, Outcome};
use crate::ocsp;
use crate::output::{json, table};
use crate::revocation_list;

/// Check certificates, revocation lists, OCSP answers and P12 files against RFC 5280, the rules of S/MIME, and the CA's policies
///
/// What the CA of --dir issued is held against its issuer and the policy that it was issued under, too; the issuers of others
/// are looked for in the files named. What names one of the policies that the CA/Browser Forum's S/MIME Baseline Requirements
/// reserve is held against these requirements, too, and with --baseline everything. Exit code 4 means that a rule is broken.
/// docs/lints.md lists the rules.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet lint alice@example.com.crt\n  cachet lint alice@example.com.p12 --password-file pin.txt\n  cachet lint answer.ocsp ca.crt\n  cachet lint alice@example.com.crt --baseline mailbox-strict"
)]
pub(crate) struct LintArgs {
    /// The certificates (PEM, DER or p7b), revocation lists (PEM or DER), OCSP answers and P12 files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// A file whose first line is the password of the P12 files
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Hold certificates and lists against this profile of the S/MIME Baseline Requirements: mailbox, organization, sponsor or
    /// individual, and legacy, multipurpose or strict
    #[arg(long, value_name = "LEVEL-GENERATION")]
    baseline: Option<Baseline>,
}

/// The CA at hand, if there is one: it knows the issuers and policies of its own certificates.
struct Home {
    ledger: SqliteLedger,
    policies: Option<PolicySet>,
    authorities: Vec<Certificate>,
}

/// What was found in all files.
#[derive(Default)]
struct Findings {
    views: Vec<FindingView>,
    count: usize,
    broken: bool,
}

#[derive(Serialize)]
struct FindingView {
    file: String,
    subject: String,
    severity: String,
    rule: &'static str,
    message: String,
    /// What the rule asks for.
    asks: &'static str,
    citation: &'static str,
}

impl FindingView {
    fn all(file: &Path, subject: &str, findings: Vec<Finding>) -> impl Iterator<Item = Self> {
        findings.into_iter().map(move |finding| Self {
            file: file.display().to_string(),
            subject: subject.to_owned(),
            severity: finding.severity.to_string(),
            rule: finding.rule,
            message: finding.message,
            asks: finding.about,
            citation: finding.citation,
        })
    }
}

/// What a file holds.
enum Content {
    Certificates(Vec<Certificate>),
    /// Read when its turn comes: lists are large.
    List,
    Answer(Box<OcspResponse>),
    P12(Box<Contents>),
}

impl Content {
    fn read(context: &Context, file: &Path, args: &LintArgs) -> Result<Self, CommandError> {
        // Standard input and pipes can be read once only.
        if file.is_file() {
            if revocation_list::of_file(file)?.is_some() {
                return Ok(Self::List);
            }
            if let Ok(answer) = ocsp::read(&context.read(file, FILE_LIMIT)?) {
                return Ok(Self::Answer(Box::new(answer)));
            }
        }
        Ok(match p12(context, file, args)? {
            Some(contents) => Self::P12(Box::new(contents)),
            None => Self::Certificates(context.certificates(file)?),
        })
    }

    fn certificates(&self) -> Vec<Certificate> {
        match self {
            Self::Certificates(certificates) => certificates.clone(),
            Self::P12(contents) => {
                let bags = contents.certificates.iter();
                bags.map(|bag| bag.certificate.clone()).collect()
            }
            Self::List | Self::Answer(_) => Vec::new(),
        }
    }
}

/// Returns the name of a list's authority and what is wrong with the list.
fn lint_list(
    der: &[u8],
    known: &[Certificate],
    baseline: Option<Baseline>,
) -> Result<(String, Vec<Finding>), CommandError> {
    let list = CertificateListView::from_der(der).map_err(CommandError::bad_input)?;
    let issuer = known.iter().find(|certificate| {
        certificate.subject().matches(list.issuer())
            && list.verify_signed_by(certificate.public_key()).is_ok()
    });
    let mut findings = lint_crl(&list, issuer).map_err(CommandError::bad_input)?;
    if baseline.is_some() {
        findings.extend(lint_baseline_crl(&list, issuer));
    }
    Ok((list.issuer().to_string(), findings))
}

/// Returns the certificates that an answer is about and what is wrong with it.
fn lint_answer(answer: &OcspResponse, known: &[Certificate]) -> Result<(String, Vec<Finding>), CommandError> {
    let Some(data) = answer.data() else {
        let status = answer.status().as_str();
        return Err(
            CommandError::bad_input(format!("the responder has not answered, but says {status}"))
                .hint("nobody signs that: there is nothing to hold against rules"),
        );
    };
    let first = data.responses().first().map(|response| &response.certificate);
    let is_issuer = |certificate: &&Certificate| {
        let of = |name: &identity::CertId| {
            let hash = name.hash()?;
            let digest = |bytes: &[u8]| identity::digest::digest(hash, bytes);
            let named = digest(certificate.subject().der()) == name.issuer_name_hash();
            Some(named && digest(certificate.public_key().key_bytes()) == name.issuer_key_hash())
        };
        first.and_then(of).unwrap_or(false)
    };
    let serials: Vec<_> = data
        .responses()
        .iter()
        .map(|response| response.certificate.serial_hex())
        .collect();
    let issuer = known.iter().find(is_issuer);
    Ok((serials.join(", "), lint_ocsp(data, issuer)))
}

impl Home {
    fn find(context: &Context) -> Option<Self> {
        let directory = context.directory().ok()?;
        let ledger = SqliteLedger::open(directory.store().path()).ok()?;
        let current = authority::of_ledger(&ledger).ok()?;
        let mut authorities: Vec<_> = current.into_iter().map(|ca| ca.certificate).collect();
        authorities.extend(authority::superseded(&ledger).ok()?);
        Some(Self {
            policies: context.policies(&directory).ok(),
            ledger,
            authorities,
        })
    }

    /// Returns the policy that a certificate of this CA was issued under, if that has not changed since.
    fn profile(&self, certificate: &Certificate) -> Option<&Profile> {
        let serial = certificate.serial_hex().parse().ok()?;
        let record = self.ledger.certificate(&serial).ok()??;
        let profile = self.policies.as_ref()?.profile(record.intent.class)?;
        let is_ours = record.certificate() == Some(certificate.der());
        (is_ours && profile.sha256() == record.intent.policy_sha256).then_some(profile)
    }
}

impl Findings {
    fn add(&mut self, file: &Path, subject: &str, findings: Vec<Finding>) {
        self.count += 1;
        self.broken |= findings.iter().any(Finding::is_error);
        self.views.extend(FindingView::all(file, subject, findings));
    }

    fn add_certificates(
        &mut self,
        file: &Path,
        certificates: &[Certificate],
        known: &[Certificate],
        home: Option<&Home>,
        baseline: Option<Baseline>,
    ) {
        for certificate in certificates {
            let is_issuer = |other: &&Certificate| {
                *other != certificate
                    && other.subject().matches(certificate.issuer())
                    && certificate.verify_signed_by(other.public_key()).is_ok()
            };
            let lint = LintContext {
                issuer: certificates.iter().chain(known).find(is_issuer),
                profile: home.and_then(|home| home.profile(certificate)),
                baseline,
            };
            let found = lint_certificate(certificate, &lint);
            self.add(file, &certificate.subject().to_string(), found);
        }
    }
}

fn is_older_than_the_requirements(certificate: &Certificate) -> bool {
    let begins = certificate.not_before().format("%Y-%m-%d").to_string();
    begins.as_str() < Baseline::SINCE
}

/// Opens a file if it is a P12.
fn p12(context: &Context, file: &Path, args: &LintArgs) -> Result<Option<Contents>, CommandError> {
    let bytes = context.read(file, FILE_LIMIT)?;
    let password = match &args.password_file {
        Some(file) => Some(context.password_file(file, "password")?),
        None => None,
    };
    match pkcs12::read(&bytes, password.as_ref(), ReadOptions { legacy: true }) {
        Ok(contents) => Ok(Some(contents)),
        Err(Pkcs12Error::NotPkcs12 { .. }) => Ok(None),
        Err(error @ Pkcs12Error::PasswordNeeded) => Err(CommandError::from(error)
            .context(file.display())
            .hint("give the password with --password-file FILE")),
        Err(error) => Err(CommandError::from(error).context(file.display())),
    }
}

pub(super) fn run(context: &Context, args: &LintArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let home = Home::find(context);
    let mut contents = Vec::with_capacity(args.files.len());
    for file in &args.files {
        contents.push((file, Content::read(context, file, args)?));
    }
    let mut known: Vec<_> = contents
        .iter()
        .flat_map(|(_, content)| content.certificates())
        .collect();
    known.extend(home.iter().flat_map(|home| home.authorities.iter().cloned()));
    let mut findings = Findings::default();
    for (file, content) in contents {
        let said = |error: CommandError| error.context(file.display());
        match &content {
            Content::List => {
                let list = revocation_list::of_file(file)?.unwrap_or_default();
                let (issuer, found) = lint_list(&list, &known, args.baseline).map_err(said)?;
                findings.add(file, &issuer, found);
            }
            Content::Answer(answer) => {
                let (about, found) = lint_answer(answer, &known).map_err(said)?;
                findings.add(file, &about, found);
            }
            Content::P12(contents) => {
                let of_key = contents.certificates.first().map(|bag| bag.certificate.subject());
                let subject = of_key.map(ToString::to_string).unwrap_or_default();
                findings.add(file, &subject, lint_p12(contents));
            }
            Content::Certificates(_) => {}
        }
        let certificates = content.certificates();
        if let Some(baseline) = args.baseline
            && certificates.iter().any(is_older_than_the_requirements)
        {
            context.ui.warning(&format!(
                "{}: a certificate begins before {}, when {baseline} was not asked of anybody: these rules are left out for it",
                file.display(),
                Baseline::SINCE
            ));
        }
        findings.add_certificates(file, &certificates, &known, home.as_ref(), args.baseline);
    }
    let Findings { views, count, broken } = findings;
    if context.is_json() {
        context.ui.result(&json::document(&views))?;
    } else if views.is_empty() {
        context.ui.progress(&format!(
            "nothing to remark on {count} certificates, lists and answers"
        ));
    } else {
        context.ui.result(&table::list(
            ["FILE", "SEVERITY", "RULE", "WHAT", "SEE"],
            views.into_iter().map(|view| {
                [
                    view.file,
                    view.severity,
                    view.rule.to_owned(),
                    view.message,
                    view.citation.to_owned(),
                ]
            }),
        ))?;
    }
    Ok(Outcome::from_verdict(!broken))
}
