use std::path::{Path, PathBuf};

use ca_core::lint::Severity;
use ca_core::revocation::check::{
    CrlCheckError, CrlFinding, check_against_record, check_list, compare_lists,
};
use ca_store::SqliteLedger;
use ca_web::fetch::{FetchLimits, Fetcher};
use identity::Certificate;
use identity::crl::CertificateListView;
use serde::Serialize;

use crate::authority::{self, CaCertificate};
use crate::commands::crl::show::decimal;
use crate::context::{CRL_LIMIT, Context};
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::{json, rfc3339, table};
use crate::revocation_list;

/// Check revocation lists: age, number, signature, rules, and whether they hold what is on record
///
/// Without a file, what this CA publishes is checked. With two, OLD and NEW, they are compared: the newer one must have
/// a higher number and forget nothing. Exit code 4 means that a list must not be relied upon.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet crl check")]
pub(crate) struct CrlCheckArgs {
    /// The list, or the older of two (PEM or DER)
    #[arg(value_name = "OLD")]
    old: Option<PathBuf>,
    /// The newer one
    #[arg(value_name = "NEW")]
    new: Option<PathBuf>,
    /// Only the lists of this authority of the CA (can be repeated)
    #[arg(long, value_name = "ID", conflicts_with = "old")]
    authority: Vec<String>,
    /// The certificate of the authority that signed the files, if it is none of this CA
    #[arg(long, value_name = "FILE", requires = "old")]
    issuer: Option<PathBuf>,
    /// Also fetch what is served at the addresses that certificates name, and compare it
    #[arg(long, conflicts_with = "old")]
    fetch: bool,
    /// With --fetch: also from servers in private networks and on this machine
    #[arg(long, requires = "fetch")]
    allow_private_addresses: bool,
}

#[derive(Serialize)]
struct CheckedView {
    /// The file, address, or authority.
    list: String,
    issuer: Option<String>,
    number: Option<String>,
    this_update: Option<String>,
    next_update: Option<String>,
    revoked: Option<usize>,
    ok: bool,
    findings: Vec<FindingView>,
}

#[derive(Serialize)]
struct FindingView {
    code: &'static str,
    severity: String,
    message: String,
}

pub(super) fn run(context: &Context, args: &CrlCheckArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let views = match &args.old {
        Some(old) => check_files(context, args, old)?,
        None => check_own(context, args)?,
    };
    let well = views.iter().all(|view| view.ok);
    context.ui.result(&match context.is_json() {
        true => json::document(&views),
        false => tables(views),
    })?;
    Ok(Outcome::from_verdict(well))
}

/// Checks one file, or compares two.
fn check_files(context: &Context, args: &CrlCheckArgs, old: &Path) -> Result<Vec<CheckedView>, CommandError> {
    let known = Known::open(context, args.issuer.as_deref())?;
    let mut views = Vec::new();
    let bytes = revocation_list::read(context, old)?;
    let list = parse(old, &bytes)?;
    let Some(new) = &args.new else {
        views.push(known.check(context, &old.display().to_string(), &bytes, &list)?);
        return Ok(views);
    };
    let new_bytes = revocation_list::read(context, new)?;
    let newer = parse(new, &new_bytes)?;
    let name = old.display().to_string();
    // Nobody expects the older one to be current still.
    views.push(CheckedView::new(name, &list, Vec::new()));
    let mut view = known.check(context, &new.display().to_string(), &new_bytes, &newer)?;
    view.add(compare_lists(&list, &newer)?);
    views.push(view);
    Ok(views)
}

/// Checks what this CA publishes.
fn check_own(context: &Context, args: &CrlCheckArgs) -> Result<Vec<CheckedView>, CommandError> {
    let directory = context.directory()?;
    let ledger = context.ledger(&directory)?;
    let all = authority::of_ledger(&ledger)?;
    for id in &args.authority {
        if !all.iter().any(|ca| ca.record.id == *id) {
            return Err(CommandError::new(
                ErrorKind::NotFound,
                format!("\"{id}\" is no authority of this CA"),
            )
            .hint("cachet cert list --ca"));
        }
    }
    let known = Known {
        ledger: Some(ledger),
        authorities: all,
        issuer: None,
    };
    let own = directory.publish_directory();
    let mut views = Vec::new();
    for ca in &known.authorities {
        let id = &ca.record.id;
        // The list of a CA above ours is its own affair.
        if ca.is_elsewhere() || !args.authority.is_empty() && !args.authority.contains(id) {
            continue;
        }
        let paths = own.paths(id)?;
        let files = [
            (&paths.crl, own.crl(id, CRL_LIMIT)?),
            (&paths.delta, own.delta(id, CRL_LIMIT)?),
        ];
        let mut current = None;
        for (path, bytes) in files {
            if let Some(bytes) = bytes {
                let list = parse(path, &bytes)?;
                views.push(known.check(context, &path.display().to_string(), &bytes, &list)?);
                current.get_or_insert(bytes);
            }
        }
        if current.is_none() {
            views.push(CheckedView::absent(id));
        }
        if args.fetch {
            views.extend(known.fetch(context, args, ca)?);
        }
    }
    Ok(views)
}

/// What lists are judged by.
struct Known {
    ledger: Option<SqliteLedger>,
    authorities: Vec<CaCertificate>,
    issuer: Option<Certificate>,
}

impl Known {
    /// The CA, if there is one here.
    fn open(context: &Context, issuer: Option<&Path>) -> Result<Self, CommandError> {
        let issuer = match issuer {
            Some(path) => context.certificates(path)?.into_iter().next(),
            None => None,
        };
        let directory = match (context.directory(), &issuer) {
            (Ok(directory), None) => Some(directory),
            (Err(error), None) if error.kind != ErrorKind::NotInitialised => return Err(error),
            _ => None,
        };
        let ledger = directory
            .map(|directory| context.ledger(&directory))
            .transpose()?;
        Ok(Self {
            authorities: ledger
                .as_ref()
                .map_or(Ok(Vec::new()), |ledger| authority::of_ledger(ledger))?,
            ledger,
            issuer,
        })
    }

    fn check(
        &self,
        context: &Context,
        name: &str,
        der: &[u8],
        list: &CertificateListView<'_>,
    ) -> Result<CheckedView, CommandError> {
        let own = self.signer(list);
        let issuer = self.issuer.as_ref().or(own.map(|ca| &ca.certificate));
        let mut view = CheckedView::new(name.to_owned(), list, check_list(list, issuer, context.now())?);
        if let (Some(ca), Some(ledger)) = (own, &self.ledger) {
            view.add(check_against_record(der, ledger, &ca.record.id)?);
        }
        if issuer.is_none() {
            view.findings.push(FindingView {
                code: "crl-issuer-unknown",
                severity: Severity::Warning.to_string(),
                message: "its authority is not known here, so its signature was not checked: --issuer FILE"
                    .to_owned(),
            });
        }
        Ok(view)
    }

    /// The authority that signed a list: of several keys under one name, the one whose signature it is.
    fn signer(&self, list: &CertificateListView<'_>) -> Option<&CaCertificate> {
        let mut namesakes = self
            .authorities
            .iter()
            .filter(|ca| ca.certificate.subject().matches(list.issuer()));
        let signs = |ca: &&CaCertificate| list.verify_signed_by(ca.certificate.public_key()).is_ok();
        namesakes.clone().find(signs).or_else(|| namesakes.next())
    }

    fn fetch(
        &self,
        context: &Context,
        args: &CrlCheckArgs,
        ca: &CaCertificate,
    ) -> Result<Vec<CheckedView>, CommandError> {
        let Some(base) = ca.record.base_url.as_deref().and_then(|url| url.parse().ok()) else {
            context
                .ui
                .note(&format!("{} has no address to fetch from", ca.record.name));
            return Ok(Vec::new());
        };
        let base: ca_core::authority::BaseUrl = base;
        let mut limits = FetchLimits::default();
        limits.private_addresses = args.allow_private_addresses;
        let fetcher = Fetcher::new(limits);
        let id = &ca.record.id;
        let url = base.crl(id);
        let limit = usize::try_from(CRL_LIMIT).unwrap_or(usize::MAX);
        let mut views = Vec::new();
        views.push(match fetcher.get(&url, limit) {
            Err(error) => CheckedView::unread(url, "crl-not-served", error.to_string()),
            Ok(body) => match CertificateListView::from_der(&body) {
                Ok(list) => self.check(context, &url, &body, &list)?,
                Err(error) => CheckedView::unread(url, "crl-malformed", error.to_string()),
            },
        });
        let url = base.ca_certificate(id);
        match fetcher.get(&url, CERTIFICATE_LIMIT) {
            Ok(body) if body == ca.record.certificate => {}
            Ok(_) => views.push(CheckedView::unread(
                url,
                "certificate-differs",
                format!("what is served is not the certificate of {}", ca.record.name),
            )),
            Err(error) => views.push(CheckedView::unread(
                url,
                "certificate-not-served",
                error.to_string(),
            )),
        }
        Ok(views)
    }
}

impl CheckedView {
    fn new(name: String, list: &CertificateListView<'_>, findings: Vec<CrlFinding>) -> Self {
        let mut view = Self {
            list: name,
            issuer: Some(list.issuer().to_string()),
            number: list.number_hex().map(|hex| decimal(&hex)),
            this_update: Some(rfc3339(list.this_update())),
            next_update: list.next_update().map(rfc3339),
            revoked: Some(list.entries().count()),
            ok: true,
            findings: Vec::new(),
        };
        view.add(findings);
        view
    }

    /// A list that cannot be read.
    fn unread(name: String, code: &'static str, message: String) -> Self {
        Self {
            list: name,
            issuer: None,
            number: None,
            this_update: None,
            next_update: None,
            revoked: None,
            ok: false,
            findings: vec![FindingView {
                code,
                severity: Severity::Error.to_string(),
                message,
            }],
        }
    }

    fn absent(id: &str) -> Self {
        let message = "nothing is published: cachet crl publish makes a list".to_owned();
        Self::unread(id.to_owned(), "crl-never-made", message)
    }

    fn add(&mut self, findings: Vec<CrlFinding>) {
        self.ok &= findings.iter().all(|finding| finding.severity != Severity::Error);
        self.findings
            .extend(findings.into_iter().map(|finding| FindingView {
                code: finding.code,
                severity: finding.severity.to_string(),
                message: finding.message,
            }));
    }
}

fn tables(views: Vec<CheckedView>) -> String {
    let mut text = table::list(
        ["LIST", "NUMBER", "ENTRIES", "MADE", "NEXT", "VERDICT"],
        views.iter().map(|view| {
            [
                view.list.clone(),
                view.number.clone().unwrap_or_default(),
                view.revoked.map_or_else(String::new, |count| count.to_string()),
                view.this_update.clone().unwrap_or_default(),
                view.next_update.clone().unwrap_or_default(),
                if view.ok { "good" } else { "not good" }.to_owned(),
            ]
        }),
    );
    if views.iter().any(|view| !view.findings.is_empty()) {
        text.push('\n');
        text.push_str(&table::list(
            ["LIST", "SEVERITY", "CODE", "WHAT"],
            views.into_iter().flat_map(|view| {
                let list = view.list;
                view.findings.into_iter().map(move |finding| {
                    [
                        list.clone(),
                        finding.severity,
                        finding.code.to_owned(),
                        finding.message,
                    ]
                })
            }),
        ));
    }
    text
}

fn parse<'a>(path: &Path, der: &'a [u8]) -> Result<CertificateListView<'a>, CommandError> {
    CertificateListView::from_der(der)
        .map_err(|error| CommandError::bad_input(format!("{}: {error}", path.display())))
}

impl From<CrlCheckError> for CommandError {
    fn from(error: CrlCheckError) -> Self {
        match error {
            CrlCheckError::Ledger(error) => error.into(),
            _ => Self::bad_input(error),
        }
    }
}

const CERTIFICATE_LIMIT: usize = 64 << 10;
