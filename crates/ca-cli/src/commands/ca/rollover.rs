use std::path::PathBuf;

use ca_core::authority::BaseUrl;
use ca_core::policy::IssuerPlan;
use identity::KeyAlgorithm;

use super::add::{parse_base_url, publish_first, show_added};
use crate::authority::CaCertificate;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::output::grouped;
use crate::succession::{Additions, House};

/// Let a new CA take the place of an old one
///
/// --issuing makes a new issuing CA under the same root: it issues from now on, and the old one only goes on signing its
/// revocation list. --root makes a new root and new issuing CAs under it; the old and the new root certify each other, so
/// that whoever trusts only one of them can verify mail of both (trust export --intermediates hands these certificates out).
/// --base-url alone changes the address in certificates from now on.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet ca rollover --issuing 'Class 1'\n  cachet ca rollover --root --root-passphrase-file root-pass\n  cachet ca rollover --base-url http://pki.example.org"
)]
#[command(group = clap::ArgGroup::new("what").args(["issuing", "root", "base_url"]).required(true).multiple(true))]
pub(crate) struct CaRolloverArgs {
    /// The issuing CA, by its name in the policies (issuer:)
    #[arg(long, value_name = "NAME", conflicts_with = "root")]
    issuing: Option<String>,
    /// A new root
    #[arg(long)]
    root: bool,
    /// With --root: keep the issuing CAs' keys, and certify them again under the new root
    #[arg(long, requires = "root")]
    recertify: bool,
    /// The kind of the new keys [default: the policy's]
    #[arg(long, value_name = "ALG")]
    key: Option<KeyAlgorithm>,
    /// With --root: a file with the passphrase of the new root's key [default: as the old root's]
    #[arg(long, value_name = "FILE", requires = "root")]
    new_root_passphrase_file: Option<PathBuf>,
    /// Where CRLs and CA certificates will be served, for certificates from now on
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

pub(super) fn run(context: &Context, args: &CaRolloverArgs) -> Result<Outcome, CommandError> {
    let house = House::open(context)?;
    let base_url = parse_base_url(args.base_url.as_deref())?;
    let mut additions = Additions::default();
    if let Some(name) = &args.issuing {
        issuing(context, args, &house, name, base_url.as_ref(), &mut additions)?;
    } else if args.root {
        root(context, args, &house, base_url.as_ref(), &mut additions)?;
    }
    house.record(&additions)?;
    if let Some(base_url) = &base_url {
        for before in house.move_to(base_url)? {
            context.ui.note(&format!(
                "certificates issued so far name {before}: go on serving the same files there until they have expired"
            ));
        }
    }
    publish_first(context, &house, &additions);
    show_added(context, &additions, "added")?;
    if args.root {
        explain_root(context, &additions)?;
    }
    Ok(Outcome::Done)
}

fn issuing(
    context: &Context,
    args: &CaRolloverArgs,
    house: &House,
    name: &str,
    base_url: Option<&BaseUrl>,
    additions: &mut Additions,
) -> Result<(), CommandError> {
    let plans = house.policies.issuers();
    let plan = plans.iter().find(|plan| plan.name == name).ok_or_else(|| {
        let known: Vec<_> = plans.iter().map(|plan| format!("\"{}\"", plan.name)).collect();
        CommandError::new(
            ErrorKind::NotFound,
            format!(
                "no policy names an issuer \"{name}\": they name {}",
                known.join(", ")
            ),
        )
    })?;
    let passphrase = context.passphrase(&house.directory)?;
    let root = house.unlock_root(house.root()?, &house.root_passphrase(context)?, base_url)?;
    let made = house.add_issuing(plan, &root, args.key, &passphrase, additions)?;
    note_shortened(context, house, &made);
    Ok(())
}

fn root(
    context: &Context,
    args: &CaRolloverArgs,
    house: &House,
    base_url: Option<&BaseUrl>,
    additions: &mut Additions,
) -> Result<(), CommandError> {
    let before = house.root()?;
    let issuing_passphrase = context.passphrase(&house.directory)?;
    let old_passphrase = house.root_passphrase(context)?;
    let new_passphrase = match &args.new_root_passphrase_file {
        Some(file) => context.secret_file(file, "new root passphrase")?,
        None => old_passphrase.clone(),
    };
    let old = house.unlock_root(before, &old_passphrase, base_url)?;
    let new = house.add_root(args.key, &new_passphrase, old.base_url().cloned(), additions)?;
    house.certify(new.certificate(), &old, additions)?;
    house.certify(old.certificate(), &new, additions)?;
    for plan in house.policies.issuers() {
        let current = current(house, &plan).filter(|ca| ca.certificate.is_valid_at(context.now()));
        match current.filter(|_| args.recertify) {
            Some(ca) => house.certify(&ca.certificate, &new, additions)?,
            None => {
                house.add_issuing(&plan, &new, args.key, &issuing_passphrase, additions)?;
            }
        }
    }
    Ok(())
}

/// Returns the CA that issues for a plan today.
fn current<'h>(house: &'h House, plan: &IssuerPlan) -> Option<&'h CaCertificate> {
    let made = house.made_for(plan);
    made.into_iter().rev().find(|ca| ca.issues())
}

/// A CA that ends with its root lives shorter than the policy says.
fn note_shortened(context: &Context, house: &House, made: &identity::Certificate) {
    let days = (made.not_after() - made.not_before()).num_days();
    if days + 1 < i64::from(house.policies.root().issuing_days()) {
        context.ui.warning(&format!(
            "the new issuing CA ends with the root, on {}: cachet ca rollover --root makes a root that lives longer",
            made.not_after().format("%Y-%m-%d")
        ));
    }
}

/// Says what everybody has to do after a root's rollover.
fn explain_root(context: &Context, additions: &Additions) -> Result<(), CommandError> {
    let Some(record) = additions.authorities.first() else {
        return Ok(());
    };
    let root = identity::Certificate::from_der(&record.certificate)?;
    context.ui.progress(&format!(
        "{}\n  SHA-256 fingerprint: {}",
        root.subject(),
        grouped(&root.fingerprint_sha256())
    ));
    context.ui.note(
        "hand the new root out (cachet trust export); whoever trusts one of the roots only needs the certificates that they gave \
         each other (cachet trust export --intermediates)",
    );
    Ok(())
}
