use std::path::{Path, PathBuf};

use ca_web::fetch::{FetchLimits, Fetcher};
use ca_web::status::{self, AskError};
use identity::ocsp::{CertStatus, ResponderId};
use identity::{CertId, Certificate, DigestAlgorithm};
use serde::Serialize;
use smime::path::{OcspAnswer, PathOptions, Purpose, Revocation, build_and_validate};
use smime::report::Code;

use crate::authority;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::lookup::{self, Found};
use crate::output::findings::{self, FindingView};
use crate::output::{json, rfc3339, table};

/// Ask an OCSP responder about a certificate, and tell whether its answer may be relied upon
///
/// Of a certificate of this CA the serial or the address is enough.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet ocsp check alice@example.com --url http://127.0.0.1:8080/ocsp\n  cachet ocsp check alice@example.com.crt --issuer alice@example.com.chain.pem --url http://127.0.0.1:8080/ocsp"
)]
pub(crate) struct OcspCheckArgs {
    /// The certificate's file; of a certificate of this CA also its serial, or the address (its newest)
    #[arg(value_name = "CERT")]
    certificate: String,
    /// The file with the certificate of the CA that issued it, alone or first in its chain [default: as this CA knows it]
    #[arg(long, value_name = "FILE")]
    issuer: Option<PathBuf>,
    /// The responder's address [default: the one in the certificate]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The digest that the issuer is named by; most programs use sha1
    #[arg(long, value_name = "DIGEST", default_value = "sha1")]
    digest: NameDigest,
    /// Also ask a server in a private network or on this machine that the certificate names; one named with --url is asked
    #[arg(long)]
    allow_private_addresses: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum NameDigest {
    Sha1,
    Sha256,
}

#[derive(Serialize)]
struct Report {
    status: &'static str,
    reliable: bool,
    revoked_at: Option<String>,
    reason: Option<u8>,
    this_update: Option<String>,
    next_update: Option<String>,
    produced_at: Option<String>,
    nonce: bool,
    responder: Option<String>,
    url: String,
    findings: Vec<FindingView>,
}

/// Finds a certificate of this CA, and those of the CAs above it.
fn own(context: &Context, id: &str) -> Result<(Certificate, Vec<Certificate>), CommandError> {
    let unknown = || {
        CommandError::usage(
            "the CA that issued it is not known here: name its certificate with --issuer FILE",
        )
    };
    let Found::OnRecord(record) = lookup::find(context, id)? else {
        return Err(unknown());
    };
    let certificate = lookup::certificate_of(&record)?.ok_or_else(unknown)?;
    let ledger = context.ledger(&context.directory()?)?;
    Ok((certificate, authority::chain(&ledger, &record.intent.authority)?))
}

pub(super) fn run(context: &Context, args: &OcspCheckArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let (certificate, issuers) = match &args.issuer {
        Some(issuer) => (
            first(context, Path::new(&args.certificate))?,
            context.certificates(issuer)?,
        ),
        None => own(context, &args.certificate)?,
    };
    let issuer = issuers
        .iter()
        .find(|issuer| certificate.verify_signed_by(issuer.public_key()).is_ok())
        .ok_or_else(|| {
            let place = args.issuer.as_ref().map(|file| file.display().to_string());
            CommandError::bad_input(format!(
                "no certificate in {} has issued {}",
                place.as_deref().unwrap_or("the ledger"),
                args.certificate
            ))
            .hint("give the issuing CA's certificate: the first in the .chain.pem beside the certificate")
        })?;
    let url = match &args.url {
        Some(url) => url.clone(),
        None => certificate.ocsp_urls().into_iter().next().ok_or_else(|| {
            CommandError::new(
                ErrorKind::NotFound,
                format!("{} names no OCSP responder", args.certificate),
            )
            .hint("name one with --url URL")
        })?,
    };
    let mut limits = FetchLimits::default();
    limits.private_addresses = args.allow_private_addresses || args.url.is_some();
    let digest = match args.digest {
        NameDigest::Sha1 => DigestAlgorithm::Sha1,
        NameDigest::Sha256 => DigestAlgorithm::Sha256,
    };
    let name = CertId::new(digest, &certificate, issuer.public_key());
    let answer = status::ask(&Fetcher::new(limits), &url, &name).map_err(|error| {
        let kind = match error {
            AskError::Fetch(_) => ErrorKind::Io,
            _ => ErrorKind::BadInput,
        };
        CommandError::new(kind, format!("{url}: {error}"))
    })?;
    let report = judge(context, &certificate, issuer, &name, answer, url);
    context.ui.result(&if context.is_json() {
        json::document(&report)
    } else {
        let shown = [
            ("Status", report.status.to_owned()),
            ("Revoked", report.revoked_at.clone().unwrap_or_default()),
            (
                "Reason",
                report.reason.map(|reason| reason.to_string()).unwrap_or_default(),
            ),
            ("As of", report.this_update.clone().unwrap_or_default()),
            ("Until", report.next_update.clone().unwrap_or_default()),
            ("Responder", report.responder.clone().unwrap_or_default()),
            ("Reliable", if report.reliable { "yes" } else { "no" }.to_owned()),
        ];
        let facts = table::facts(shown.into_iter().filter(|(_, value)| !value.is_empty()));
        format!("{facts}{}", findings::table(&report.findings))
    })?;
    Ok(Outcome::from_verdict(report.reliable && report.status == "good"))
}

/// Holds an answer against the rules by which `cert verify --ocsp` does.
fn judge(
    context: &Context,
    certificate: &Certificate,
    issuer: &Certificate,
    name: &CertId,
    answer: OcspAnswer,
    url: String,
) -> Report {
    let data = answer.response.data().cloned();
    let single = data
        .as_ref()
        .and_then(|data| data.responses().iter().find(|single| single.certificate == *name));
    let answers = [answer];
    let mut options = PathOptions::new(context.now());
    options.purpose = Purpose::Any;
    options.ocsp = &answers;
    options.revocation = Revocation::Required;
    let judged = build_and_validate(certificate, std::slice::from_ref(issuer), &[], &options);
    let about_status = [
        Code::Revoked,
        Code::RevocationUnknown,
        Code::UnusableOcsp,
        Code::NonceMissing,
    ];
    let concerned = || {
        judged
            .findings
            .iter()
            .filter(|finding| about_status.contains(&finding.code))
    };
    let unusable = concerned().any(|finding| finding.code == Code::UnusableOcsp);
    let (status, revoked_at, reason) = match single.map(|single| single.status) {
        Some(CertStatus::Good) => ("good", None, None),
        Some(CertStatus::Revoked { at, reason }) => ("revoked", Some(at), reason),
        _ => ("unknown", None, None),
    };
    // What contradicts itself is not relied upon.
    let found_revoked = concerned().any(|finding| finding.code == Code::Revoked);
    Report {
        status,
        reliable: single.is_some() && !unusable && found_revoked == (status == "revoked"),
        revoked_at: revoked_at.map(rfc3339),
        reason,
        this_update: single.map(|single| rfc3339(single.this_update)),
        next_update: single.and_then(|single| single.next_update).map(rfc3339),
        produced_at: data.as_ref().map(|data| rfc3339(data.produced_at())),
        nonce: data.as_ref().is_some_and(|data| data.nonce().is_some()),
        responder: data.as_ref().map(|data| {
            let of_responder = data
                .certificates()
                .iter()
                .find(|found| data.responder().is(found.subject(), found.public_key()));
            match (of_responder, data.responder()) {
                (Some(found), _) => found.subject().to_string(),
                (None, ResponderId::Name(name)) => name.to_string(),
                (None, ResponderId::KeyHash(hash)) => hex::encode(hash),
                _ => String::new(),
            }
        }),
        url,
        findings: concerned().map(FindingView::new).collect(),
    }
}

fn first(context: &Context, path: &std::path::Path) -> Result<Certificate, CommandError> {
    let found = context.certificates(path)?.into_iter().next();
    found.ok_or_else(|| CommandError::bad_input(format!("{} holds no certificate", path.display())))
}
