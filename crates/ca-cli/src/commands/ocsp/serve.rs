use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use ca_core::ledger::Ledger;
use ca_core::revocation::ocsp::OcspResponder;
use ca_store::CaDirectory;
use ca_web::ocsp::{Moment, OcspService, SignerKeeper};
use ca_web::publish::Published;
use ca_web::server::{Server, ServerLimits};
use chrono::{TimeDelta, Utc};
use serde::Serialize;

use crate::authority::{self, CaCertificate};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::{json, table};
use crate::ui::Ui;

/// Answer OCSP requests, and serve revocation lists and CA certificates, until told to end
///
/// Requests are answered at /ocsp, by POST and by GET; revocation lists stand at /crl/ID.crl and CA
/// certificates at /ca/ID.crt, below the path of the CA's base URL too. A revocation that another
/// command records shows within a second.
///
/// The responder signs with keys and certificates of its own, one for each issuing CA, which are
/// made and replaced without anyone's hand: for that it holds the passphrase of the issuing CAs'
/// keys as long as it runs. It speaks plain HTTP, for what it says is signed; SIGTERM ends it once
/// open requests are answered.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet ocsp serve --listen 127.0.0.1:8080")]
pub(crate) struct OcspServeArgs {
    /// The address and port to listen at; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The directory that `crl publish` writes to [default: DIR/publish]
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
}

/// What is served where.
#[derive(Serialize)]
struct Report {
    listening: String,
    ocsp: String,
    authorities: Vec<String>,
    publish: String,
}

pub(super) fn run(context: &Context, args: &OcspServeArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let directory = context.directory()?;
    let policies = context.policies(&directory)?;
    let ledger = context.ledger(&directory)?;
    let all = authority::of_ledger(&ledger)?;
    let served = served(context, &directory, &all)?;
    let passphrase = context.passphrase(&directory)?;

    let rules = policies.root().ocsp();
    let issuers = served.iter().map(|ca| (ca.record.id.clone(), &ca.certificate));
    let responder = OcspResponder::new(rules, issuers);
    let keeper = SignerKeeper::new(
        directory.clone(),
        passphrase,
        Box::new(ledger),
        context.audit().actor,
        rules.signer_days,
    );
    let quiet = context.global.quiet;
    let service = OcspService::new(
        responder,
        keeper,
        ledgers(context, &directory)?,
        Arc::new(clock(context)),
        Box::new(move |message| Ui::new(quiet).warning(message)),
    )?;
    let service = Arc::new(service);
    let publish = args
        .publish
        .clone()
        .unwrap_or_else(|| directory.path().join("publish"));
    let certificates = all
        .iter()
        .map(|ca| (ca.record.id.clone(), ca.certificate.der().to_vec()));
    let router =
        ca_web::ocsp::routes(Arc::clone(&service)).merge(Published::new(&publish, certificates).routes());

    let server = Server::bind(args.listen).map_err(|error| CommandError::new(ErrorKind::Io, error))?;
    let address = server.address();
    let report = Report {
        listening: format!("http://{address}"),
        ocsp: format!("http://{address}/ocsp"),
        authorities: served.iter().map(|ca| ca.record.id.clone()).collect(),
        publish: publish.display().to_string(),
    };
    context.ui.result(&if context.is_json() {
        json::document(&report)
    } else {
        table::facts([
            ("OCSP", report.ocsp),
            ("Lists", format!("{}/crl/", report.listening)),
            ("CA certificates", format!("{}/ca/", report.listening)),
            ("Authorities", report.authorities.join("\n")),
            ("Published from", report.publish),
        ])
    })?;
    std::thread::spawn(move || service.watch());
    server.run(router, prefixes(&all), ServerLimits::default());
    context.ui.note("stopped");
    Ok(Outcome::Done)
}

/// The issuing CAs whose keys are here and whose certificates are valid.
fn served<'a>(
    context: &Context,
    directory: &CaDirectory,
    all: &'a [CaCertificate],
) -> Result<Vec<&'a CaCertificate>, CommandError> {
    let mut served = Vec::new();
    for ca in all.iter().filter(|ca| !ca.is_root()) {
        let id = &ca.record.id;
        if !ca.certificate.is_valid_at(context.now()) {
            context.ui.warning(&format!(
                "{id} is not answered for: its certificate is not valid now"
            ));
        } else if !directory.key_path(id)?.exists() {
            context
                .ui
                .warning(&format!("{id} is not answered for: its key is not here"));
        } else {
            served.push(ca);
        }
    }
    if served.is_empty() {
        return Err(
            CommandError::new(ErrorKind::NotFound, "there is no issuing CA to answer for")
                .hint("cachet cert list --ca"),
        );
    }
    Ok(served)
}

/// A connection for each processor, and the watcher's.
fn ledgers(context: &Context, directory: &CaDirectory) -> Result<Vec<Box<dyn Ledger>>, CommandError> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    (0..processors.min(8))
        .map(|_| Ok(Box::new(context.ledger(directory)?) as Box<dyn Ledger>))
        .collect()
}

/// With `--now`, time goes on from there.
fn clock(context: &Context) -> impl Fn() -> Moment + Send + Sync + use<> {
    let stated = context.global.now.map(|now| (now, Instant::now()));
    move || {
        let real = Utc::now();
        let stated = stated.map_or(real, |(now, started)| {
            now + TimeDelta::from_std(started.elapsed()).unwrap_or_default()
        });
        Moment { stated, real }
    }
}

/// The paths of base URLs: `/pki` of `http://example.org/pki`.
fn prefixes(all: &[CaCertificate]) -> Vec<String> {
    let mut found: Vec<String> = all
        .iter()
        .filter_map(|ca| ca.record.base_url.as_deref())
        .filter_map(|url| {
            let rest = url.split_once("://")?.1.trim_end_matches('/');
            let (_, path) = rest.split_once('/')?;
            Some(format!("/{path}"))
        })
        .collect();
    // The longest first: one may begin with another.
    found.sort_by_key(|path| std::cmp::Reverse(path.len()));
    found.dedup();
    found
}
