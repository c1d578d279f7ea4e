use std::path::{Path, PathBuf};

use ca_core::authority::BaseUrl;
use ca_core::policy::{PolicySet, shipped};
use ca_store::{CaDirectory, DirectoryState, FileError, LayoutError};
use identity::KeyAlgorithm;
use serde::Serialize;

use crate::authority;
use crate::commands::ca;
use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::initialisation::NewCa;
use crate::output::certificate::CertificateView;
use crate::output::{grouped, json, table};
use crate::passphrases::NewPassphrases;
use crate::succession::House;

/// Make a CA: a root, and one issuing CA for each class
///
/// Keys, certificates, policies and records go to the directory that --dir names.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet init --name 'Example School' --organization 'Example School' --country FR --unattended"
)]
pub(crate) struct InitArgs {
    /// The CA's name, as it stands in certificates
    #[arg(long, value_name = "NAME", required = true)]
    name: String,
    /// The organization that runs it
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    /// Its country, two letters
    #[arg(long, value_name = "CC")]
    country: Option<String>,
    /// Let the issuing CAs vouch for addresses in this domain, and below it, only (can be repeated)
    #[arg(long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// Mark the constraint to these domains critical, which gpgsm refuses
    #[arg(long, requires = "domain")]
    critical_constraints: bool,
    /// The kind of all CA keys [default: the policy's]
    #[arg(long, value_name = "ALG")]
    key: Option<KeyAlgorithm>,
    /// Where CRLs and CA certificates will be served, such as `http://pki.example.com`
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Policies to use instead of those that are compiled in
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
    /// Keep the root's key there instead, on a medium of its own
    #[arg(long, value_name = "DIR")]
    root_dir: Option<PathBuf>,
    /// Make no root: write requests for issuing CAs under another CA's root, and let cachet ca import take the answers
    #[arg(long, conflicts_with_all = ["domain", "root_dir"])]
    csr: bool,
    /// Make a passphrase and keep it in DIR/unlock, so that nobody is ever asked
    #[arg(long)]
    unattended: bool,
    /// Exit well if there is a CA already
    #[arg(long)]
    if_missing: bool,
}

#[derive(Serialize)]
struct Report {
    action: &'static str,
    directory: String,
    root: CertificateView,
    authorities: Vec<String>,
    unattended: bool,
    publish: Vec<String>,
}

pub(super) fn run(context: &Context, args: &InitArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let (path, store) = (&context.global.dir, context.store_url()?);
    if CaDirectory::state(path, &store)? == DirectoryState::Initialised {
        if !args.if_missing {
            return Err(LayoutError::AlreadyInitialised { path: path.clone() }.into());
        }
        context.ui.note(&format!(
            "a CA lives in {} already; it was kept as it is",
            path.display()
        ));
        return report(context, &context.directory()?, "kept");
    }
    if args.name.trim().is_empty() {
        return Err(CommandError::bad_input("--name is empty: a CA needs a name")
            .hint("it stands in every certificate, for instance --name 'Example School'"));
    }
    let policy_files = policy_files(context, args.policies.as_deref())?;
    let policies = PolicySet::parse(&policy_files)?;
    let base_url = args
        .base_url
        .as_deref()
        .map(str::parse::<BaseUrl>)
        .transpose()
        .map_err(CommandError::bad_input)?;
    let passphrases = NewPassphrases::obtain(context, args.unattended)?;
    let made = NewCa {
        path,
        store,
        root_dir: args.root_dir.as_deref(),
        name: &args.name,
        organization: args.organization.as_deref(),
        country: args.country.as_deref(),
        domains: &args.domain,
        critical_constraints: args.critical_constraints,
        key: args.key,
        base_url,
        policy_files: &file_names(&policy_files),
        policies: &policies,
        requested: args.csr,
        passphrases: &passphrases,
        audit: context.audit(),
        now: context.now(),
    };
    let directory = made.make()?;
    if args.csr {
        let house = House::open(context)?;
        let plans = house.policies.issuers();
        return ca::add::request(context, &house, &plans, args.key, &passphrases.issuing);
    }
    explain(context, args, &directory, &passphrases, &policies);
    report(context, &directory, "made")
}

/// Says once what its operator should know of a new CA.
fn explain(
    context: &Context,
    args: &InitArgs,
    directory: &CaDirectory,
    passphrases: &NewPassphrases,
    policies: &PolicySet,
) {
    let ui = &context.ui;
    if args.domain.is_empty() {
        ui.note("this CA can vouch for any address; --domain DOMAIN limits a CA to addresses there");
    }
    match &args.base_url {
        None => ui.note(
            "certificates will carry no CRL, OCSP or AIA address, so that nobody can ask whether one was revoked; \
             --base-url URL gives them one",
        ),
        Some(_) => ui.note("the files listed as \"to be served\" must be found at these addresses; cachet status lists them again"),
    }
    if policies
        .profiles()
        .iter()
        .any(|profile| profile.policy_oid().to_string().starts_with(DOCUMENTATION_ARC))
    {
        ui.note(&format!(
            "the policies carry object identifiers under {DOCUMENTATION_ARC}, which is for documentation; with an arc of \
             your own (free of charge from IANA) change policy_oid in {}",
            directory.policies_path().display()
        ));
    }
    if passphrases.are_one() {
        ui.warning(
            "one passphrase is used for both the root's key and the issuing CAs' keys; --root-passphrase-file FILE \
             gives the root one of its own",
        );
    }
    if passphrases.unlock.is_some() {
        ui.warning(&format!(
            "the passphrase is in {}: whoever reads that file has the CA",
            directory.path().join("unlock").display()
        ));
    }
}

fn report(context: &Context, directory: &CaDirectory, action: &'static str) -> Result<Outcome, CommandError> {
    let all = authority::certificates(directory)?;
    let root = &authority::root(&all)?.certificate;
    let report = Report {
        action,
        directory: directory.path().display().to_string(),
        root: CertificateView::new(root),
        authorities: all.iter().map(|ca| ca.record.id.clone()).collect(),
        unattended: directory.unlock()?.is_some(),
        publish: authority::published(&all),
    };
    if context.is_json() {
        context.ui.result(&json::document(&report))?;
    } else {
        let issuing: Vec<String> = all
            .iter()
            .filter(|ca| !ca.is_root())
            .map(|ca| ca.record.name.clone())
            .collect();
        context.ui.result(&table::facts([
            ("Directory", report.directory),
            ("Root", root.subject().to_string()),
            ("  SHA-256", grouped(&root.fingerprint_sha256())),
            ("  until", report.root.not_after),
            ("Issuing CAs", issuing.join("\n")),
            ("To be served", report.publish.join("\n")),
        ]))?;
    }
    Ok(Outcome::Done)
}

/// Reads the policies to use, named as error messages name them.
fn policy_files(context: &Context, directory: Option<&Path>) -> Result<Vec<(String, String)>, CommandError> {
    let Some(directory) = directory else {
        return Ok(shipped()
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect());
    };
    let failed = |error| FileError::from_io("read", directory, error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !path.is_file()
            || !path
                .extension()
                .is_some_and(|extension| extension == "yaml" || extension == "yml")
        {
            continue;
        }
        let text = String::from_utf8(context.read(&path, FILE_LIMIT)?.to_vec()).map_err(|_| {
            CommandError::bad_input(format!("the policy {} is not UTF-8 text", path.display()))
        })?;
        files.push((path.display().to_string(), text));
    }
    if files.is_empty() {
        return Err(CommandError::new(
            ErrorKind::NotFound,
            format!("{} holds no policy (NAME.yaml)", directory.display()),
        ));
    }
    files.sort();
    Ok(files)
}

/// Leaves only the files' own names.
fn file_names(files: &[(String, String)]) -> Vec<(String, String)> {
    files
        .iter()
        .map(|(path, text)| (path.rsplit('/').next().unwrap_or(path).to_owned(), text.clone()))
        .collect()
}

const DOCUMENTATION_ARC: &str = "1.3.6.1.4.1.32473";
