use ca_core::revocation::crl::{CrlStanding, Due};
use ca_store::PublishDirectory;

use crate::authority::CaCertificate;
use crate::error::CommandError;
use crate::output::crl::due_text;

/// A list that does not tell of a revocation, or that nobody accepts any more, is as if nothing were revoked.
pub(super) fn judge(
    ca: &CaCertificate,
    standing: &CrlStanding,
    own: &PublishDirectory,
    problems: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> Result<(), CommandError> {
    let name = &ca.record.name;
    let remedy = match ca.is_root() {
        true => "cachet crl publish --root-passphrase-file FILE",
        false => "cachet crl publish",
    };
    let say = |due| {
        let why = due_text(due);
        format!("the revocation list of {name} is due: {why}: {remedy}")
    };
    // Nobody looks for a list that no certificate names, until there is something to learn from it.
    let is_looked_for = ca.record.base_url.is_some();
    match standing.due {
        Some(due @ Due::Changed { .. }) => problems.push(say(due)),
        Some(due @ (Due::Expired | Due::Future | Due::NeverMade)) if is_looked_for => problems.push(say(due)),
        Some(due) => warnings.push(say(due)),
        None if !own.paths(&ca.record.id)?.crl.is_file() => {
            problems.push(format!(
                "the revocation list of {name} is missing from {}: {remedy}",
                own.path().display()
            ));
        }
        None => {}
    }
    Ok(())
}
