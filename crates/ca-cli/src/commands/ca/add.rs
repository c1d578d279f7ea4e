use ca_core::authority::BaseUrl;
use ca_core::policy::IssuerPlan;
use identity::{KeyAlgorithm, Passphrase};
use serde::Serialize;

use super::list::{CaRow, show};
use crate::authority;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, table};
use crate::publishing::renew_lists;
use crate::succession::{Additions, House};

/// Make the issuing CAs that the policies name and that do not exist yet
///
/// Write the policy into DIR/policies first, with its `issuer`. The root signs, so its passphrase is needed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet ca add")]
pub(crate) struct CaAddArgs {
    /// Write requests for another CA to sign instead; cachet ca import takes the answers
    #[arg(long, conflicts_with = "base_url")]
    csr: bool,
    /// The kind of their keys [default: the policy's]
    #[arg(long, value_name = "ALG")]
    key: Option<KeyAlgorithm>,
    /// Where CRLs and CA certificates will be served, for certificates from now on [default: as before]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

pub(super) fn run(context: &Context, args: &CaAddArgs) -> Result<Outcome, CommandError> {
    let house = House::open(context)?;
    let base_url = parse_base_url(args.base_url.as_deref())?;
    let (missing, there): (Vec<_>, Vec<_>) = house
        .policies
        .issuers()
        .into_iter()
        .partition(|plan| house.made_for(plan).is_empty());
    for plan in there {
        let newest = house.made_for(&plan);
        let lacks = |ca: &&&authority::CaCertificate| {
            plan.classes
                .iter()
                .any(|class| !ca.record.classes.contains(class))
        };
        if newest.last().is_some_and(|ca| lacks(&ca)) {
            context.ui.warning(&format!(
                "the policies want more of {} than its certificate allows: cachet ca rollover --issuing '{}' makes one for it",
                plan.name, plan.name
            ));
        }
    }
    if missing.is_empty() {
        context.ui.note("every issuing CA that the policies name exists");
        show(context, Vec::new(), Some("kept"))?;
        return Ok(Outcome::Done);
    }
    let passphrase = context.passphrase(&house.directory)?;
    if args.csr {
        return request(context, &house, &missing, args.key, &passphrase);
    }
    let root = house.root()?;
    let root = house.unlock_root(root, &house.root_passphrase(context)?, base_url.as_ref())?;
    let mut additions = Additions::default();
    for plan in &missing {
        house.add_issuing(plan, &root, args.key, &passphrase, &mut additions)?;
    }
    house.record(&additions)?;
    publish_first(context, &house, &additions);
    show_added(context, &additions, "added")?;
    Ok(Outcome::Done)
}

#[derive(Serialize)]
struct Requests {
    requests: Vec<String>,
}

/// Writes the requests for issuing CAs that another CA is to certify, but for those that wait already.
pub(crate) fn request(
    context: &Context,
    house: &House,
    plans: &[IssuerPlan],
    key: Option<KeyAlgorithm>,
    passphrase: &Passphrase,
) -> Result<Outcome, CommandError> {
    let mut requests = Vec::new();
    for plan in plans {
        if house.is_requested(plan)? {
            context.ui.note(&format!(
                "a request for {} waits for its answer already",
                plan.name
            ));
            continue;
        }
        requests.push(
            house
                .request_issuing(plan, key, passphrase)?
                .display()
                .to_string(),
        );
    }
    let report = Requests { requests };
    context.ui.result(&match context.is_json() {
        true => json::acted("requested", &report),
        false => table::facts([("Requests", report.requests.join("\n"))]),
    })?;
    context
        .ui
        .note("send these to the CA above, and give its answers to: cachet ca import FILE...");
    Ok(Outcome::Done)
}

pub(super) fn parse_base_url(text: Option<&str>) -> Result<Option<BaseUrl>, CommandError> {
    text.map(str::parse).transpose().map_err(CommandError::bad_input)
}

/// Publishes the first revocation lists of new authorities.
pub(super) fn publish_first(context: &Context, house: &House, additions: &Additions) {
    let made = additions.authorities.iter();
    let ids: Vec<String> = made.map(|record| record.id.clone()).collect();
    renew_lists(context, &house.directory, &house.ledger, &ids);
}

/// Shows what was made, and how it came about.
pub(super) fn show_added(
    context: &Context,
    additions: &Additions,
    action: &'static str,
) -> Result<(), CommandError> {
    let mut rows = Vec::new();
    for record in &additions.authorities {
        let certificate = identity::Certificate::from_der(&record.certificate)?;
        let ca = authority::CaCertificate {
            record: record.clone(),
            certificate,
            revocation: None,
        };
        rows.push(CaRow::authority(&ca, context.now()));
    }
    for cross in &additions.crosses {
        rows.push(CaRow::cross(cross, context.now())?);
    }
    show(context, rows, Some(action))
}
