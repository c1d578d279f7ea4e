use super::list::{CaRow, show};
use crate::authority::{self, CaCertificate};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::succession::House;

/// Let an issuing CA issue no more certificates
///
/// What it issued stays valid, and it goes on signing its revocation list.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet ca retire example-school-class-3-ca-0a1b2c3d --yes")]
pub(crate) struct CaRetireArgs {
    /// Its ID, as cachet ca list shows it
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) fn run(context: &Context, args: &CaRetireArgs) -> Result<Outcome, CommandError> {
    let house = House::open(context)?;
    let ca = house
        .authorities
        .iter()
        .find(|ca| ca.record.id == args.id)
        .ok_or_else(|| {
            CommandError::new(ErrorKind::NotFound, format!("no CA \"{}\" is on record", args.id))
                .hint("cachet ca list")
        })?;
    if ca.is_root() {
        return Err(CommandError::bad_input(format!(
            "{} is a root: it issues to CAs only, and there is nothing to retire it from",
            args.id
        ))
        .hint("cachet ca rollover --root makes the root that follows it"));
    }
    let was_retired = ca.record.retired_at.is_some();
    if !was_retired {
        let left = without_issuer(&house, ca);
        if !left.is_empty() {
            context.ui.warning(&format!(
                "no other CA issues class {}: cachet ca rollover makes one that does",
                left.join(", ")
            ));
        }
        context.confirm(
            &format!("Let {} issue no more certificates, for good?", ca.record.name),
            "nothing was changed",
        )?;
        house.retire(&args.id)?;
    }
    let all = authority::of_ledger(&house.ledger)?;
    let rows = all
        .iter()
        .filter(|ca| ca.record.id == args.id)
        .map(|ca| CaRow::authority(ca, context.now()));
    let action = if was_retired { "unchanged" } else { "retired" };
    show(context, rows.collect(), Some(action))?;
    Ok(Outcome::Done)
}

/// Returns the classes that nobody would issue any more.
fn without_issuer(house: &House, retiring: &CaCertificate) -> Vec<String> {
    let others = || {
        house
            .authorities
            .iter()
            .filter(|ca| ca.record.id != retiring.record.id && ca.issues())
    };
    let classes = retiring.record.classes.iter();
    classes
        .filter(|class| !others().any(|ca| ca.record.classes.contains(class)))
        .map(ToString::to_string)
        .collect()
}
